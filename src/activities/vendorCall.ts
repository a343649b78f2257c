import { activityInfo, ApplicationFailure, heartbeat, log } from '@temporalio/activity';
import { FailureType, StepFailure } from '../contract/failures.js';
import { backOff, HuaweiError, judge, type Verdict } from '../huawei/errors.js';

/** Well below the time-out of the heartbeat; work that is done sooner costs no call to the server. */
const INTERVAL_MS = 2_000;

/** Tells what the next attempt is to find as `heartbeatDetails`, should this one fail. */
export type Note = (details: unknown) => void;

/** Sends heartbeats while the work is running, so that Temporal notices within seconds when its worker has died. */
export async function beating<T>(work: (note: Note) => Promise<T>): Promise<T> {
  // Each beat replaces what the last one told, an empty one too.
  let details: unknown = activityInfo().heartbeatDetails;
  const beats = setInterval(() => heartbeat(details), INTERVAL_MS);
  try {
    return await work((news) => {
      details = news;
      heartbeat(details);
    });
  } finally {
    clearInterval(beats);
  }
}

/** Left to the step's retry policy: final before the job exists, retried afterwards: someone may fix the cause. */
const LEFT_TO_THE_POLICY: string[] = [
  FailureType.AuthenticationFailed,
  FailureType.PermissionDenied,
  FailureType.VendorUnavailable,
];

/**
 * Makes a step's calls to the vendor and turns an error into the failure that retry policy and workflow understand.
 * @param rejectedAs the type of a plain rejection of this step
 * @param explain the failure for an error that means something else to this step
 */
export async function vendorCall<T>(
  rejectedAs: FailureType,
  work: (note: Note) => Promise<T>,
  explain?: (error: unknown) => ApplicationFailure | undefined,
): Promise<T> {
  try {
    return await beating(work);
  } catch (error) {
    throw explain?.(error) ?? vendorFailure(error, rejectedAs);
  }
}

export function vendorFailure(error: unknown, rejectedAs: FailureType): unknown {
  if (!(error instanceof HuaweiError)) return error;
  const verdict = judge(error);
  const { attempt } = activityInfo();
  const type = isYoungToken(error, verdict, attempt) ? FailureType.VendorUnavailable : typeOf(verdict, rejectedAs);
  const { call, status, requestId } = error;
  log.warn('The vendor did not do what was asked', { call, status, requestId, verdict: verdict.kind, attempt });
  return ApplicationFailure.create({
    type,
    message: error.message,
    nonRetryable: !verdict.retry && !LEFT_TO_THE_POLICY.includes(type),
    // Never zero, whatever the vendor asked for: the server takes that for "no time is left" and gives up.
    ...(verdict.kind === 'throttled' && { nextRetryDelay: verdict.delayMs || backOff(attempt) }),
  });
}

/**
 * The same failure, left to the step's retry policy even where the vendor has rejected the request: someone may fix
 * the cause meanwhile.
 * @param nextRetryDelay milliseconds, instead of those that the failure names
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

/** How often a token that IAM has just issued may be refused before that is final: some 15 seconds. */
const TOKEN_REFUSALS = 5;

/** A new token may be revoked, or not be known everywhere yet; a password that IAM rejected stays wrong. */
function isYoungToken({ call }: HuaweiError, { kind }: Verdict, attempt: number): boolean {
  return kind === 'authentication' && !call.startsWith('IAM ') && attempt < TOKEN_REFUSALS;
}

function typeOf({ kind }: Verdict, rejectedAs: FailureType): string {
  if (kind === 'authentication') return FailureType.AuthenticationFailed;
  if (kind === 'permission') return FailureType.PermissionDenied;
  if (kind === 'notFound') return StepFailure.NotFound;
  return kind === 'rejected' ? rejectedAs : FailureType.VendorUnavailable;
}
