import { ActivityFailure, ApplicationFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow';
import { FailureType } from '../recording/failureTypes.js';
import { titleOf } from '../recording/title.js';
import type { RecordingState } from './recordingState.js';

/**
 * The failure that a caller sees: which recording, what happened, what to do, with one of the contract's types. A bare `ActivityFailure`
 * would say nothing but "Activity task failed". Cancellation, and what is no failure of the recording, is handed on as it is.
 */
export function explainFailure(error: unknown, state: RecordingState): unknown {
  if (isCancellation(error)) return error;
  if (error instanceof ActivityFailure) return explainStep(error, state);
  if (error instanceof ApplicationFailure && isContractType(error.type)) {
    return failure(error.type, `${recordingName(state)}${error.message}`, error.cause);
  }
  return error;
}

function explainStep(error: ActivityFailure, state: RecordingState): ApplicationFailure {
  const { cause } = error;
  const what = cause instanceof ApplicationFailure ? cause.message : lastWord(cause);
  const type = cause instanceof ApplicationFailure && isContractType(cause.type) ? cause.type : typeOfStep(error);
  const advice = ADVICE[type];
  return failure(type, `${recordingName(state)}${what}${advice ? ` ${advice}` : ''}`, error);
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

const ADVICE: Partial<Record<FailureType, string>> = {
  [FailureType.AuthenticationFailed]:
    'Check HW_USER_NAME, HW_USER_PASSWORD and HW_DOMAIN_NAME of the worker, restart it, then start the recording again.',
  [FailureType.PermissionDenied]:
    'Give the IAM user of the worker the rights for SparkRTC and the bucket, then start the recording again.',
  [FailureType.BucketNotAuthorized]:
    'Authorise SparkRTC for the bucket in its console, then start the recording again.',
  [FailureType.CallbackUnreachable]:
    'Check that the receiver runs and that CALLBACK_URL can be reached from the vendor, then start the recording again.',
  [FailureType.JobRejected]:
    'Correct what the vendor names, or end the other recording of this stream, then start again.',
  [FailureType.RequestRejected]: 'Correct what the vendor names, then start the recording again.',
  [FailureType.VendorUnavailable]:
    'Look at the state of the vendor and at the network of the worker, then start the recording again.',
  [FailureType.ListingFailed]:
    'The recording is over and its files are kept: mend what stands in the way, then list the bucket yourself.',
};

function recordingName({ settings }: RecordingState): string {
  if (!settings) return '';
  return `${titleOf(settings)} (${settings.appName}): `;
}

function isContractType(type: string | null | undefined): type is FailureType {
  return Object.values<string | null | undefined>(FailureType).includes(type);
}

function failure(type: FailureType, message: string, cause: Error | undefined): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: true, ...(cause && { cause }) });
}
