/**
 * The types of the workflow's own failure (`ApplicationFailure.type`). Callers may branch on them; the message says
 * what to do, and docs/errors.md what each of them means.
 */
export const FailureType = {
  InvalidInput: 'InvalidInput',
  AuthenticationFailed: 'AuthenticationFailed',
  PermissionDenied: 'PermissionDenied',
  BucketNotAuthorized: 'BucketNotAuthorized',
  CallbackUnreachable: 'CallbackUnreachable',
  RequestRejected: 'RequestRejected',
  JobRejected: 'JobRejected',
  JobStartUnknown: 'JobStartUnknown',
  JobStartTimedOut: 'JobStartTimedOut',
  VendorUnavailable: 'VendorUnavailable',
  ListingFailed: 'ListingFailed',
} as const;

/** One of the types of {@link FailureType}, as the text that it is. */
export type FailureType = keyof typeof FailureType;

/** What every failure of a recording means: workflow, client, shell command and docs/errors.md say the same. */
export const FAILURES: Record<FailureType, { whatHappened: string; whatToDo: string }> = {
  InvalidInput: {
    whatHappened: 'The input does not fit. The message names every field; nothing was called.',
    whatToDo: 'Correct the fields that are named, then start the recording again.',
  },
  AuthenticationFailed: {
    whatHappened:
      'The vendor does not accept the credentials. ' +
      'They were tried once only: repeated wrong passwords lock the account.',
    whatToDo:
      'Check HW_USER_NAME, HW_USER_PASSWORD and HW_DOMAIN_NAME of the worker, restart it, ' +
      'then start the recording again.',
  },
  /** 403, or `RTC.00001021`. */
  PermissionDenied: {
    whatHappened: 'The credentials are good, but the vendor does not let this user do what the recording needs.',
    whatToDo: 'Give the IAM user of the worker the rights for SparkRTC and the bucket, then start the recording again.',
  },
  /** `is_authorized: false`. */
  BucketNotAuthorized: {
    whatHappened: 'SparkRTC says that it may not write to the bucket.',
    whatToDo: 'Authorise SparkRTC for the bucket in its console, then start the recording again.',
  },
  /** `RTC.00001018`. */
  CallbackUnreachable: {
    whatHappened: 'SparkRTC could not reach the callback URL for two minutes.',
    whatToDo:
      'Check that the receiver runs and that CALLBACK_URL can be reached from the vendor, ' +
      'then start the recording again.',
  },
  RequestRejected: {
    whatHappened: 'The vendor refuses the application, the recording template or the callback configuration.',
    whatToDo: 'Correct what the vendor names, then start the recording again.',
  },
  JobRejected: {
    whatHappened: 'The vendor refuses to start the recording job.',
    whatToDo: 'Correct what the vendor names, or end the other recording of this stream, then start again.',
  },
  JobStartUnknown: {
    whatHappened:
      'Whether a job was started could not be found out in time: no answer could be believed, and no event came. ' +
      'If one was started all the same, its idle limit ends it.',
    whatToDo: 'Look at the state of the vendor, then start the recording again.',
  },
  JobStartTimedOut: {
    whatHappened:
      'The job never began to record, although its idle limit has passed: the vendor saw no stream. It was stopped.',
    whatToDo:
      'Check that the user publishes in that room, ' +
      'and give a longer maxIdleTime if the recording is started before they do.',
  },
  VendorUnavailable: {
    whatHappened: 'The vendor did not answer usefully for as long as the step may take.',
    whatToDo: 'Look at the state of the vendor and at the network of the worker, then start the recording again.',
  },
  ListingFailed: {
    whatHappened: 'The recording is over, but its files could not be listed.',
    whatToDo:
      'The recording is over and its files are kept: mend what stands in the way, then list the bucket yourself.',
  },
};

export function isFailureType(type: string | null | undefined): type is FailureType {
  return typeof type === 'string' && Object.hasOwn(FAILURES, type);
}

/** What a single step may fail with beside these; the workflow acts on it, and never fails with it itself. */
export const StepFailure = {
  /** Nobody knows whether the request to start the job took effect. */
  StartUnanswered: 'StartUnanswered',
  /** A job of this stream is running already (`RTC.00001006`). */
  JobRunning: 'JobRunning',
  /** This worker does not remember the outcome of steps 1 to 4 for these settings. */
  NotRemembered: 'NotRemembered',
  /** The job's state is still one of the known ones: the poll sends the next request after the interval. */
  NotYet: 'NotYet',
  /** The application, the recording template or the job is not known to the vendor (404). */
  NotFound: 'NotFound',
} as const;

/** The detail of a {@link StepFailure.StartUnanswered}. */
export interface StartUnansweredDetail {
  /** Between which times (the worker's clock, milliseconds) the request was under way. */
  from: number;
  until: number;
  /** The connection was still open when waiting ended: the vendor may act on the request later. */
  mayTakeEffectLater: boolean;
}

/** Where the documentation tells more, relative to the repository: `docs/errors.md#authenticationfailed`. */
export function docsOf(heading: string): string {
  return `docs/errors.md#${heading.toLowerCase().replaceAll(' ', '-')}`;
}
