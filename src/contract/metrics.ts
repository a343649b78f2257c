import type { RecordingResult } from './result.js';

/** Recordings that are over: the name in code, to which the page appends `_total`. */
export const RECORDINGS_METRIC = 'sparkrtc_worker_recordings';

/** Jobs that are over, by who told first. */
export const JOB_ENDS_METRIC = 'sparkrtc_worker_job_ends';

/** How a recording ends: with a result, or without one. */
export const RECORDING_ENDS: readonly (RecordingResult['outcome'] | 'failed' | 'cancelled')[] = [
  'recorded',
  'partial',
  'empty',
  'failed',
  'cancelled',
];
