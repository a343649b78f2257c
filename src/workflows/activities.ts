import { ActivityCancellationType, proxyActivities, proxyLocalActivities, workflowInfo } from '@temporalio/workflow';
import type { ActivityOptions } from '@temporalio/common';
import type { createActivities } from '../activities/index.js';
import { FailureType } from '../contract/failures.js';
import type { JobAnswer, JobPoll, LookUp } from '../contract/activityTypes.js';
import { jobsTaskQueue } from '../contract/workflowId.js';

/*
 * The activities with their time-outs and retry policies. Which errors are retried is decided where they are known
 * (activities/vendorCall.ts), here for how long.
 */

type Activities = ReturnType<typeof createActivities>;

/** How long a job's start is tried before the recording is given up. */
export const START_DEADLINE = 15 * 60_000;

/** Of the job calls the one that ends a cost comes first, then the one that a live stream waits for, then polls. */
const PRIORITY = { stop: { priorityKey: 1 }, start: { priorityKey: 2 }, poll: { priorityKey: 4 } };

/** Retrying these only repeats the rejection, and repeated wrong passwords lock the account. */
const REJECTIONS = [FailureType.AuthenticationFailed, FailureType.PermissionDenied];

/** A start that may have happened is never repeated by the server: the workflow first looks for its job. */
const TIMEOUTS = ['TemporalTimeout:StartToClose', 'TemporalTimeout:Heartbeat', 'TemporalTimeout:ScheduleToClose'];

/** A live stream is waiting: try often, but leave a struggling vendor room. */
const BACK_OFF = { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' } as const;
const SLOW_BACK_OFF = { ...BACK_OFF, maximumInterval: '1 minute' } as const;

/** The time of one attempt: several HTTP calls of at most 15 s, one of which may renew the token first. */
const ONE_ATTEMPT = '1 minute';

/** A job that no one watches must not be left running: calls to it are retried through an outage of a day. */
const UNWATCHED = { startToCloseTimeout: ONE_ATTEMPT, scheduleToCloseTimeout: '24 hours' } as const;

/** A worker that died is noticed while the stream, or the job's first events, are still there. */
const heartbeatTimeout = '10 seconds';

// Pure and local to the worker: nothing to wait for and nothing that a repeat could change.
export const { checkInput } = proxyLocalActivities<Activities>({
  summary: 'Check the input',
  startToCloseTimeout: '10 seconds',
  retry: { nonRetryableErrorTypes: [FailureType.InvalidInput] },
});

/** One of steps 1 to 4: as a local activity where only the worker's memory may answer, which costs no workflow task. */
export function preparationActivities(lookUp: LookUp, summary: string): Activities {
  if (lookUp === 'memoryOnly') {
    const retry = { maximumAttempts: 1 };
    return proxyLocalActivities<Activities>({ summary, startToCloseTimeout: '1 second', retry });
  }
  return proxyActivities<Activities>({
    summary,
    startToCloseTimeout: ONE_ATTEMPT,
    heartbeatTimeout,
    // Retried through an outage of an hour, because the stream may still be live.
    scheduleToCloseTimeout: '1 hour',
    retry: { ...BACK_OFF, nonRetryableErrorTypes: REJECTIONS },
  });
}

export const startIndividualStreamJob: Activities['startIndividualStreamJob'] = (request) =>
  jobCalls({
    summary: 'Step 6: start the recording job',
    priority: PRIORITY.start,
    // The vendor responds within 20 s or not at all (the client's own time-out); the rest is for the worker.
    startToCloseTimeout: '30 seconds',
    scheduleToCloseTimeout: START_DEADLINE,
    retry: { ...BACK_OFF, nonRetryableErrorTypes: [...REJECTIONS, ...TIMEOUTS] },
    // A stop or cancel ends the pause between two attempts, but the result of one that is under way is not lost.
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  }).startIndividualStreamJob(request);

export const getIndividualStreamJob: Activities['getIndividualStreamJob'] = (request) =>
  jobCalls({
    summary: 'Get a job that may have to be stopped',
    priority: PRIORITY.poll,
    ...UNWATCHED,
    retry: { ...SLOW_BACK_OFF, nonRetryableErrorTypes: REJECTIONS },
  }).getIndividualStreamJob(request);

/** @param within milliseconds; without it a poll has no other end than the job's, or that of the scope that it is in */
export const pollIndividualStreamJob = (request: JobPoll, within?: number): Promise<JobAnswer> =>
  jobCalls({
    summary: 'Poll the state of the job',
    priority: PRIORITY.poll,
    // One request for each attempt.
    startToCloseTimeout: '30 seconds',
    ...(within !== undefined && { scheduleToCloseTimeout: Math.max(1, within) }),
    retry: SLOW_BACK_OFF,
    // An attempt that is under way when the scope ends may still bring the reason of the end.
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  }).pollIndividualStreamJob(request);

export const stopIndividualStreamJob: Activities['stopIndividualStreamJob'] = (request) =>
  jobCalls({
    summary: 'Stop a job',
    priority: PRIORITY.stop,
    ...UNWATCHED,
    // Rejections are retried too: an operator may fix the cause meanwhile.
    retry: SLOW_BACK_OFF,
  }).stopIndividualStreamJob(request);

export const { listRecordingFiles } = proxyActivities<Activities>({
  summary: 'Step 7: list the files in the bucket',
  // Many pages of a long recording.
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout,
  // The recording exists: credentials or rights that are fixed within the hour still give its list.
  scheduleToCloseTimeout: '1 hour',
  retry: BACK_OFF,
});

/** On the queue whose rate the server limits for all workers together. */
function jobCalls(options: ActivityOptions): Activities {
  const taskQueue = jobsTaskQueue(workflowInfo().taskQueue);
  return proxyActivities<Activities>({ ...options, heartbeatTimeout, taskQueue });
}
