/** What is known of the call that failed. */
export interface CallDetails {
  /** Service, method and path without ids: `SparkRTC POST /v2/apps`. */
  call: string;
  /** The HTTP status, where an answer came. */
  status?: number | undefined;
  /** The vendor's own code: `RTC.00001003`, `APIGW.0308`, IAM's `error.code`, S3's `NoSuchBucket`. */
  errorCode?: string | undefined;
  /** What the vendor's support asks for. */
  requestId?: string | undefined;
  /** When the request was sent, in milliseconds since the epoch. */
  sentAtMs?: number | undefined;
}

/**
 * Why a call to one of the vendor's services failed: one sentence without any secret. There is no `cause`: a library's error may hold the
 * request, and with it tokens and passwords.
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

/** No answer in time. The request may still take effect, even later. */
export class TimeoutError extends HuaweiError {}

/** The connection broke before the whole answer had come. The request may have taken effect. */
export class ConnectionLostError extends HuaweiError {}

/** The caller's signal stopped the call. The request may have taken effect. */
export class AbortedError extends HuaweiError {}

/** The vendor answered with a status that is no success. */
export class StatusError extends HuaweiError {
  declare readonly status: number;
  /** How long the vendor asks to wait (`Retry-After`), in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, details: CallDetails & { status: number; retryAfterMs?: number | undefined }) {
    super(message, details);
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** An answer came that cannot be what the vendor means: no JSON, a proxy's page, cut off, or not of the documented shape. */
export class UnreadableAnswerError extends HuaweiError {}
