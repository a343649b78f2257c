import { ActivityFailure, ApplicationFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow';
import type { Job } from '../contract/activityTypes.js';
import {
  docsOf,
  FAILURES,
  FailureType,
  isFailureType,
  StepFailure,
  type StartUnansweredDetail,
} from '../contract/failures.js';
import { titleOf } from '../contract/workflowId.js';
import { isCancelled } from './run.js';
import { jobOf, settingsOf, type RecordingState, type UnansweredStart } from './state.js';

/* What failures mean: whether a failed start may have created a job, and what a caller reads. */

/** A request that was never answered may still be waiting at the vendor when we have stopped listening. */
const LATE_EFFECT = 60_000;

export type StartOutcome =
  | { kind: 'started'; job: Job }
  | { kind: 'unanswered'; window: UnansweredStart; error: unknown }
  | { kind: 'alreadyRunning' | 'gone' | 'refused'; error: unknown }
  | { kind: 'cutShort' };

export function classifyStart(error: unknown, scheduledAt: number, now: number): StartOutcome {
  // While a start waits for its next try, none is under way: nothing has happened.
  if (isCancellation(error)) return { kind: 'cutShort' };
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof TimeoutFailure && cause.timeoutType !== 'SCHEDULE_TO_START') {
    return { kind: 'unanswered', window: { from: scheduledAt, until: now + LATE_EFFECT }, error };
  }
  if (!(cause instanceof ApplicationFailure)) return { kind: 'refused', error };
  if (cause.type === StepFailure.StartUnanswered) {
    // The worker's own times: this task may come long after the failure.
    const { from, until, mayTakeEffectLater } = cause.details?.[0] as StartUnansweredDetail;
    return { kind: 'unanswered', window: { from, until: until + (mayTakeEffectLater ? LATE_EFFECT : 0) }, error };
  }
  if (isCancelled(error)) return { kind: 'cutShort' };
  if (cause.type === StepFailure.JobRunning) return { kind: 'alreadyRunning', error };
  return { kind: cause.type === StepFailure.NotFound ? 'gone' : 'refused', error };
}

export function jobStartUnknown(starts: number, cause: unknown): ApplicationFailure {
  const what =
    `${starts} request${starts === 1 ? '' : 's'} to start the job got no answer that can be believed, ` +
    'and no event of such a job came. If one was started all the same, its idle limit ends it.';
  return failure(FailureType.JobStartUnknown, `${what} ${FAILURES.JobStartUnknown.whatToDo}`, cause);
}

export function jobStartTimedOut(state: RecordingState): ApplicationFailure {
  const { maxIdleTime } = settingsOf(state);
  const what =
    `Job ${jobOf(state)?.jobId} is still in INIT although its idle limit of ${maxIdleTime} s has passed; ` +
    'it was stopped.';
  return failure(FailureType.JobStartTimedOut, `${what} ${FAILURES.JobStartTimedOut.whatToDo}`);
}

/**
 * The failure that a caller sees: which recording, what happened, what to do, with one of the contract's types.
 * Cancellation, and what is no failure of the recording, is handed on as it is.
 */
export function toWorkflowFailure(error: unknown, state: RecordingState): unknown {
  if (isCancellation(error)) return error;
  if (error instanceof ActivityFailure) {
    const type = typeOfStep(error);
    return explained(state, type, `${whatHappened(error.cause)} ${FAILURES[type].whatToDo}`, error);
  }
  if (error instanceof ApplicationFailure && isFailureType(error.type)) {
    return explained(state, error.type, error.message, error.cause);
  }
  return error;
}

function typeOfStep({ activityType, cause }: ActivityFailure): FailureType {
  if (cause instanceof ApplicationFailure && isFailureType(cause.type)) return cause.type;
  if (activityType === 'startIndividualStreamJob') return FailureType.JobRejected;
  if (activityType === 'listRecordingFiles') return FailureType.ListingFailed;
  return cause instanceof TimeoutFailure ? FailureType.VendorUnavailable : FailureType.RequestRejected;
}

/** Of a step that was given up for its time alone, what its last attempt ran into says more. */
function whatHappened(cause: Error | undefined): string {
  if (!(cause instanceof TimeoutFailure)) return cause?.message ?? 'The step failed.';
  const before = cause.cause?.message;
  return `The step did not succeed in the time it may take${before ? `; its last attempt said: ${before}` : '.'}`;
}

function explained({ settings }: RecordingState, type: FailureType, what: string, cause?: Error): ApplicationFailure {
  const message = settings ? `${titleOf(settings)} (${settings.appName}): ${what}` : what;
  // A message of several lines is a list, which must not go on in its last line.
  return failure(type, `${message}${message.includes('\n') ? '\n' : ' '}See ${docsOf(type)}.`, cause);
}

function failure(type: FailureType, message: string, cause?: unknown): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: true, ...(cause instanceof Error && { cause }) });
}
