import { ApplicationFailure } from '@temporalio/activity';
import { HuaweiError, StatusError } from '../huawei/errors.js';
import { judge } from '../huawei/retry.js';
import type { SparkRtcClient } from '../huawei/sparkrtc.js';
import { FailureType } from '../recording/failureTypes.js';
import { beating } from './beating.js';
import { retryable, vendorFailure } from './failures.js';

/** `RTC.00001009`: the job is over. */
const JOB_DONE = 'RTC.00001009';

/** `RTC.00001022`: the job is not initialised yet; the vendor asks to try again shortly. */
const JOB_NOT_INITIALISED = 'RTC.00001022';

/**
 * Stops a job. Idempotent: a job that is over, or that the vendor does not know, is as good as stopped, and the answer says so.
 */
export function stopIndividualStreamJob(sparkRtc: SparkRtcClient) {
  return async ({ appId, jobId }: { appId: string; jobId: string }): Promise<{ alreadyOver: boolean }> => {
    try {
      await beating(() => sparkRtc.stopIndividualStreamJob(appId, jobId));
      return { alreadyOver: false };
    } catch (error) {
      if (error instanceof HuaweiError && judge(error).kind === 'notFound') return { alreadyOver: true };
      if (error instanceof StatusError && error.errorCode === JOB_DONE) return { alreadyOver: true };
      if (error instanceof StatusError && error.errorCode === JOB_NOT_INITIALISED) {
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
