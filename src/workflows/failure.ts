import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  isCancellation,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { Job } from '../contract/activityTypes.js';
import {
  docsOf,
  FAILURES,
  FailureType,
  isFailureType,
  StepFailure,
  type StartOutcomeUnknownDetail,
} from '../contract/failures.js';
import { titleOf } from '../contract/workflowId.js';
import { isDueToCancellation } from './run.js';
import type { RecordingState, AmbiguousStart } from './state.js';

/** A request whose response was lost may take effect this much later. */
const LATE_EFFECT = 60_000;

export type StartOutcome =
  | { kind: 'started'; job: Job }
  | { kind: 'ambiguous'; window: AmbiguousStart; error: unknown }
  | { kind: 'alreadyRunning' | 'notFound' | 'rejected'; error: unknown }
  | { kind: 'cancelled' };

export function classifyStart(error: unknown, scheduledAt: number, now: number): StartOutcome {
  // It was cancelled between two attempts.
  if (isCancellation(error)) return { kind: 'cancelled' };
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof TimeoutFailure && cause.timeoutType !== 'SCHEDULE_TO_START') {
    return { kind: 'ambiguous', window: { from: scheduledAt, until: now + LATE_EFFECT }, error };
  }
  if (!(cause instanceof ApplicationFailure)) return { kind: 'rejected', error };
  if (cause.type === StepFailure.StartOutcomeUnknown) {
    // The worker's times: this workflow task may run long after the failure.
    const { from, until, mayTakeEffectLater } = cause.details?.[0] as StartOutcomeUnknownDetail;
    return { kind: 'ambiguous', window: { from, until: until + (mayTakeEffectLater ? LATE_EFFECT : 0) }, error };
  }
  // Not before: an attempt that was cancelled may still have started a job.
  if (isDueToCancellation(error)) return { kind: 'cancelled' };
  if (cause.type === StepFailure.JobRunning) return { kind: 'alreadyRunning', error };
  return { kind: cause.type === StepFailure.NotFound ? 'notFound' : 'rejected', error };
}

export function jobStartUnknown(starts: number, cause: unknown): ApplicationFailure {
  const what =
    `${starts} request${starts === 1 ? '' : 's'} to start the job received no conclusive response, ` +
    'and no event of such a job arrived. If a job was started, its idle limit will end it.';
  return failure(FailureType.JobStartUnknown, `${what} ${FAILURES.JobStartUnknown.whatToDo}`, cause);
}

/** The failure that the caller gets: a cancellation, one of `FailureType`, or unchanged an error of another kind. */
export function toWorkflowFailure(error: unknown, state: RecordingState): unknown {
  if (isCancellation(error)) return error;
  if (isDueToCancellation(error)) return new CancelledFailure('The recording was cancelled');
  if (error instanceof ActivityFailure) {
    const type = typeOfStep(error);
    return forCaller(state, type, `${reasonOf(error.cause)} ${FAILURES[type].whatToDo}`, error);
  }
  if (error instanceof ApplicationFailure && isFailureType(error.type)) {
    return forCaller(state, error.type, error.message, error.cause);
  }
  return error;
}

function typeOfStep({ activityType, cause }: ActivityFailure): FailureType {
  // Whatever prevented it: the files exist.
  if (activityType === 'listRecordingFiles') return FailureType.ListingFailed;
  if (cause instanceof ApplicationFailure && isFailureType(cause.type)) return cause.type;
  if (activityType === 'startIndividualStreamJob') return FailureType.JobRejected;
  return cause instanceof TimeoutFailure ? FailureType.VendorUnavailable : FailureType.RequestRejected;
}

/** If a step timed out, the error of its last attempt says more than the timeout. */
export function reasonOf(cause: Error | undefined): string {
  if (!(cause instanceof TimeoutFailure)) return cause?.message ?? 'The step failed.';
  const before = cause.cause?.message;
  return `The step did not succeed in time${before ? `; its last attempt failed with: ${before}` : '.'}`;
}

/** The message names the recording and the page of the docs. */
function forCaller({ settings }: RecordingState, type: FailureType, what: string, cause?: Error): ApplicationFailure {
  const message = settings ? `${titleOf(settings)} (${settings.appName}): ${what}` : what;
  // A message of several lines is a list: what follows starts a new line.
  return failure(type, `${message}${message.includes('\n') ? '\n' : ' '}See ${docsOf(type)}.`, cause);
}

function failure(type: FailureType, message: string, cause?: unknown): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: true, ...(cause instanceof Error && { cause }) });
}
