import { ApplicationFailure, log } from '@temporalio/activity';
import type { Job } from '../contract/activityTypes.js';
import { FailureType, StepFailure, type StartUnansweredDetail } from '../contract/failures.js';
import type { RecordingSettings } from '../contract/input.js';
import { hasErrorCode, HuaweiError, judge } from '../huawei/errors.js';
import type { SparkRtcClient } from '../huawei/sparkrtc.js';
import { vendorCall } from './vendorCall.js';

/** `RTC.00001006`: a job of this stream is running already. */
const JOB_RUNNING = 'RTC.00001006';

/**
 * Step 6: starts the recording job. What may have taken effect is never tried again here, but reported as
 * `StartUnanswered`. It ignores cancellation on purpose: a request that is out cannot be called back.
 */
export function startIndividualStreamJob(sparkRtc: SparkRtcClient) {
  return async (request: { appId: string; ruleId: string; settings: RecordingSettings }): Promise<Job> => {
    const { appId, ruleId, settings } = request;
    const create = () => sparkRtc.createIndividualStreamJob(appId, { ...settings, recordRuleId: ruleId });
    const { job, requestId } = await vendorCall(FailureType.JobRejected, create, startFailure);
    log.info('The vendor started the job', { jobId: job.jobId, requestId });
    return job;
  };
}

function startFailure(error: unknown): ApplicationFailure | undefined {
  const verdict = judge(error);
  // Where there was no token to be had, the start itself was never sent.
  if (error instanceof HuaweiError && verdict.mayHaveHappened && !error.call.startsWith('IAM ')) {
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
  return hasErrorCode(error, JOB_RUNNING)
    ? ApplicationFailure.nonRetryable(error.message, StepFailure.JobRunning)
    : undefined;
}
