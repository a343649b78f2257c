import { ApplicationFailure } from '@temporalio/activity';
import { FailureType } from '../contract/failures.js';
import { hasErrorCode, classifyError } from '../huawei/errors.js';
import type { SparkRtcClient } from '../huawei/sparkrtc.js';
import { withHeartbeat, retryable, vendorFailure } from './vendorCall.js';

/** `RTC.00001009`: the job has ended. */
const JOB_DONE = 'RTC.00001009';

/** `RTC.00001022`: the job is not initialized yet; to be retried shortly. */
const JOB_NOT_INITIALIZED = 'RTC.00001022';

/** Stops a job. Idempotent: a job that has ended, or that is not found, counts as stopped. */
export function stopIndividualStreamJob(sparkRtc: SparkRtcClient) {
  return async ({ appId, jobId }: { appId: string; jobId: string }): Promise<{ alreadyEnded: boolean }> => {
    try {
      await withHeartbeat(() => sparkRtc.stopIndividualStreamJob(appId, jobId));
      return { alreadyEnded: false };
    } catch (error) {
      if (classifyError(error).kind === 'notFound' || hasErrorCode(error, JOB_DONE)) return { alreadyEnded: true };
      if (hasErrorCode(error, JOB_NOT_INITIALIZED)) {
        throw ApplicationFailure.create({
          type: FailureType.VendorUnavailable,
          message: error.message,
          nextRetryDelay: '1 second',
        });
      }
      // Retried even after a rejection: no job must be left running.
      throw retryable(vendorFailure(error, FailureType.RequestRejected));
    }
  };
}
