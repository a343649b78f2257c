import { activityInfo, ApplicationFailure } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import { NOT_FOUND_IS_GONE, type JobAnswer, type JobPoll, type JobPollProgress } from '../contract/activityTypes.js';
import { FailureType, StepFailure } from '../contract/failures.js';
import type { SparkRtcClient } from '../huawei/sparkrtc.js';
import { showJob } from './getIndividualStreamJob.js';
import { beating, retryable } from './vendorCall.js';

/** The pause before a job that was not found is looked for again. */
const AFTER_NOT_FOUND = 5_000;

/**
 * Polls a job's state: one request for each attempt, until its state is none of the known ones, or the vendor does not
 * know the job any more. Temporal retries `NotYet` ("Polling External Services"), so that the history does not grow.
 */
export function pollIndividualStreamJob(sparkRtc: SparkRtcClient) {
  return async (poll: JobPoll): Promise<JobAnswer> => {
    const before = activityInfo().heartbeatDetails as JobPollProgress | undefined;
    return beating(async (note) => {
      let answer: JobAnswer;
      try {
        // Not cancellable: a request that is in flight when the recording ends may bring the reason of the end.
        answer = await showJob(sparkRtc, poll.appId, poll.jobId);
      } catch (error) {
        throw keptUp(error, intervalAfter(responsesOf(before) + 1, poll.intervals));
      }
      const pending = continuePoll(poll, answer, before, Date.now());
      if (!pending) return answer;
      note(pending.progress);
      throw ApplicationFailure.create({
        type: StepFailure.NotYet,
        message: answer.job
          ? `Job ${poll.jobId} is in ${answer.job.state}.`
          : `The vendor does not find job ${poll.jobId}.`,
        nextRetryDelay: pending.nextRetryDelay,
        category: ApplicationFailureCategory.BENIGN,
      });
    });
  };
}

/** What a response means: the poll completes (undefined), or sends the next request after `nextRetryDelay` (ms). */
export function continuePoll(
  { knownStates, intervals, responses: limit = Infinity }: JobPoll,
  { job }: JobAnswer,
  before: JobPollProgress | undefined,
  now: number,
): { progress: JobPollProgress; nextRetryDelay: number } | undefined {
  const responses = responsesOf(before) + 1;
  const notFound = job ? 0 : (before?.notFound ?? 0) + 1;
  if (job ? !knownStates.includes(job.state) || responses >= limit : notFound >= NOT_FOUND_IS_GONE) return undefined;
  const interval = intervalAfter(responses, intervals);
  return {
    progress: { responses, notFound, last: { ...(job && { state: job.state }), at: now } },
    nextRetryDelay: job ? interval : Math.min(AFTER_NOT_FOUND, interval),
  };
}

function responsesOf(progress: JobPollProgress | undefined): number {
  return progress?.responses ?? 0;
}

function intervalAfter(responses: number, intervals: number[]): number {
  return intervals[Math.min(responses, intervals.length) - 1] ?? 0;
}

/** A poll never gives up, since callbacks still come. A rejection is retried after the interval. */
function keptUp(failure: unknown, interval: number): unknown {
  const isRejection =
    failure instanceof ApplicationFailure &&
    (failure.nonRetryable === true || failure.type !== FailureType.VendorUnavailable);
  return retryable(failure, isRejection ? interval : undefined);
}
