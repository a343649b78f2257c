import type { Dispatcher } from 'undici';
import type { z } from 'zod';
import { adviceFor } from './errorCodes.js';
import { readRetryAfter, StatusError, InvalidResponseError, type CallDetails } from './errors.js';
import { parseJson } from '../contract/json.js';
import { excerpt } from './redact.js';

/** One call of the vendor's API. */
export interface HttpRequest<T> {
  /** Service, method and path without ids: `SparkRTC GET /v2/apps/{app_id}`. */
  call: string;
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  url: string;
  query?: Record<string, string | number>;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  body?: unknown;
  /** The body of a successful response; without it the body may be empty. */
  schema?: z.ZodType<T>;
  /** Must not appear in any error. */
  secrets?: readonly string[];
  /** The response may contain secrets or personal data: errors show the code and message of a rejection only. */
  sensitiveResponse?: boolean;
  /** Opens a new connection: an idle one may be closed already, and the outcome would be unknown. */
  freshConnection?: boolean;
  /** From the call to the end of the response, in milliseconds; default 15,000. */
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
}

/** Service, method and the real path, without the query. */
export function describeCall({ call, method, url }: HttpRequest<unknown>): string {
  return `${call.slice(0, call.indexOf(' '))} ${method} ${new URL(url).pathname}`;
}

/** The most characters of a code, and of an unexpected body, in a message. */
const MAX_CODE = 64;
const MAX_BODY = 120;

/** A whole response, and its request. */
interface Received<T> {
  request: HttpRequest<T>;
  status: number;
  headers: Dispatcher.ResponseData['headers'];
  body: string;
  sentAtMs: number;
  receivedAtMs: number;
}

/**
 * The data of a successful response. A body must be JSON even without a schema, or it may be a proxy's page.
 * @throws {InvalidResponseError}
 */
export function parseResponse<T>(received: Received<T>): T {
  const { request, body } = received;
  const json = jsonOf(body);
  if (json === undefined && body !== '') throw invalid(received, 'invalid JSON');
  if (!request.schema) return undefined as T;
  if (body === '') throw invalid(received, 'an empty body');
  const parsed = request.schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(received, `an unexpected body (${issue?.path.join('.') || 'all of it'}: ${issue?.message})`);
}

/** The error of a rejection: `{error_code, error_msg, request_id?}` or, from IAM, `{error: {code, message}}`. */
export function parseRejection(received: Received<unknown>): StatusError {
  const { request, status, headers, body, receivedAtMs } = received;
  const { secrets } = request;
  const json = jsonOf(body);
  const nested = field(json, 'error');
  const code = text(field(json, 'error_code') ?? field(nested, 'code'));
  const message = text(field(json, 'error_msg') ?? field(nested, 'message'));
  const errorCode = code && excerpt(code, secrets, MAX_CODE);
  // IAM repeats the status as its code.
  const codes = errorCode === String(status) ? [status] : [status, errorCode].filter(Boolean);
  const reason = message === undefined ? describeBody(received) : excerpt(message, secrets);
  const details = detailsOf(received, text(field(json, 'request_id')));
  return new StatusError(
    `${describeCall(request)} was rejected with ${codes.join(' ')}: ${reason.replace(/\.$/, '')}${suffix(details)}` +
      adviceFor(errorCode),
    { ...details, status, errorCode, retryAfterMs: readRetryAfter(single(headers['retry-after']), receivedAtMs) },
  );
}

export function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function invalid(received: Received<unknown>, what: string): InvalidResponseError {
  const details = detailsOf(received);
  const call = `${describeCall(received.request)} returned ${received.status}`;
  return new InvalidResponseError(`${call} with ${what}: ${describeBody(received)}${suffix(details)}`, details);
}

/** The content type and the first characters, unless the response may contain a secret. */
function describeBody({ request, headers, body }: Received<unknown>): string {
  const { secrets } = request;
  const type = excerpt(single(headers['content-type']) ?? 'no content type', secrets, MAX_BODY);
  if (body === '') return `${type}, empty`;
  if (request.sensitiveResponse) return `${type}, not shown`;
  return `${type}, "${excerpt(body, secrets, MAX_BODY)}"`;
}

function detailsOf({ request, status, headers, sentAtMs }: Received<unknown>, bodyRequestId?: string): CallDetails {
  const requestId = single(headers['x-request-id']) ?? bodyRequestId;
  return {
    call: request.call,
    status,
    requestId: requestId && excerpt(requestId, request.secrets, MAX_CODE),
    sentAtMs,
  };
}

function suffix({ requestId }: CallDetails): string {
  return requestId ? ` (request id ${requestId}).` : '.';
}

function jsonOf(body: string): unknown {
  try {
    return parseJson(body);
  } catch {
    return undefined;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
