import type { RecordingSettings } from './input.js';
import type { EndedBy, Outcome } from './result.js';
import type { AnnouncedFile } from './steps.js';

/** Where a recording is; the last three are its ends. */
export type Phase =
  | 'preparing'
  | 'waitingForParticipant'
  | 'starting'
  | 'recording'
  | 'stopping'
  | 'settling'
  | 'completed'
  | 'cancelled'
  | 'failed';

/** The steps of the vendor's procedure, in its order. */
export const STEPS = [
  'authenticate',
  'ensureApplication',
  'ensureRecordRule',
  'configureRecordCallback',
  'participantJoined',
  'startIndividualStreamJob',
  'recordingEvents',
  'listRecordingFiles',
] as const;

export type StepName = (typeof STEPS)[number];

export interface StepProgress {
  step: StepName;
  state: 'running' | 'done' | 'failed';
  /** ISO 8601, UTC. */
  startedAt: string;
  endedAt?: string;
}

/** The answer to the query `recordingStatus`; it can be asked after the end too. */
export interface RecordingStatus {
  phase: Phase;
  /** The input with its defaults filled in; absent until it has been checked. */
  input?: RecordingSettings;
  steps: StepProgress[];
  appId?: string;
  ruleId?: string;
  jobId?: string;
  streamName?: string;
  /** ISO 8601, UTC; absent while there is no job. */
  startedAt?: string;
  /** Set as soon as a stop was asked for. */
  stopAskedBy?: 'stop' | 'maxDuration';
  /** What has been announced so far; after the end, what was listed. Cut like the files of a result. */
  files: AnnouncedFile[];
  fileCount: number;
  lastEvent?: { eventType: string; at: string };
  /** The last time the vendor was asked for the job's state, and what it said. */
  lastReconcile?: { at: string; state: string };
  warnings: string[];
  /** Both only when the recording is completed. */
  outcome?: Outcome;
  endedBy?: EndedBy;
}
