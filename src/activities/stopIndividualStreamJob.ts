import { ApplicationFailure } from '@temporalio/activity';
import { FailureType } from '../contract/failures.js';
import { HuaweiError, judge, StatusError } from '../huawei/errors.js';
import type { SparkRtcClient } from '../huawei/sparkrtc.js';
import { beating, retryable, vendorFailure } from './vendorCall.js';

/** `RTC.00001009`: the job is over. */
const JOB_DONE = 'RTC.00001009';

/** `RTC.00001022`: the job is not initialised yet; the vendor asks to try again shortly. */
const JOB_NOT_INITIALISED = 'RTC.00001022';

/** Stops a job. Idempotent: a job that has ended, or that the vendor does not know, is `alreadyOver`. */
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
