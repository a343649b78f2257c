/**
 * The types of the workflow's failure (`ApplicationFailure.type`). Callers may branch on them; the message says what
 * to do, and docs/errors.md explains each of them.
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
  VendorUnavailable: 'VendorUnavailable',
  ListingFailed: 'ListingFailed',
} as const;

/** One of the types in {@link FailureType}. */
export type FailureType = keyof typeof FailureType;

/** What each failure means, in the words that workflow, client, CLI and docs/errors.md use. */
export const FAILURES: Record<FailureType, { whatHappened: string; whatToDo: string }> = {
  InvalidInput: {
    whatHappened: 'The input is invalid. The message names every wrong field; no request was sent.',
    whatToDo: 'Correct the named fields, then start the recording again.',
  },
  AuthenticationFailed: {
    whatHappened:
      'The vendor rejected the credentials. ' +
      'They were tried only once, because repeated wrong passwords or signatures lock the account or the key.',
    whatToDo:
      'Check HW_USER_NAME, HW_USER_PASSWORD and HW_DOMAIN_NAME of the worker, or HW_ACCESS_KEY and HW_SECRET_KEY, ' +
      'restart it, then start the recording again.',
  },
  /** 403, or `RTC.00001021`. */
  PermissionDenied: {
    whatHappened: 'The credentials are valid, but this user lacks permissions that the recording needs.',
    whatToDo: 'Grant the IAM user of the worker access to SparkRTC and the bucket, then start the recording again.',
  },
  /** `is_authorized: false`. */
  BucketNotAuthorized: {
    whatHappened: 'SparkRTC reports that it is not authorized to write to the bucket.',
    whatToDo: 'Authorize SparkRTC for the bucket in its console, then start the recording again.',
  },
  /** `RTC.00001018`. */
  CallbackUnreachable: {
    whatHappened: 'SparkRTC could not reach the callback URL for two minutes.',
    whatToDo:
      'Check that the receiver runs and that CALLBACK_URL can be reached from the vendor, ' +
      'then start the recording again.',
  },
  RequestRejected: {
    whatHappened: 'The vendor rejected the application, the recording template or the callback configuration.',
    whatToDo: 'Correct what the vendor names, then start the recording again.',
  },
  JobRejected: {
    whatHappened: 'The vendor rejected the start of the recording job.',
    whatToDo: 'Correct what the vendor names, then start the recording again.',
  },
  JobStartUnknown: {
    whatHappened:
      'Whether a job was started is unknown: there was no conclusive response, and no event of such a job arrived. ' +
      'If a job was started, its idle limit will end it.',
    whatToDo: 'Check the status of SparkRTC, then start the recording again.',
  },
  VendorUnavailable: {
    whatHappened: 'The vendor sent no usable response for as long as the step may take.',
    whatToDo: 'Check the status of SparkRTC and the network of the worker, then start the recording again.',
  },
  ListingFailed: {
    whatHappened: 'The recording has ended, but its files could not be listed.',
    whatToDo: 'The files are in the bucket: fix the cause that the message names, then list the bucket yourself.',
  },
};

export function isFailureType(type: string | null | undefined): type is FailureType {
  return typeof type === 'string' && Object.hasOwn(FAILURES, type);
}

/** Further types that a single step may fail with. The workflow handles them and never fails with one. */
export const StepFailure = {
  /** The response to the start was lost: whether a job was started is unknown. */
  StartOutcomeUnknown: 'StartOutcomeUnknown',
  /** A job of this stream is already running (`RTC.00001006`). */
  JobRunning: 'JobRunning',
  /** This worker does not remember the results of steps 1 to 4 for these settings. */
  NotRemembered: 'NotRemembered',
  /** The job is still in one of the known states: the poll sends the next request after the interval. */
  NotYet: 'NotYet',
  /** The vendor does not know the application, the recording template or the job (404). */
  NotFound: 'NotFound',
} as const;

/** The detail of a {@link StepFailure.StartOutcomeUnknown}. */
export interface StartOutcomeUnknownDetail {
  /** When the request was open (the worker's clock, milliseconds). */
  from: number;
  until: number;
  /** The connection was still open when the request timed out: the vendor may act on it later. */
  mayTakeEffectLater: boolean;
}

/** The section of the documentation, relative to the repository: `docs/errors.md#authenticationfailed`. */
export function docsOf(heading: string): string {
  return `docs/errors.md#${heading.toLowerCase().replaceAll(' ', '-')}`;
}
