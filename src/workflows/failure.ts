import { ActivityFailure, ApplicationFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow';
import { docsOf, FAILURES, FailureType, isFailureType } from '../contract/failures.js';
import { titleOf } from '../contract/workflowId.js';
import type { RecordingState } from './state.js';

/**
 * The failure that a caller sees: which recording, what happened, what to do, with one of the contract's types. A bare `ActivityFailure`
 * would say nothing but "Activity task failed". Cancellation, and what is no failure of the recording, is handed on as it is.
 */
export function toWorkflowFailure(error: unknown, state: RecordingState): unknown {
  if (isCancellation(error)) return error;
  if (error instanceof ActivityFailure) return explainStep(error, state);
  if (error instanceof ApplicationFailure && isFailureType(error.type)) {
    return failure(error.type, `${recordingName(state)}${error.message}`, error.cause);
  }
  return error;
}

function explainStep(error: ActivityFailure, state: RecordingState): ApplicationFailure {
  const { cause } = error;
  const what = cause instanceof ApplicationFailure ? cause.message : lastWord(cause);
  const type = cause instanceof ApplicationFailure && isFailureType(cause.type) ? cause.type : typeOfStep(error);
  return failure(type, `${recordingName(state)}${what} ${FAILURES[type].whatToDo}`, error);
}

/** A step that was given up for its time alone: what its last attempt ran into says more. */
function lastWord(cause: Error | undefined): string {
  if (!(cause instanceof TimeoutFailure)) return cause?.message ?? 'The step failed.';
  const before = cause.cause?.message;
  return `The step did not succeed in the time it may take${before ? `; its last attempt said: ${before}` : '.'}`;
}

function typeOfStep(error: ActivityFailure): FailureType {
  switch (error.activityType) {
    case 'startIndividualStreamJob':
      return FailureType.JobRejected;
    case 'listRecordingFiles':
      return FailureType.ListingFailed;
    default:
      return error.cause instanceof TimeoutFailure ? FailureType.VendorUnavailable : FailureType.RequestRejected;
  }
}

function recordingName({ settings }: RecordingState): string {
  if (!settings) return '';
  return `${titleOf(settings)} (${settings.appName}): `;
}

function failure(type: FailureType, message: string, cause: Error | undefined): ApplicationFailure {
  // A message of several lines is a list, which must not go on in its last line.
  const more = `${message.includes('\n') ? '\n' : ' '}See ${docsOf(type)}.`;
  return ApplicationFailure.create({ type, message: message + more, nonRetryable: true, ...(cause && { cause }) });
}
