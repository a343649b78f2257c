import type { Exchange } from './caller.js';
import type { Received } from './listener.js';

/** What a run has seen. */
export interface Observations {
  /** The responses by step of the procedure; a step that was not reached is missing. */
  steps: Partial<Record<Step, Exchange>>;
  /** Every call, in its order. */
  exchanges: readonly Exchange[];
  probes: readonly Received[];
  events: readonly Received[];
  /** Every sending of the event to which the vendor got no response, or 500. */
  repetitions: readonly Received[];
  /** The vendor had the time to send all events. */
  waitedForEvents: boolean;
  /** The states of the job in the empty room before its end. */
  waitingStates: readonly string[];
  /** Milliseconds until a job could be stopped. */
  initDelayMs?: number;
  appId?: string | undefined;
  /** The jobs in the room that we made up, in which no one is. */
  emptyJobs: readonly JobStream[];
  /** The job of someone who publishes. */
  publisherJob?: JobStream;
  folder: string;
}

export interface JobStream {
  jobId: string;
  roomId: string;
  userId: string;
}

export type Step =
  | 'withoutType'
  | 'wrongToken'
  | 'createApp'
  | 'showApp'
  | 'autoRecord'
  | 'buckets'
  | 'users'
  | 'callbackProbe404'
  | 'callback'
  | 'showCallback'
  | 'emptyRule'
  | 'rule'
  | 'secondRule'
  | 'prefixRule'
  | 'job'
  | 'secondJob'
  | 'stopOfEnded'
  | 'deleteApp'
  | 'deleteDisabledApp';
