import { ApplicationFailure, log } from '@temporalio/activity';
import type { Job } from '../contract/activityTypes.js';
import { FailureType, StepFailure, type StartOutcomeUnknownDetail } from '../contract/failures.js';
import type { RecordingSettings } from '../contract/input.js';
import { hasErrorCode, HuaweiError, classifyError } from '../huawei/errors.js';
import type { SparkRtcClient } from '../huawei/sparkrtc.js';
import { vendorCall } from './vendorCall.js';

/** `RTC.00001006`: a job of this stream is already running. */
const JOB_RUNNING = 'RTC.00001006';

/**
 * Step 6: starts the recording job. A request that may have taken effect is not repeated, but reported as
 * `StartOutcomeUnknown`; cancellation is ignored. See docs/decisions/ambiguous-starts.md.
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
  const { outcomeUnknown, kind } = classifyError(error);
  // An error of IAM means that the start itself was not sent.
  if (error instanceof HuaweiError && outcomeUnknown && !error.call.startsWith('IAM ')) {
    const detail: StartOutcomeUnknownDetail = {
      from: error.sentAtMs ?? Date.now(),
      until: Date.now(),
      mayTakeEffectLater: kind === 'timedOut',
    };
    return ApplicationFailure.nonRetryable(
      `${error.message} It is unknown whether a job was started.`,
      StepFailure.StartOutcomeUnknown,
      detail,
    );
  }
  return hasErrorCode(error, JOB_RUNNING)
    ? ApplicationFailure.nonRetryable(error.message, StepFailure.JobRunning)
    : undefined;
}
