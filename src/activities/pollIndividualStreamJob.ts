import { activityInfo, ApplicationFailure } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import { HuaweiError } from '../huawei/errors.js';
import { judge } from '../huawei/retry.js';
import type { SparkRtcClient } from '../huawei/sparkrtc.js';
import { FailureType, StepFailure } from '../recording/failureTypes.js';
import type { JobAnswer, JobPoll, JobPollProgress } from '../recording/steps.js';
import { beating } from './beating.js';
import { vendorFailure } from './failures.js';

/** A job is gone only when the vendor has said so as often as this, one time after the other. */
const NOT_FOUND_IS_GONE = 3;

/** The pause before a job that was not found is looked for again. */
const AFTER_NOT_FOUND = 5_000;

/**
 * Polls a job's state: one request for each attempt, until its state is none of the known ones. Temporal
 * retries the attempts that fail with `NotYet` ("Polling External Services", infrequent polling), so that the history
 * does not grow. Completes without a job when the vendor does not know it any more.
 */
export function pollIndividualStreamJob(sparkRtc: SparkRtcClient) {
  return async (poll: JobPoll): Promise<JobAnswer> => {
    const before = activityInfo().heartbeatDetails as JobPollProgress | undefined;
    return beating(async (note) => {
      const answer = await show(sparkRtc, poll, before);
      const goesOn = continuePoll(poll, answer, before, Date.now());
      if (!goesOn) return answer;
      note(goesOn.progress);
      throw ApplicationFailure.create({
        type: StepFailure.NotYet,
        message: answer.job
          ? `Job ${poll.jobId} is in ${answer.job.state}.`
          : `The vendor does not find job ${poll.jobId}.`,
        nextRetryDelay: goesOn.nextRetryDelay,
        category: ApplicationFailureCategory.BENIGN,
      });
    });
  };
}

/** What one response means for a poll: it completes (undefined), or goes on after a pause of so many milliseconds. */
export function continuePoll(
  { knownStates, intervals, responses: limit = Infinity }: JobPoll,
  { job }: JobAnswer,
  before: JobPollProgress | undefined,
  now: number,
): { progress: JobPollProgress; nextRetryDelay: number } | undefined {
  const responses = (before?.responses ?? 0) + 1;
  const notFound = job ? 0 : (before?.notFound ?? 0) + 1;
  if (job ? !knownStates.includes(job.state) || responses >= limit : notFound >= NOT_FOUND_IS_GONE) return undefined;
  const interval = intervalAfter(responses, intervals);
  return {
    progress: { responses, notFound, last: { ...(job && { state: job.state }), at: now } },
    nextRetryDelay: job ? interval : Math.min(AFTER_NOT_FOUND, interval),
  };
}

function intervalAfter(responses: number, intervals: number[]): number {
  return intervals[Math.min(responses, intervals.length) - 1] ?? 0;
}

async function show(
  sparkRtc: SparkRtcClient,
  { appId, jobId, intervals }: JobPoll,
  before: JobPollProgress | undefined,
): Promise<JobAnswer> {
  try {
    // Not cancellable: a request that is under way when the recording ends may bring the reason of the end.
    return await sparkRtc.showIndividualStreamJob(appId, jobId);
  } catch (error) {
    if (error instanceof HuaweiError && judge(error).kind === 'notFound') return {};
    const failure = vendorFailure(error, FailureType.RequestRejected);
    if (!(failure instanceof ApplicationFailure)) throw failure;
    // A poll never gives up: the callbacks go on, and what is in the way may be mended. A rejection waits for the next interval.
    const { type, message, nonRetryable, nextRetryDelay } = failure;
    const isRejected = nonRetryable || type !== FailureType.VendorUnavailable;
    throw ApplicationFailure.create({
      type: type ?? FailureType.RequestRejected,
      message,
      ...(isRejected
        ? { nextRetryDelay: intervalAfter((before?.responses ?? 0) + 1, intervals) }
        : nextRetryDelay != null && { nextRetryDelay }),
    });
  }
}
