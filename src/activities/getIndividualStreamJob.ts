import { cancellationSignal } from '@temporalio/activity';
import { HuaweiError } from '../huawei/errors.js';
import { judge } from '../huawei/retry.js';
import type { SparkRtcClient } from '../huawei/sparkrtc.js';
import { FailureType } from '../recording/failureTypes.js';
import type { JobAnswer } from '../recording/steps.js';
import { beating } from './beating.js';
import { vendorFailure } from './failures.js';

/** Asks for a job's state. That the vendor does not know it (404) is an answer too; what it means is for the workflow to say. */
export function getIndividualStreamJob(sparkRtc: SparkRtcClient) {
  return async ({ appId, jobId }: { appId: string; jobId: string }): Promise<JobAnswer> => {
    try {
      return await beating(() => sparkRtc.showIndividualStreamJob(appId, jobId, cancellationSignal()));
    } catch (error) {
      if (error instanceof HuaweiError && judge(error).kind === 'notFound') return {};
      throw vendorFailure(error, FailureType.RequestRejected);
    }
  };
}
