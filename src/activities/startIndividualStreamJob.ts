import { ApplicationFailure, heartbeat } from '@temporalio/activity';
import { HuaweiError, StatusError } from '../huawei/errors.js';
import { judge } from '../huawei/retry.js';
import type { SparkRtcClient } from '../huawei/sparkrtc.js';
import { FailureType, StepFailure, type StartUnansweredDetail } from '../recording/failureTypes.js';
import type { RecordingSettings } from '../recording/input.js';
import type { Job } from '../recording/steps.js';
import { vendorFailure } from './failures.js';

/** `RTC.00001006`: a job of this stream is running already. */
const JOB_RUNNING = 'RTC.00001006';

const HEARTBEAT_INTERVAL = 2_000;

/**
 * Step 6: starts the recording job. Not idempotent at the vendor: what may have taken effect is never tried again here, but reported as
 * `StartUnanswered` to the workflow, which looks for the job. It ignores cancellation on purpose: a request that is out cannot be called back.
 */
export function startIndividualStreamJob(sparkRtc: SparkRtcClient) {
  return async (request: { appId: string; ruleId: string; settings: RecordingSettings }): Promise<Job> => {
    const { appId, ruleId, settings } = request;
    const beats = setInterval(heartbeat, HEARTBEAT_INTERVAL);
    try {
      const { job } = await sparkRtc.createIndividualStreamJob(appId, {
        roomId: settings.roomId,
        userId: settings.userId,
        videoType: settings.videoType,
        isRecordAudio: settings.isRecordAudio,
        maxIdleTime: settings.maxIdleTime,
        recordRuleId: ruleId,
        ...(settings.resolution !== undefined && { resolution: settings.resolution }),
        ...(settings.resolutionPolicy !== undefined && { resolutionPolicy: settings.resolutionPolicy }),
        ...(settings.selectStreamType !== undefined && { selectStreamType: settings.selectStreamType }),
      });
      return job;
    } catch (error) {
      throw startFailure(error);
    } finally {
      clearInterval(beats);
    }
  };
}

function startFailure(error: unknown): unknown {
  if (!(error instanceof HuaweiError)) return error;
  const verdict = judge(error);
  if (verdict.mayHaveHappened) {
    const detail: StartUnansweredDetail = {
      sentAgo: error.sentAtMs === undefined ? 0 : Date.now() - error.sentAtMs,
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
