import type { MetricMeter } from '@temporalio/common';
import type { MetricsExporterConfig } from '@temporalio/worker';
import type { OnResponse } from '../huawei/http.js';
import { JOB_ENDS_METRIC, RECORDING_ENDS, RECORDINGS_METRIC } from '../contract/metrics.js';
import { WORKFLOW_TYPE } from '../contract/workflowId.js';

const CALL_DURATION = 'sparkrtc_worker_vendor_call_duration';

/** Seconds; a job's start times out after 20. */
const CALL_DURATION_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 20];

/** Source: IAM API reference, "Obtaining a User Token Through Password Authentication". */
const TOKEN_CALL = 'POST /v3/auth/tokens';

/** The SDK's metrics and our own, by the conventions of Prometheus: units in names, durations in seconds. */
export function prometheusAt(bindAddress: string): MetricsExporterConfig {
  return {
    prometheus: {
      bindAddress,
      countersTotalSuffix: true,
      unitSuffix: true,
      useSecondsForDurations: true,
      histogramBucketOverrides: { [CALL_DURATION]: CALL_DURATION_BUCKETS },
    },
  };
}

/** Shows what the workflows count from the start, so that a first failure is a rise and not a new series. */
export function showRecordingMetrics(meter: MetricMeter, where: { namespace: string; taskQueue: string }): void {
  // The labels that the SDK gives to whatever a workflow counts.
  const inWorkflow = meter.withTags({ ...where, workflowType: WORKFLOW_TYPE });
  const recordings = inWorkflow.createCounter(RECORDINGS_METRIC, undefined, 'Recordings that have ended, by outcome.');
  for (const outcome of RECORDING_ENDS) recordings.add(0, { outcome });
  const jobEnds = inWorkflow.createCounter(
    JOB_ENDS_METRIC,
    undefined,
    'Jobs that have ended, by what reported it first: a callback or a poll (reconciliation).',
  );
  for (const by of ['callback', 'reconciliation']) jobEnds.add(0, { by });
}

/** Counts calls by status, or by kind of error without a response; measures them; counts tokens. */
export function countVendorCalls(meter: MetricMeter): OnResponse {
  const calls = meter.createCounter('sparkrtc_worker_vendor_calls', undefined, 'Completed calls to the vendor.');
  const duration = meter.createHistogram(
    CALL_DURATION,
    'float',
    'seconds',
    'How long calls to the vendor took, until the end of the response.',
  );
  const renewals = meter.createCounter('sparkrtc_worker_token_renewals', undefined, 'Requests for an IAM token.');
  for (const outcome of ['succeeded', 'failed']) renewals.add(0, { outcome });

  return ({ service, call, status, kind, seconds }) => {
    calls.add(1, { service, call, status: String(status ?? kind) });
    duration.record(seconds, { service, call });
    if (call === TOKEN_CALL)
      renewals.add(1, { outcome: kind === undefined && status === 201 ? 'succeeded' : 'failed' });
  };
}
