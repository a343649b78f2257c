import { ActivityCancellationType, proxyActivities, proxyLocalActivities, workflowInfo } from '@temporalio/workflow';
import type { ActivityOptions } from '@temporalio/common';
import type { createActivities } from '../activities/index.js';
import { FailureType } from '../contract/failures.js';
import {
  INSPECTION_ATTEMPTS,
  type JobResponse,
  type JobPoll,
  type LookUp,
  type ParticipantPoll,
  type ParticipantPollResult,
} from '../contract/activityTypes.js';
import { jobsTaskQueue, keyOfWorkflowId } from '../contract/workflowId.js';

/* Timeouts and retry policies: how long errors are retried; activities/vendorCall.ts decides which. */

type Activities = ReturnType<typeof createActivities>;

/** How long the start of a job is retried before the recording fails. */
export const START_DEADLINE = 15 * 60_000;

/** Of the queued job calls, a stop comes first because it ends a cost, then a start, then polls. */
const PRIORITY = { stop: { priorityKey: 1 }, start: { priorityKey: 2 }, poll: { priorityKey: 4 } };

/** A retry would only be rejected again, and repeated wrong passwords lock the account. */
const REJECTIONS = [FailureType.AuthenticationFailed, FailureType.PermissionDenied];

/** The server must not repeat a start that may have happened: the workflow searches for its job first. */
const TIMEOUTS = ['TemporalTimeout:StartToClose', 'TemporalTimeout:Heartbeat', 'TemporalTimeout:ScheduleToClose'];

/** A live stream is waiting: retry often, but leave room for a struggling vendor. */
const BACK_OFF = { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' } as const;
const SLOW_BACK_OFF = { ...BACK_OFF, maximumInterval: '1 minute' } as const;

/** Several HTTP calls of at most 15 s each, one of which may renew the token. */
const ONE_ATTEMPT = '1 minute';

/** No job may be left running unwatched: these calls are retried through an outage of a day. */
const UNWATCHED = { startToCloseTimeout: ONE_ATTEMPT, scheduleToCloseTimeout: '24 hours' } as const;

/** Detects a dead worker while the stream is still live. */
const heartbeatTimeout = '10 seconds';

// Pure: nothing to wait for.
export const { checkInput } = proxyLocalActivities<Activities>({
  summary: 'Check the input',
  startToCloseTimeout: '10 seconds',
  retry: { nonRetryableErrorTypes: [FailureType.InvalidInput] },
});

/** Steps 1 to 4; local activities when only the worker's memory is used, since those cost no workflow task. */
export function preparationActivities(lookUp: LookUp, summary: string): Activities {
  if (lookUp === 'memoryOnly') {
    const retry = { maximumAttempts: 1 };
    return proxyLocalActivities<Activities>({ summary, startToCloseTimeout: '1 second', retry });
  }
  return proxyActivities<Activities>({
    summary,
    startToCloseTimeout: ONE_ATTEMPT,
    heartbeatTimeout,
    // An outage of an hour: the stream may still be live afterwards.
    scheduleToCloseTimeout: '1 hour',
    retry: { ...BACK_OFF, nonRetryableErrorTypes: REJECTIONS },
  });
}

/** Not on the queue of job calls: an application has at most one such request every 10 s. */
export const pollParticipant = (poll: ParticipantPoll): Promise<ParticipantPollResult> =>
  proxyActivities<Activities>({
    summary: poll.until === 'present' ? 'Step 5: poll whether the user has joined' : 'Poll whether the user has left',
    startToCloseTimeout: ONE_ATTEMPT,
    heartbeatTimeout,
    retry: SLOW_BACK_OFF,
  }).pollParticipant(poll);

export const startIndividualStreamJob: Activities['startIndividualStreamJob'] = (request) =>
  jobCalls({
    summary: 'Step 6: start the recording job',
    priority: PRIORITY.start,
    // The HTTP client waits for 20 s; the rest is for the worker.
    startToCloseTimeout: '30 seconds',
    scheduleToCloseTimeout: START_DEADLINE,
    retry: { ...BACK_OFF, nonRetryableErrorTypes: [...REJECTIONS, ...TIMEOUTS] },
    // A stop or a cancellation ends the pause between attempts; the result of a running one is kept.
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  }).startIndividualStreamJob(request);

export const getIndividualStreamJob: Activities['getIndividualStreamJob'] = (request) =>
  jobCalls({
    summary: 'Get a job that may have to be stopped',
    priority: PRIORITY.poll,
    ...UNWATCHED,
    retry: { ...SLOW_BACK_OFF, nonRetryableErrorTypes: REJECTIONS },
  }).getIndividualStreamJob(request);

/** @param within milliseconds; by default the poll lasts until the job or the scope ends */
export const pollIndividualStreamJob = (request: JobPoll, within?: number): Promise<JobResponse> =>
  jobCalls({
    summary: 'Poll the state of the job',
    priority: PRIORITY.poll,
    // One request for each attempt.
    startToCloseTimeout: '30 seconds',
    ...(within !== undefined && { scheduleToCloseTimeout: Math.max(1, within) }),
    retry: SLOW_BACK_OFF,
    // A running attempt may still return the reason of the end.
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  }).pollIndividualStreamJob(request);

export const stopIndividualStreamJob: Activities['stopIndividualStreamJob'] = (request) =>
  jobCalls({
    summary: 'Stop a job',
    priority: PRIORITY.stop,
    ...UNWATCHED,
    // Rejections are retried too: an operator may fix the cause.
    retry: SLOW_BACK_OFF,
  }).stopIndividualStreamJob(request);

export const { listRecordingFiles } = proxyActivities<Activities>({
  summary: 'Step 7: list the files in the bucket',
  // The next part does not wait for the end of a running attempt.
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  // Many pages of a long recording.
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout,
  // The files exist: permissions that are granted within the hour still give their list.
  scheduleToCloseTimeout: '1 hour',
  retry: BACK_OFF,
});

export const { inspectMedia } = proxyActivities<Activities>({
  summary: 'Step 7: check that the files can be played',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  // The largest playlists and indexes of all its files.
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout,
  scheduleToCloseTimeout: '1 hour',
  retry: { ...BACK_OFF, maximumAttempts: INSPECTION_ATTEMPTS },
});

export const { writeManifest } = proxyActivities<Activities>({
  summary: 'Write the manifest',
  startToCloseTimeout: ONE_ATTEMPT,
  heartbeatTimeout,
  // The result waits for it.
  scheduleToCloseTimeout: '5 minutes',
  retry: { ...BACK_OFF, nonRetryableErrorTypes: REJECTIONS },
});

/** Within a priority the applications take turns, where the server has `matching.enableFairness`. */
function jobCalls({ priority, ...options }: ActivityOptions): Activities {
  const { taskQueue, workflowId } = workflowInfo();
  const fairnessKey = keyOfWorkflowId(workflowId)?.appName;
  return proxyActivities<Activities>({
    ...options,
    priority: { ...priority, ...(fairnessKey !== undefined && { fairnessKey }) },
    heartbeatTimeout,
    taskQueue: jobsTaskQueue(taskQueue),
  });
}
