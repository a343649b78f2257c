import { ApplicationFailure } from '@temporalio/activity';
import { FailureType } from '../contract/failures.js';
import { hasErrorCode, judge } from '../huawei/errors.js';
import type { SparkRtcClient } from '../huawei/sparkrtc.js';
import { beating, retryable, vendorFailure } from './vendorCall.js';

/** `RTC.00001009`: the job is over. */
const JOB_DONE = 'RTC.00001009';

/** `RTC.00001022`: the job is not initialized yet; the vendor asks to try again shortly. */
const JOB_NOT_INITIALIZED = 'RTC.00001022';

/** Stops a job. Idempotent: one that has ended, or that the vendor does not know, is as good as stopped. */
export function stopIndividualStreamJob(sparkRtc: SparkRtcClient) {
  return async ({ appId, jobId }: { appId: string; jobId: string }): Promise<{ alreadyOver: boolean }> => {
    try {
      await beating(() => sparkRtc.stopIndividualStreamJob(appId, jobId));
      return { alreadyOver: false };
    } catch (error) {
      if (judge(error).kind === 'notFound' || hasErrorCode(error, JOB_DONE)) return { alreadyOver: true };
      if (hasErrorCode(error, JOB_NOT_INITIALIZED)) {
        throw ApplicationFailure.create({
          type: FailureType.VendorUnavailable,
          message: error.message,
          nextRetryDelay: '1 second',
        });
      }
      // A job must not be left running.
      throw retryable(vendorFailure(error, FailureType.RequestRejected));
    }
  };
}
