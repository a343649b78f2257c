import type { RecordingResult } from './result.js';

/** Recordings that have ended. Prometheus appends `_total`. */
export const RECORDINGS_METRIC = 'sparkrtc_worker_recordings';

/** Jobs that have ended, by what reported it first. */
export const JOB_ENDS_METRIC = 'sparkrtc_worker_job_ends';

/** The values of the label `outcome`. */
export const RECORDING_ENDS: readonly (RecordingResult['outcome'] | 'failed' | 'cancelled')[] = [
  'recorded',
  'partial',
  'empty',
  'failed',
  'cancelled',
];
