import { FailureType } from './failureTypes.js';

/** What a failure means to the one who reads it. */
export interface FailureEntry {
  /** Whole sentences. */
  whatHappened: string;
  whatToDo: string;
}

/**
 * One place for what every failure of a recording means, so that the workflow's message, the client's error, the shell command and docs/errors.md say
 * the same.
 */
export const FAILURES: Record<FailureType, FailureEntry> = {
  [FailureType.InvalidInput]: {
    whatHappened: 'The input does not fit. The message names every field; nothing was called.',
    whatToDo: 'Correct the fields that are named, then start the recording again.',
  },
  [FailureType.AuthenticationFailed]: {
    whatHappened:
      'The vendor does not accept the credentials. They were tried once only: repeated wrong passwords lock the account.',
    whatToDo:
      'Check HW_USER_NAME, HW_USER_PASSWORD and HW_DOMAIN_NAME of the worker, restart it, then start the recording again.',
  },
  [FailureType.PermissionDenied]: {
    whatHappened: 'The credentials are good, but the vendor does not let this user do what the recording needs.',
    whatToDo: 'Give the IAM user of the worker the rights for SparkRTC and the bucket, then start the recording again.',
  },
  [FailureType.BucketNotAuthorized]: {
    whatHappened: 'SparkRTC says that it may not write to the bucket.',
    whatToDo: 'Authorise SparkRTC for the bucket in its console, then start the recording again.',
  },
  [FailureType.CallbackUnreachable]: {
    whatHappened: 'SparkRTC could not reach the callback URL for two minutes.',
    whatToDo:
      'Check that the receiver runs and that CALLBACK_URL can be reached from the vendor, then start the recording again.',
  },
  [FailureType.RequestRejected]: {
    whatHappened: 'The vendor refuses the application, the recording template or the callback configuration.',
    whatToDo: 'Correct what the vendor names, then start the recording again.',
  },
  [FailureType.JobRejected]: {
    whatHappened: 'The vendor refuses to start the recording job.',
    whatToDo: 'Correct what the vendor names, or end the other recording of this stream, then start again.',
  },
  [FailureType.JobStartUnknown]: {
    whatHappened:
      'Whether a job was started could not be found out in time: no answer could be believed, and no event came. If one was started all the same, its idle limit ends it.',
    whatToDo: 'Look at the state of the vendor, then start the recording again.',
  },
  [FailureType.JobStartTimedOut]: {
    whatHappened:
      'The job never began to record, although its idle limit has passed: the vendor saw no stream. It was stopped.',
    whatToDo:
      'Check that the user publishes in that room, and give a longer maxIdleTime if the recording is started before they do.',
  },
  [FailureType.VendorUnavailable]: {
    whatHappened: 'The vendor did not answer usefully for as long as the step may take.',
    whatToDo: 'Look at the state of the vendor and at the network of the worker, then start the recording again.',
  },
  [FailureType.ListingFailed]: {
    whatHappened: 'The recording is over, but its files could not be listed.',
    whatToDo:
      'The recording is over and its files are kept: mend what stands in the way, then list the bucket yourself.',
  },
};

export function isFailureType(type: string | null | undefined): type is FailureType {
  return Object.values<string | null | undefined>(FailureType).includes(type);
}

/** Where the documentation tells more, relative to the repository: `docs/errors.md#authenticationfailed`. */
export function docsOf(heading: string): string {
  return `docs/errors.md#${heading.toLowerCase().replaceAll(' ', '-')}`;
}
