import { ApplicationFailure, log } from '@temporalio/activity';
import type { Job } from '../contract/activityTypes.js';
import { FailureType, StepFailure, type StartUnansweredDetail } from '../contract/failures.js';
import type { RecordingSettings } from '../contract/input.js';
import { HuaweiError, judge, StatusError } from '../huawei/errors.js';
import type { SparkRtcClient } from '../huawei/sparkrtc.js';
import { beating, vendorFailure } from './vendorCall.js';

/** `RTC.00001006`: a job of this stream is running already. */
const JOB_RUNNING = 'RTC.00001006';

/**
 * Step 6: starts the recording job. Not idempotent at the vendor: what may have taken effect is never retried here,
 * but reported as `StartUnanswered`. Ignores cancellation: a request that is out cannot be called back.
 */
export function startIndividualStreamJob(sparkRtc: SparkRtcClient) {
  return async (request: { appId: string; ruleId: string; settings: RecordingSettings }): Promise<Job> => {
    const { appId, ruleId, settings } = request;
    try {
      const create = () => sparkRtc.createIndividualStreamJob(appId, { ...settings, recordRuleId: ruleId });
      const { job, requestId } = await beating(create);
      log.info('The vendor started the job', { jobId: job.jobId, requestId });
      return job;
    } catch (error) {
      throw startFailure(error);
    }
  };
}

function startFailure(error: unknown): unknown {
  if (!(error instanceof HuaweiError)) return error;
  const verdict = judge(error);
  // Where there was no token to be had, the start itself was never sent.
  if (verdict.mayHaveHappened && !error.call.startsWith('IAM ')) {
    const detail: StartUnansweredDetail = {
      from: error.sentAtMs ?? Date.now(),
      until: Date.now(),
      mayTakeEffectLater: verdict.kind === 'timedOut',
    };
    return ApplicationFailure.nonRetryable(
      `${error.message} Whether a job was started is not known.`,
      StepFailure.StartUnanswered,
      detail,
    );
  }
  if (error instanceof StatusError && error.errorCode === JOB_RUNNING) {
    return ApplicationFailure.nonRetryable(error.message, StepFailure.JobRunning);
  }
  return vendorFailure(error, FailureType.JobRejected);
}
