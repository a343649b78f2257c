import { metricMeter } from '@temporalio/workflow';
import { JOB_ENDS_METRIC, RECORDINGS_METRIC } from '../recording/metrics.js';
import type { RecordingState } from './recordingState.js';

/*
 * What is counted on the worker's page of metrics: no part of the history, and not counted again by a replay.
 */

/** The recording is over: with a result, or as `failed` or `cancelled`. */
export function countRecording({ result, phase }: RecordingState): void {
  metricMeter.createCounter(RECORDINGS_METRIC).add(1, { outcome: result?.outcome ?? phase });
}

/** The job is over. Where reconciliation is often the first to tell, callbacks are lost. */
export function countJobEnd({ over }: RecordingState): void {
  if (over) metricMeter.createCounter(JOB_ENDS_METRIC).add(1, { by: over.by });
}
