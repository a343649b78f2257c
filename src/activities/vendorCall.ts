import { activityInfo, ApplicationFailure, heartbeat, log } from '@temporalio/activity';
import { FailureType, StepFailure } from '../contract/failures.js';
import { backOff, classifyError, CredentialsRejectedError, HuaweiError, type ErrorClass } from '../huawei/errors.js';

/** Well below the heartbeat timeout; shorter work sends none. */
const INTERVAL_MS = 2_000;

/** Sends a heartbeat with details for the next attempt (`heartbeatDetails`). */
export type Heartbeat = (details: unknown) => void;

/** Sends heartbeats while the work is running, so that Temporal notices within seconds that a worker has died. */
export async function withHeartbeat<T>(work: (heartbeat: Heartbeat) => Promise<T>): Promise<T> {
  // Each heartbeat replaces the details of the last one, even without any.
  let details: unknown = activityInfo().heartbeatDetails;
  const beats = setInterval(() => heartbeat(details), INTERVAL_MS);
  try {
    return await work((newDetails) => {
      details = newDetails;
      heartbeat(details);
    });
  } finally {
    clearInterval(beats);
  }
}

/** Left to the step's retry policy: final before the job exists, retried afterwards, as the cause may be fixed. */
const LEFT_TO_THE_POLICY: string[] = [
  FailureType.AuthenticationFailed,
  FailureType.PermissionDenied,
  FailureType.VendorUnavailable,
];

/**
 * Makes a step's calls to the vendor, with heartbeats, and converts errors to failures for retry policy and workflow.
 * @param rejectedAs the failure type of a plain rejection
 * @param explain the failure for an error with a special meaning in this step
 */
export async function vendorCall<T>(
  rejectedAs: FailureType,
  work: (heartbeat: Heartbeat) => Promise<T>,
  explain?: (error: unknown) => ApplicationFailure | undefined,
): Promise<T> {
  try {
    return await withHeartbeat(work);
  } catch (error) {
    throw explain?.(error) ?? vendorFailure(error, rejectedAs);
  }
}

export function vendorFailure(error: unknown, rejectedAs: FailureType): unknown {
  if (!(error instanceof HuaweiError)) return error;
  const errorClass = classifyError(error);
  const { attempt } = activityInfo();
  const type = isNewToken(error, errorClass, attempt) ? FailureType.VendorUnavailable : typeOf(errorClass, rejectedAs);
  const { call, status, requestId } = error;
  log.warn('The call to the vendor failed', { call, status, requestId, kind: errorClass.kind, attempt });
  return ApplicationFailure.create({
    type,
    message: error.message,
    nonRetryable: !errorClass.retry && !LEFT_TO_THE_POLICY.includes(type),
    // Never zero: the server would take that for "no time left" and give up.
    ...(errorClass.kind === 'throttled' && { nextRetryDelay: errorClass.delayMs || backOff(attempt) }),
  });
}

/**
 * The same failure, but retried even after a rejection, because the cause may be fixed.
 * @param nextRetryDelay milliseconds, instead of the failure's own
 */
export function retryable(failure: unknown, nextRetryDelay?: number): unknown {
  if (!(failure instanceof ApplicationFailure)) return failure;
  const { type, message } = failure;
  const delay = nextRetryDelay ?? failure.nextRetryDelay;
  return ApplicationFailure.create({
    type: type ?? FailureType.RequestRejected,
    message,
    ...(delay !== undefined && delay !== null && { nextRetryDelay: delay }),
  });
}

/** After this many rejections of a new token, some 15 seconds, the failure is final. */
const MAX_TOKEN_REJECTIONS = 5;

/** The vendor may not know a new token everywhere yet; a password or a key that was rejected stays wrong. */
function isNewToken(error: HuaweiError, { kind }: ErrorClass, attempt: number): boolean {
  if (error instanceof CredentialsRejectedError || error.call.startsWith('IAM ')) return false;
  return kind === 'authentication' && attempt < MAX_TOKEN_REJECTIONS;
}

function typeOf({ kind }: ErrorClass, rejectedAs: FailureType): string {
  if (kind === 'authentication') return FailureType.AuthenticationFailed;
  if (kind === 'permission') return FailureType.PermissionDenied;
  if (kind === 'notFound') return StepFailure.NotFound;
  return kind === 'rejected' ? rejectedAs : FailureType.VendorUnavailable;
}
