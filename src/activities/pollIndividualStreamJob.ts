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
 * Polls a job's state: one request for each attempt, until its state is none of the known ones. Temporal
 * retries the attempts that fail with `NotYet` ("Polling External Services", infrequent polling), so that the history
 * does not grow. Completes without a job when the vendor does not know it any more.
 */
export function pollIndividualStreamJob(sparkRtc: SparkRtcClient) {
  return async (poll: JobPoll): Promise<JobAnswer> => {
    const before = activityInfo().heartbeatDetails as JobPollProgress | undefined;
    return beating(async (note) => {
      // Not cancellable: a request that is in flight when the recording ends may bring the reason of the end.
      const response = await showJob(sparkRtc, poll.appId, poll.jobId).catch((error: unknown) => {
        throw keptUp(error, intervalAfter((before?.responses ?? 0) + 1, poll.intervals));
      });
      const pending = continuePoll(poll, response, before, Date.now());
      if (!pending) return response;
      note(pending.progress);
      throw ApplicationFailure.create({
        type: StepFailure.NotYet,
        message: response.job
          ? `Job ${poll.jobId} is in ${response.job.state}.`
          : `The vendor does not find job ${poll.jobId}.`,
        nextRetryDelay: pending.nextRetryDelay,
        category: ApplicationFailureCategory.BENIGN,
      });
    });
  };
}

/** What one response means for a poll: it completes (undefined), or continues after `nextRetryDelay` (milliseconds). */
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

/** A poll never gives up, because callbacks still come: a rejection is retried after the interval. */
function keptUp(failure: unknown, interval: number): unknown {
  const isRejection =
    failure instanceof ApplicationFailure &&
    (failure.nonRetryable === true || failure.type !== FailureType.VendorUnavailable);
  return retryable(failure, isRejection ? interval : undefined);
}
