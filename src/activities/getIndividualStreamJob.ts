import { cancellationSignal } from '@temporalio/activity';
import type { JobResponse } from '../contract/activityTypes.js';
import { FailureType } from '../contract/failures.js';
import { classifyError } from '../huawei/errors.js';
import type { SparkRtcClient } from '../huawei/sparkrtc.js';
import { withHeartbeat, vendorFailure } from './vendorCall.js';

/** Gets a job's state. A job that is not found (404) is a result too: the workflow decides. */
export function getIndividualStreamJob(sparkRtc: SparkRtcClient) {
  return ({ appId, jobId }: { appId: string; jobId: string }): Promise<JobResponse> =>
    withHeartbeat(() => showJob(sparkRtc, appId, jobId, cancellationSignal()));
}

/** One request for a job; without a job in the result if it is not found. */
export async function showJob(
  sparkRtc: SparkRtcClient,
  appId: string,
  jobId: string,
  signal?: AbortSignal,
): Promise<JobResponse> {
  try {
    return await sparkRtc.showIndividualStreamJob(appId, jobId, signal);
  } catch (error) {
    if (classifyError(error).kind === 'notFound') return {};
    throw vendorFailure(error, FailureType.RequestRejected);
  }
}
