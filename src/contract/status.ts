import type { RecordingSettings } from './input.js';
import type { RecordingResult } from './result.js';
import type { AnnouncedFile } from './activityTypes.js';

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

/** A step of the vendor's procedure. */
export type StepName = (typeof STEPS)[number];

/** How far one step is. */
export interface StepProgress {
  /** Which one. */
  step: StepName;
  /** `failed`: it is given up. A step that is tried again is running. */
  state: 'running' | 'done' | 'failed';
  /** ISO 8601, UTC. */
  startedAt: string;
  /** ISO 8601, UTC; absent while it is running. */
  endedAt?: string;
}

/** The latest attempt of the poll for the job's state that is pending now. */
export interface LastPoll {
  /** ISO 8601, UTC. */
  at: string;
  /** What the vendor said: `INIT`, `RUNNING` or `NOT FOUND`; absent where it said nothing. */
  state?: string;
  /** Why it said nothing. */
  error?: string;
}

/**
 * The result of the query `recordingStatus`, which works after the end too. The vendor's ids are absent until they are
 * known, `outcome` and `endedBy` until the recording is completed.
 */
export interface RecordingStatus
  extends
    Pick<RecordingResult, 'appId' | 'ruleId' | 'jobId' | 'streamName'>,
    Partial<Pick<RecordingResult, 'outcome' | 'endedBy'>> {
  /** Where the recording is. */
  phase: Phase;
  /** The input with its defaults filled in; absent until it has been checked. */
  input?: RecordingSettings;
  /** The steps that have begun, in the order in which they last did. */
  steps: StepProgress[];
  /** ISO 8601, UTC; absent while there is no job. */
  startedAt?: string;
  /** Set as soon as a stop was asked for. */
  stopAskedBy?: 'stop' | 'maxDuration';
  /** What has been announced so far; after the end, what was listed. Cut like the files of a result. */
  files: AnnouncedFile[];
  /** How many files there are, those that `files` leaves out too. */
  fileCount: number;
  /** The last callback of the vendor, and when the workflow took it (ISO 8601, UTC). */
  lastEvent?: { eventType: string; at: string };
  /** The last change that a poll found: `INIT`, `RUNNING`, `STOPPED` or `NOT FOUND`, and when (ISO 8601, UTC). */
  lastReconcile?: { at: string; state: string };
  /** What went otherwise than it should and did not end the recording. Cut like those of a result. */
  warnings: string[];
}
