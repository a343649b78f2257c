import { activityInfo, ApplicationFailure } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import { NOT_FOUND_LIMIT, type JobResponse, type JobPoll, type JobPollProgress } from '../contract/activityTypes.js';
import { FailureType, StepFailure } from '../contract/failures.js';
import type { SparkRtcClient } from '../huawei/sparkrtc.js';
import { showJob } from './getIndividualStreamJob.js';
import { withHeartbeat, retryable } from './vendorCall.js';

/** Milliseconds until a job that was not found is requested again. */
const AFTER_NOT_FOUND = 5_000;

/**
 * Polls a job with one request for each attempt, until its state is none of the known ones, or until it is not found.
 * Temporal retries attempts that fail with `NotYet`. See docs/decisions/polling-by-retries.md.
 */
export function pollIndividualStreamJob(sparkRtc: SparkRtcClient) {
  return async (poll: JobPoll): Promise<JobResponse> => {
    const before = activityInfo().heartbeatDetails as JobPollProgress | undefined;
    return withHeartbeat(async (heartbeat) => {
      // Not cancellable: a request that is running when the recording ends may return the reason of the end.
      const response = await showJob(sparkRtc, poll.appId, poll.jobId).catch((error: unknown) => {
        throw retryableFailure(error, intervalAfter((before?.responses ?? 0) + 1, poll.intervals));
      });
      const pending = continuePoll(poll, response, before, Date.now());
      if (!pending) return response;
      heartbeat(pending.progress);
      throw ApplicationFailure.create({
        type: StepFailure.NotYet,
        message: response.job ? `Job ${poll.jobId} is in ${response.job.state}.` : `Job ${poll.jobId} was not found.`,
        nextRetryDelay: pending.nextRetryDelay,
        category: ApplicationFailureCategory.BENIGN,
      });
    });
  };
}

/** What to do after a response: complete (undefined), or continue after `nextRetryDelay` (milliseconds). */
export function continuePoll(
  { knownStates, intervals, responses: limit = Infinity }: JobPoll,
  { job }: JobResponse,
  before: JobPollProgress | undefined,
  now: number,
): { progress: JobPollProgress; nextRetryDelay: number } | undefined {
  const responses = (before?.responses ?? 0) + 1;
  const notFound = job ? 0 : (before?.notFound ?? 0) + 1;
  if (job ? !knownStates.includes(job.state) || responses >= limit : notFound >= NOT_FOUND_LIMIT) return undefined;
  const interval = intervalAfter(responses, intervals);
  return {
    progress: { responses, notFound, last: { ...(job && { state: job.state }), at: now } },
    nextRetryDelay: job ? interval : Math.min(AFTER_NOT_FOUND, interval),
  };
}

/** Temporal's shortest delay. A `nextRetryDelay` of 0 has ended the retries of a poll. */
const MIN_INTERVAL = 1_000;

function intervalAfter(responses: number, intervals: number[]): number {
  return intervals[Math.min(responses, intervals.length) - 1] ?? MIN_INTERVAL;
}

/** A poll never gives up, because callbacks still arrive: a rejection is retried after the interval. */
function retryableFailure(failure: unknown, interval: number): unknown {
  const isRejection =
    failure instanceof ApplicationFailure &&
    (failure.nonRetryable === true || failure.type !== FailureType.VendorUnavailable);
  return retryable(failure, isRejection ? interval : undefined);
}
