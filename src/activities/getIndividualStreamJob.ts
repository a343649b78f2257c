import { cancellationSignal } from '@temporalio/activity';
import type { JobAnswer } from '../contract/activityTypes.js';
import { FailureType } from '../contract/failures.js';
import { judge } from '../huawei/errors.js';
import type { SparkRtcClient } from '../huawei/sparkrtc.js';
import { beating, vendorFailure } from './vendorCall.js';

/** Gets a job's state. That the vendor does not know the job (404) is a response too: the workflow decides. */
export function getIndividualStreamJob(sparkRtc: SparkRtcClient) {
  return ({ appId, jobId }: { appId: string; jobId: string }): Promise<JobAnswer> =>
    beating(() => showJob(sparkRtc, appId, jobId, cancellationSignal()));
}

/** One request for a job. Without a job in the response, the vendor does not know it. */
export async function showJob(
  sparkRtc: SparkRtcClient,
  appId: string,
  jobId: string,
  signal?: AbortSignal,
): Promise<JobAnswer> {
  try {
    return await sparkRtc.showIndividualStreamJob(appId, jobId, signal);
  } catch (error) {
    if (judge(error).kind === 'notFound') return {};
    throw vendorFailure(error, FailureType.RequestRejected);
  }
}
