import {
  AbortedError,
  ConnectionLostError,
  HuaweiError,
  NotSentError,
  readRetryAfter,
  StatusError,
  TimeoutError,
  UnreadableAnswerError,
  type CallDetails,
} from './errors.js';
import { excerpt } from './redact.js';

/** What is taken of the SDK's errors beside their message. The rest may quote the signed request. */
interface SdkError extends Error {
  /** S3's code, where the response had one. */
  Code?: string;
  /** Node's code, where no whole response came. */
  code?: string;
  $metadata?: { httpStatusCode?: number; requestId?: string };
  $response?: { headers?: Record<string, string> };
}

/** What Node says when there is no such host, nobody listens, or the certificate is not to be trusted. */
const NOT_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EPROTO|ERR_(TLS|SSL)_\w+|\w*CERT\w*|UNABLE_TO_\w+)$/;

/**
 * What it means that the SDK failed. An error that is no response and nothing of the network is returned as it is.
 * @param stopped what may have ended the call: its caller, or its time
 */
export function obsFailure(
  error: unknown,
  call: CallDetails,
  stopped: { calledOff: boolean; expired: boolean },
  secrets: readonly string[],
): unknown {
  // The keys could not be had: that error says already what happened.
  if (error instanceof HuaweiError || !(error instanceof Error)) return error;
  if (stopped.calledOff) return new AbortedError(`${call.call} was called off before its answer came.`, call);
  const { name, code, $metadata: { httpStatusCode } = {} } = error as SdkError;
  // The SDK names a lost connection a time-out too; a real one has no code.
  if (stopped.expired || (name === 'TimeoutError' && code === undefined)) {
    return new TimeoutError(`${call.call} was not answered in time.`, call);
  }
  const words = excerpt(error.message, secrets);
  if (httpStatusCode !== undefined) return responseFailure(error, { ...call, status: httpStatusCode }, words);
  if (code === undefined) return error;
  const reason = `(${code}: ${words})`;
  return NOT_SENT.test(code)
    ? new NotSentError(`${call.call} was not sent: no connection ${reason}.`, call)
    : new ConnectionLostError(`${call.call} lost its connection before the whole answer came ${reason}.`, call);
}

/** A response came, but no listing. */
function responseFailure(error: SdkError, call: CallDetails & { status: number }, words: string): HuaweiError {
  const { Code: errorCode, $metadata, $response } = error;
  const headers = $response?.headers ?? {};
  const requestId = headers['x-obs-request-id'] ?? $metadata?.requestId;
  const details = { ...call, errorCode, requestId };
  const suffix = requestId ? ` (request id ${requestId}).` : '.';
  const { status } = call;
  if (status >= 200 && status < 300) {
    return new UnreadableAnswerError(`${call.call} was answered ${status} with what is no listing${suffix}`, details);
  }
  // Without a code the words are the SDK's own, about a body that it could not read.
  const said = errorCode === undefined ? '' : ` ${errorCode}: ${words}`;
  const retryAfterMs = readRetryAfter(headers['retry-after'], Date.now());
  return new StatusError(`${call.call} was refused with ${status}${said}${suffix}`, { ...details, retryAfterMs });
}
