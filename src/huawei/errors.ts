/** What is known of the call that failed. */
export interface CallDetails {
  /** Service, method and path without ids: `SparkRTC POST /v2/apps`. */
  call: string;
  /** The HTTP status, where a response came. */
  status?: number | undefined;
  /** The vendor's own code: `RTC.00001003`, `APIGW.0308`, IAM's `error.code`, S3's `NoSuchBucket`. */
  errorCode?: string | undefined;
  /** What the vendor's support asks for. */
  requestId?: string | undefined;
  /** When the request was sent, in milliseconds since the epoch. */
  sentAtMs?: number | undefined;
}

/**
 * Why a call to one of the vendor's services failed: one sentence without any secret. There is no `cause`: a library's
 * error may hold the request, and with it tokens and passwords.
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

/** The request surely never reached the vendor: no address, no connection, no TLS. */
export class NotSentError extends HuaweiError {}

/** No response in time. The request may still take effect, even later. */
export class TimeoutError extends HuaweiError {}

/** The connection broke before the whole response had come. The request may have taken effect. */
export class ConnectionLostError extends HuaweiError {}

/** The caller's signal stopped the call. The request may have taken effect. */
export class AbortedError extends HuaweiError {}

/** The vendor's status is no success. */
export class StatusError extends HuaweiError {
  declare readonly status: number;
  /** How long the vendor asks to wait (`Retry-After`), in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, details: CallDetails & { status: number; retryAfterMs?: number | undefined }) {
    super(message, details);
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** The response cannot be what the vendor means: no JSON, a proxy's page, cut off, or not of the documented shape. */
export class UnreadableAnswerError extends HuaweiError {}

/** Whether the vendor rejected the call with this code of its own. */
export function hasErrorCode(error: unknown, code: string): error is StatusError {
  return error instanceof StatusError && error.errorCode === code;
}

/** What a failed call means for whoever made it. */
export interface Verdict {
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
  /** The call may have taken effect, so that only an idempotent one may be repeated blindly. */
  mayHaveHappened: boolean;
  /** Milliseconds that the vendor asks to wait. */
  delayMs?: number;
}

/** Whether a failed call is worth repeating, and whether it may have taken effect. */
export function judge(error: unknown): Verdict {
  if (error instanceof StatusError) return judgeStatus(error);
  if (error instanceof NotSentError) return { kind: 'notSent', retry: true, mayHaveHappened: false };
  if (error instanceof TimeoutError) return { kind: 'timedOut', retry: true, mayHaveHappened: true };
  if (error instanceof ConnectionLostError) return { kind: 'lost', retry: true, mayHaveHappened: true };
  if (error instanceof UnreadableAnswerError) return { kind: 'unreadable', retry: true, mayHaveHappened: true };
  // Nothing is wrong with the call: a process that shuts down aborts what another one will do.
  if (error instanceof AbortedError) return { kind: 'aborted', retry: true, mayHaveHappened: true };
  return { kind: 'unexpected', retry: false, mayHaveHappened: true };
}

/** The status decides first: the vendor's code for a missing app is the same as for a bad parameter. */
function judgeStatus({ status, errorCode, retryAfterMs }: StatusError): Verdict {
  const delay = retryAfterMs === undefined ? {} : { delayMs: retryAfterMs };
  // The request may have been at work already when the vendor, or a proxy before it, gave up.
  if (status === 408 || status >= 500) return { kind: 'unavailable', retry: true, mayHaveHappened: true, ...delay };
  if (status === 429) return { kind: 'throttled', retry: true, mayHaveHappened: false, ...delay };
  return { kind: rejection(status, errorCode), retry: false, mayHaveHappened: false };
}

function rejection(status: number, errorCode: string | undefined): Verdict['kind'] {
  if (status === 404) return 'notFound';
  if (status === 401) return 'authentication';
  if (status === 403) return 'permission';
  // SparkRTC sends these two as a 400.
  if (errorCode === 'RTC.00001001') return 'authentication';
  if (errorCode === 'RTC.00001021') return 'permission';
  return 'rejected';
}

const SHORTEST_DELAY = 1_000;
const LONGEST_DELAY = 30_000;

/**
 * Milliseconds before a throttled call is repeated: from one second to a limit that doubles with each attempt, up to
 * 30 seconds. At random, because callers who were throttled together must not come back together.
 */
export function backOff(attempt: number, random: () => number = Math.random): number {
  const limit = Math.min(LONGEST_DELAY, SHORTEST_DELAY * 2 ** attempt);
  return Math.round(SHORTEST_DELAY + random() * (limit - SHORTEST_DELAY));
}

/** Whatever the vendor asks for, a longer wait would leave a recording unattended. */
const LONGEST_RETRY_AFTER = 5 * 60_000;

/** `Retry-After`, seconds or a date, as milliseconds from `now`: at most 5 minutes; undefined if it is unreadable. */
export function readRetryAfter(header: string | undefined, now: number): number | undefined {
  if (!header?.trim()) return undefined;
  const seconds = Number(header);
  const delay = Number.isNaN(seconds) ? Date.parse(header) - now : seconds * 1_000;
  return Number.isNaN(delay) ? undefined : Math.min(LONGEST_RETRY_AFTER, Math.max(0, delay));
}
