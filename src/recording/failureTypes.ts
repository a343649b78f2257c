/**
 * The types of the workflow's own failure (`ApplicationFailure.type`). Callers may branch on them; the message says what to do.
 */
export const FailureType = {
  /** The input does not fit; the message names every field. Nothing was called. */
  InvalidInput: 'InvalidInput',
  /** The vendor does not accept the credentials. One try only: repeated wrong passwords lock the account. */
  AuthenticationFailed: 'AuthenticationFailed',
  /** The credentials are good, but may not do this (403, `RTC.00001021`). */
  PermissionDenied: 'PermissionDenied',
  /** SparkRTC says that it may not write to the bucket (`is_authorized: false`). */
  BucketNotAuthorized: 'BucketNotAuthorized',
  /** SparkRTC could not reach the callback URL for two minutes (`RTC.00001018`). */
  CallbackUnreachable: 'CallbackUnreachable',
  /** The vendor refuses the application, the recording template or the callback configuration. */
  RequestRejected: 'RequestRejected',
  /** The vendor refuses to start the job. */
  JobRejected: 'JobRejected',
  /** Whether a job was started could not be found out before the deadline. */
  JobStartUnknown: 'JobStartUnknown',
  /** The job never left INIT although its idle limit has passed. It was stopped. */
  JobStartTimedOut: 'JobStartTimedOut',
  /** The vendor did not answer usefully for as long as the step may take. */
  VendorUnavailable: 'VendorUnavailable',
  /** The recording is over, but its files could not be listed. */
  ListingFailed: 'ListingFailed',
} as const;

/** One of the types of {@link FailureType}, as the text that it is. */
export type FailureType = (typeof FailureType)[keyof typeof FailureType];

/** What a single step may fail with beside the types above; the workflow acts on these, they are never its own failure's type. */
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
