/** The call that failed. */
export interface CallDetails {
  /** Service, method and path: without ids, except OBS's, which have the bucket and the object or prefix. */
  call: string;
  /** The HTTP status, if there was a response. */
  status?: number | undefined;
  /** The vendor's own code: `RTC.00001003`, `APIGW.0308`, IAM's `error.code`, S3's `NoSuchBucket`. */
  errorCode?: string | undefined;
  /** The vendor's support needs it. */
  requestId?: string | undefined;
  /** When the request was sent, in milliseconds since the epoch. */
  sentAtMs?: number | undefined;
}

/**
 * Why a call to one of the vendor's services failed: one sentence without secrets. It has no `cause`, because a
 * library's error may contain the request with tokens and passwords.
 */
export abstract class HuaweiError extends Error implements CallDetails {
  readonly call: string;
  readonly status: number | undefined;
  readonly errorCode: string | undefined;
  readonly requestId: string | undefined;
  readonly sentAtMs: number | undefined;

  constructor(message: string, details: CallDetails) {
    super(message);
    this.name = new.target.name;
    this.call = details.call;
    this.status = details.status;
    this.errorCode = details.errorCode;
    this.requestId = details.requestId;
    this.sentAtMs = details.sentAtMs;
  }
}

/** The request never reached the vendor: no address, no connection, or no TLS. */
export class NotSentError extends HuaweiError {}

/** No response in time. The request may still take effect, even later. */
export class TimeoutError extends HuaweiError {}

/** The connection was lost before the whole response arrived. The request may have taken effect. */
export class ConnectionLostError extends HuaweiError {}

/** The caller's signal aborted the call. The request may have taken effect. */
export class AbortedError extends HuaweiError {}

/** The vendor's status is not 2xx. */
export class StatusError extends HuaweiError {
  declare readonly status: number;
  /** The vendor's `Retry-After`, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, details: CallDetails & { status: number; retryAfterMs?: number | undefined }) {
    super(message, details);
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** The vendor rejected the password or the access key itself, now or lately: another try could lock it. */
export class CredentialsRejectedError extends HuaweiError {}

/** The response is not what the vendor documents: no JSON, a proxy's page, truncated, or of another shape. */
export class InvalidResponseError extends HuaweiError {}

/** Whether the vendor rejected the call with this code. */
export function hasErrorCode(error: unknown, code: string): error is StatusError {
  return error instanceof StatusError && error.errorCode === code;
}

/** What a failed call means for its caller. */
export interface ErrorClass {
  kind:
    | 'notSent'
    | 'throttled'
    | 'unavailable'
    | 'timedOut'
    | 'lost'
    | 'unreadable'
    | 'authentication'
    | 'permission'
    | 'notFound'
    | 'rejected'
    | 'aborted'
    | 'unexpected';
  /** The same call may succeed later. */
  retry: boolean;
  /** The call may have taken effect: repeat it only if it is idempotent. */
  outcomeUnknown: boolean;
  /** The vendor's `Retry-After`, in milliseconds. */
  delayMs?: number;
}

/** Whether a failed call may be retried, and may have taken effect. See docs/decisions/error-classification.md. */
export function classifyError(error: unknown): ErrorClass {
  if (error instanceof StatusError) return classifyStatus(error);
  if (error instanceof CredentialsRejectedError)
    return { kind: 'authentication', retry: false, outcomeUnknown: false };
  if (error instanceof NotSentError) return { kind: 'notSent', retry: true, outcomeUnknown: false };
  if (error instanceof TimeoutError) return { kind: 'timedOut', retry: true, outcomeUnknown: true };
  if (error instanceof ConnectionLostError) return { kind: 'lost', retry: true, outcomeUnknown: true };
  if (error instanceof InvalidResponseError) return { kind: 'unreadable', retry: true, outcomeUnknown: true };
  // Retried by another process: a process that shuts down aborts its calls.
  if (error instanceof AbortedError) return { kind: 'aborted', retry: true, outcomeUnknown: true };
  return { kind: 'unexpected', retry: false, outcomeUnknown: true };
}

/** More requests would prolong the time for which OBS rejects the keys. */
const WRONG_SIGNATURES = { errorCode: 'TooManyWrongSignature', delayMs: 5 * 60_000 };

/** The status decides first: the vendor's code for a missing app is the same as for a bad parameter. */
function classifyStatus({ status, errorCode, retryAfterMs }: StatusError): ErrorClass {
  const delay = retryAfterMs === undefined ? {} : { delayMs: retryAfterMs };
  // OBS redirects while its addresses are being updated.
  if (status === 307) return { kind: 'unavailable', retry: true, outcomeUnknown: false, ...delay };
  if (errorCode === WRONG_SIGNATURES.errorCode) {
    return { kind: 'throttled', retry: true, outcomeUnknown: false, delayMs: WRONG_SIGNATURES.delayMs };
  }
  // The vendor may already have been processing the request when it, or a proxy, gave up.
  if (status === 408 || status >= 500) return { kind: 'unavailable', retry: true, outcomeUnknown: true, ...delay };
  if (status === 429) return { kind: 'throttled', retry: true, outcomeUnknown: false, ...delay };
  return { kind: rejectionKind(status, errorCode), retry: false, outcomeUnknown: false };
}

function rejectionKind(status: number, errorCode: string | undefined): ErrorClass['kind'] {
  if (status === 404) return 'notFound';
  // SparkRTC sends these two codes with status 400.
  if (status === 401 || errorCode === 'RTC.00001001') return 'authentication';
  if (status === 403 || errorCode === 'RTC.00001021') return 'permission';
  return 'rejected';
}

const MIN_DELAY = 1_000;
const MAX_DELAY = 30_000;

/** Milliseconds before a throttled call is retried: random, from 1 s to 2^attempt s, 30 s at most. */
export function backOff(attempt: number, random: () => number = Math.random): number {
  const limit = Math.min(MAX_DELAY, MIN_DELAY * 2 ** attempt);
  return Math.round(MIN_DELAY + random() * (limit - MIN_DELAY));
}

/** Longer waits would leave a recording unattended. */
const MAX_RETRY_AFTER = 5 * 60_000;

/** `Retry-After`, seconds or a date, as milliseconds from `now`, 5 minutes at most; undefined if it is invalid. */
export function readRetryAfter(header: string | undefined, now: number): number | undefined {
  if (!header?.trim()) return undefined;
  const seconds = Number(header);
  const delay = Number.isNaN(seconds) ? Date.parse(header) - now : seconds * 1_000;
  return Number.isNaN(delay) ? undefined : Math.min(MAX_RETRY_AFTER, Math.max(0, delay));
}
