import type { RecordingSettings } from './input.js';
import type { RecordingResult } from './result.js';
import type { AnnouncedFile } from './activityTypes.js';

/** The phase of a recording; the last three are final. */
export type Phase =
  | 'preparing'
  | 'waitingForParticipant'
  | 'starting'
  | 'recording'
  | 'waitingForNextPart'
  | 'stopping'
  | 'settling'
  | 'completed'
  | 'cancelled'
  | 'failed';

/** The steps of the vendor's procedure, in order. */
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

/** A step of the vendor's procedure. */
export type StepName = (typeof STEPS)[number];

/** The progress of one step. */
export interface StepProgress {
  /** Which one. */
  step: StepName;
  /** `failed` is final: a step that is being retried is `running`. `cancelled`: the recording was to end first. */
  state: 'running' | 'done' | 'failed' | 'cancelled';
  /** ISO 8601, UTC. */
  startedAt: string;
  /** ISO 8601, UTC; absent while it is running. */
  endedAt?: string;
}

/** What a poll for the job's state has found, and when. */
export interface Reconciliation {
  /** ISO 8601, UTC. */
  at: string;
  /** The vendor's state of the job: `INIT`, `RUNNING` or `STOPPED`. Absent when there is an `error`. */
  state?: string;
  /** `notFound`: the vendor does not know the job. `unreachable`: there was no conclusive response. */
  error?: 'notFound' | 'unreachable';
}

/** The latest attempt of the poll that is pending now: for the job, or for its user (`ONLINE` or `OFFLINE`). */
export interface LastPoll extends Reconciliation {
  /** What went wrong, when the vendor was `unreachable`. */
  message?: string;
}

/**
 * The result of the query `recordingStatus`, also after the end. The vendor's ids are absent until they are known,
 * `outcome` and `endedBy` until the recording is completed.
 */
export interface RecordingStatus
  extends
    Pick<RecordingResult, 'appId' | 'ruleId' | 'jobId' | 'streamName' | 'parts' | 'gaps'>,
    Partial<Pick<RecordingResult, 'outcome' | 'endedBy'>> {
  /** The current phase. */
  phase: Phase;
  /** The input with its defaults filled in; absent until it has been checked. */
  input?: RecordingSettings;
  /** What has to happen next, in words; absent after the end. */
  waitsFor?: string;
  /** The steps that were started, in the order of their latest start. */
  steps: StepProgress[];
  /** When the first job started. ISO 8601, UTC; absent before. */
  startedAt?: string;
  /** Set once a stop was requested. */
  stopRequestedBy?: 'stop' | 'maxDuration' | 'absence';
  /** The files announced so far; after the end, the listed files. Cut like those of a result. */
  files: AnnouncedFile[];
  /** The number of all files, including those that `files` leaves out. */
  fileCount: number;
  /** The last recording event, and when the workflow received it (ISO 8601, UTC). */
  lastEvent?: { eventType: string; at: string };
  /** The last change of the job's state that a poll found. */
  lastReconcile?: Reconciliation;
  /** While files are being checked whether they can be played: how many have been. */
  mediaCheck?: { checked: number; total: number };
  /** Problems that did not end the recording. Cut like those of a result. */
  warnings: string[];
}
