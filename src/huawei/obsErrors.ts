import {
  AbortedError,
  ConnectionLostError,
  HuaweiError,
  NotSentError,
  readRetryAfter,
  StatusError,
  TimeoutError,
  InvalidResponseError,
  type CallDetails,
} from './errors.js';
import { excerpt } from './redact.js';

/** The fields of the SDK's errors that are used. Others may quote the signed request. */
interface SdkError extends Error {
  /** S3's code, if the response had one. */
  Code?: string;
  /** Node's code, if the response did not arrive completely. */
  code?: string;
  $metadata?: { httpStatusCode?: number; requestId?: string };
  $response?: { headers?: Record<string, string> };
  /** Of a redirection: the host name of the bucket's region. */
  Endpoint?: string;
}

/** The codes for an unknown host, a closed port, an untrusted certificate and a proxy that does not connect. */
const NOT_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EPROTO|ERR_PROXY_TUNNEL|ERR_(TLS|SSL)_\w+|\w*CERT\w*|UNABLE_TO_\w+)$/;

/** Translates an error of the SDK. One that is neither a response nor of the network is returned as it is. */
export function obsFailure(
  error: unknown,
  call: CallDetails,
  deadline: { aborted: boolean; expired: boolean },
  secrets: readonly string[],
): unknown {
  // The keys could not be fetched: that error already explains it.
  if (error instanceof HuaweiError || !(error instanceof Error)) return error;
  if (deadline.aborted) return new AbortedError(`${call.call} was aborted before the response arrived.`, call);
  const { name, code, $metadata: { httpStatusCode } = {} } = error as SdkError;
  // The SDK calls a lost connection a timeout too; a real timeout has no code.
  if (deadline.expired || (name === 'TimeoutError' && code === undefined)) {
    return new TimeoutError(`${call.call} got no response in time.`, call);
  }
  const message = excerpt(error.message, secrets);
  if (httpStatusCode !== undefined) return responseFailure(error, { ...call, status: httpStatusCode }, message);
  if (code === undefined) return error;
  const reason = `(${code}: ${message})`;
  return NOT_SENT.test(code)
    ? new NotSentError(`${call.call} was not sent: no connection ${reason}.`, call)
    : new ConnectionLostError(`${call.call} lost its connection before the whole response arrived ${reason}.`, call);
}

/** The vendor has responded, but not with what was requested. */
function responseFailure(error: SdkError, call: CallDetails & { status: number }, message: string): HuaweiError {
  const { Code: errorCode, $metadata, $response } = error;
  const headers = $response?.headers ?? {};
  const requestId = headers['x-obs-request-id'] ?? $metadata?.requestId;
  const details = { ...call, errorCode, requestId };
  const suffix = requestId ? ` (request id ${requestId}).` : '.';
  const { status } = call;
  if (status >= 200 && status < 300) {
    return new InvalidResponseError(`${call.call} returned ${status} without a listing${suffix}`, details);
  }
  // Without a code the message is the SDK's own, about a body that it could not parse.
  const reason = errorCode === undefined ? '' : ` ${errorCode}: ${message}`;
  const region = headers['x-obs-bucket-location'] ?? headers['x-amz-bucket-region'] ?? error.Endpoint;
  const elsewhere =
    status === 301 ? ` The bucket is in another region${region ? `, ${region}` : ''}: correct location.` : '';
  const retryAfterMs = readRetryAfter(headers['retry-after'], Date.now());
  return new StatusError(`${call.call} was rejected with ${status}${reason}${suffix}${elsewhere}`, {
    ...details,
    retryAfterMs,
  });
}
