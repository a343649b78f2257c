import type { SentCallback } from '../../../simulator/callbacks.js';
import type { JobResponse } from '../../../simulator/job.js';
import type { RecordedFile } from '../../../simulator/recorder.js';
import type { RecordedRequest } from '../../../simulator/requestLog.js';
import type { Session } from '../../../simulator/users.js';
import type { RecordingResult } from '../../../src/client.js';
import type { Interval } from '../../support/intervals.js';
import type { Disturbance, RecordingPlan } from './plan.js';

/** How a recording ended, as its caller learned it. */
export type End =
  | { kind: 'completed'; result: RecordingResult }
  | { kind: 'cancelled' }
  | { kind: 'failed'; type: string; message: string }
  /** It was given up. `waitsFor`: what was pending then, and the last that had happened. */
  | { kind: 'open'; waitsFor: string[] };

/** A callback as the recording's history has it. */
export interface StoredEvent {
  eventType?: string;
  jobId?: string;
  obsObject?: string;
}

/** What is known of one recording when it is over. Times are milliseconds since 1970. */
export interface RecordingFacts {
  plan: RecordingPlan;
  end: End;
  /** Jobs of this recording that had not ended when it had. */
  runningAtEnd: string[];
  /** By the history: when it was open. */
  openedAt: number;
  closedAt: number;
  /** By the history: jobs whose start got a response. */
  startedJobs: string[];
  /** By the history: the callbacks that reached it. */
  storedEvents: StoredEvent[];
}

/** What is known of one installation when all of its recordings are over. */
export interface CellFacts {
  recordings: RecordingFacts[];
  /** All jobs of the vendor. */
  jobs: JobResponse[];
  /** Those of them that another client made. */
  strangers: ReadonlySet<string>;
  requests: readonly RecordedRequest[];
  callbacks: readonly SentCallback[];
  /** The keys of all objects in the bucket. */
  objects: string[];
  /** Who was live when, and what each file holds. */
  sessions: readonly Session[];
  recordedFiles: readonly RecordedFile[];
  /** What happened to the installation. */
  disturbances: readonly (Pick<Disturbance, 'kind'> & Interval)[];
  /** Secrets that were found in a log, a history or a result. */
  exposedSecrets: string[];
}
