import { ActivityCancellationType, proxyActivities, proxyLocalActivities, workflowInfo } from '@temporalio/workflow';
import type { createActivities } from '../activities/index.js';
import { FailureType } from '../recording/failureTypes.js';
import { jobsTaskQueue } from '../recording/workflowId.js';

type Activities = ReturnType<typeof createActivities>;

/** A start is answered within 20 s or not at all (the client's own time-out); the rest is for the worker. */
const START_TO_CLOSE = 30_000;

/** How long a job's start is tried before the recording is given up. */
export const START_DEADLINE = 15 * 60_000;

/** Of the three job calls the one that ends a cost comes first, then the one that a live stream waits for, then questions. */
const PRIORITY = { stop: { priorityKey: 1 }, start: { priorityKey: 2 }, question: { priorityKey: 4 } };

/** Retrying these only repeats the refusal, and repeated wrong passwords lock the account. */
const REFUSALS = [FailureType.AuthenticationFailed, FailureType.PermissionDenied];

/** A live stream is waiting: try often, but leave a struggling vendor room. */
const BACK_OFF = { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' } as const;

/** A job that nobody watches must not be left running: so long an outage is sat out. */
const UNWATCHED = '24 hours';

/** The time of one attempt: several HTTP calls of at most 15 s, one of which may renew the token first. */
const ONE_ATTEMPT = '1 minute';

/**
 * The steps of the vendor's procedure with their time-outs and retry policies.
 * What is worth a retry is decided where the error is known (activities/failures.ts); here stands for how long.
 */
export function stepActivities() {
  const jobsQueue = jobsTaskQueue(workflowInfo().taskQueue);

  /** Every activity beats: a worker that died is noticed while the stream, or the job's first events, are still there. */
  const heartbeatTimeout = '10 seconds';

  /** Before the job: an outage of an hour is sat out, because the stream may well be live still. */
  const preparation = {
    startToCloseTimeout: ONE_ATTEMPT,
    heartbeatTimeout,
    scheduleToCloseTimeout: '1 hour',
    retry: { ...BACK_OFF, nonRetryableErrorTypes: REFUSALS },
  } as const;

  const question = {
    taskQueue: jobsQueue,
    priority: PRIORITY.question,
    startToCloseTimeout: ONE_ATTEMPT,
    heartbeatTimeout,
    retry: { ...BACK_OFF, maximumInterval: '1 minute', nonRetryableErrorTypes: REFUSALS },
  } as const;

  return {
    checkInput: proxyLocalActivities<Activities>({
      summary: 'Check the input',
      // Pure and local to the worker: nothing to wait for and nothing that a repeat could change.
      startToCloseTimeout: '10 seconds',
      retry: { nonRetryableErrorTypes: [FailureType.InvalidInput] },
    }).checkInput,

    authenticate: proxyActivities<Activities>({
      ...preparation,
      summary: 'Step 1: prove the credentials to IAM',
    }).authenticate,

    ensureApplication: proxyActivities<Activities>({
      ...preparation,
      summary: 'Step 2: find or create the application',
    }).ensureApplication,

    ensureRecordRule: proxyActivities<Activities>({
      ...preparation,
      summary: 'Step 3: check the bucket, find or save the recording template',
    }).ensureRecordRule,

    configureRecordCallback: proxyActivities<Activities>({
      ...preparation,
      summary: 'Step 4: point the recording callback at the receiver',
    }).configureRecordCallback,

    startIndividualStreamJob: proxyActivities<Activities>({
      summary: 'Step 6: start the recording job',
      taskQueue: jobsQueue,
      priority: PRIORITY.start,
      startToCloseTimeout: START_TO_CLOSE,
      scheduleToCloseTimeout: START_DEADLINE,
      heartbeatTimeout,
      // A start that may have happened is never repeated by the server: the workflow first looks for its job.
      retry: {
        ...BACK_OFF,
        nonRetryableErrorTypes: [
          ...REFUSALS,
          'TemporalTimeout:StartToClose',
          'TemporalTimeout:Heartbeat',
          'TemporalTimeout:ScheduleToClose',
        ],
      },
      // A stop or cancel ends the waiting between two tries, but never turns away from a try that is under way.
      cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    }).startIndividualStreamJob,

    getIndividualStreamJob: proxyActivities<Activities>({
      ...question,
      summary: 'Ask for the state of a job',
      // One question stays open until it is answered or given up; the next is asked an interval later.
      scheduleToCloseTimeout: '15 minutes',
    }).getIndividualStreamJob,

    lookUpJob: proxyActivities<Activities>({
      ...question,
      summary: 'Ask for a job that may have to be stopped',
      scheduleToCloseTimeout: UNWATCHED,
    }).getIndividualStreamJob,

    stopIndividualStreamJob: proxyActivities<Activities>({
      summary: 'Stop a job',
      taskQueue: jobsQueue,
      priority: PRIORITY.stop,
      startToCloseTimeout: ONE_ATTEMPT,
      heartbeatTimeout,
      // Refusals are tried again too, an operator may mend them meanwhile.
      scheduleToCloseTimeout: UNWATCHED,
      retry: { ...BACK_OFF, maximumInterval: '1 minute' },
    }).stopIndividualStreamJob,

    listRecordingFiles: proxyActivities<Activities>({
      summary: 'Step 7: list the files in the bucket',
      // Many pages of a long recording.
      startToCloseTimeout: '10 minutes',
      heartbeatTimeout,
      // The recording exists: credentials or rights that are mended within the hour still bring its list.
      scheduleToCloseTimeout: '1 hour',
      retry: BACK_OFF,
    }).listRecordingFiles,
  };
}

export type StepActivities = ReturnType<typeof stepActivities>;
