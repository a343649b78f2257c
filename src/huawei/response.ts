import type { Dispatcher } from 'undici';
import type { z } from 'zod';
import { readRetryAfter, StatusError, UnreadableAnswerError, type CallDetails } from './errors.js';
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
  /** What a successful response holds; without it the response may be empty. */
  schema?: z.ZodType<T>;
  /** Texts that must not appear in any error. */
  secrets?: readonly string[];
  /** The response carries secrets: no error shows any of it. */
  secretResponse?: boolean;
  /** Takes a new connection: an idle one may be dead already, and whether the request arrived would not be known. */
  freshConnection?: boolean;
  /** From the call to the end of the response, in milliseconds; default 15,000. */
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
}

/** What was called: service, method and the real path, but no query. */
export function describeCall({ call, method, url }: HttpRequest<unknown>): string {
  return `${call.slice(0, call.indexOf(' '))} ${method} ${new URL(url).pathname}`;
}

/** How much of a code, and of a body that is not the vendor's, a message shows. */
const SHOWN_OF_CODE = 64;
const SHOWN_OF_BODY = 120;

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
 * Reads a success. A body has to be JSON even without a schema: a proxy's page is no response of the vendor.
 * @throws {UnreadableAnswerError}
 */
export function readResponse<T>(received: Received<T>): T {
  const { request, body } = received;
  const json = parseJson(body);
  if (json === undefined && body !== '') throw unreadable(received, 'no whole JSON');
  if (!request.schema) return undefined as T;
  if (body === '') throw unreadable(received, 'an empty body');
  const parsed = request.schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw unreadable(received, `an undocumented body (${issue?.path.join('.') || 'all of it'}: ${issue?.message})`);
}

/** Reads a rejection: SparkRTC and the gateway write `{error_code, error_msg, request_id?}`, IAM `{error: {…}}`. */
export function readRejection(received: Received<unknown>): StatusError {
  const { request, status, headers, body, receivedAtMs } = received;
  const { secrets } = request;
  const json = parseJson(body);
  const nested = field(json, 'error');
  const code = text(field(json, 'error_code') ?? field(nested, 'code'));
  const words = text(field(json, 'error_msg') ?? field(nested, 'message'));
  const errorCode = code && excerpt(code, secrets, SHOWN_OF_CODE);
  // IAM repeats the status as its code.
  const named = errorCode === String(status) ? [status] : [status, errorCode].filter(Boolean);
  const said = words === undefined ? glimpse(received) : excerpt(words, secrets);
  const details = detailsOf(received, text(field(json, 'request_id')));
  return new StatusError(
    `${describeCall(request)} was refused with ${named.join(' ')}: ${said.replace(/\.$/, '')}${suffix(details)}`,
    { ...details, status, errorCode, retryAfterMs: readRetryAfter(single(headers['retry-after']), receivedAtMs) },
  );
}

export function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function unreadable(received: Received<unknown>, what: string): UnreadableAnswerError {
  const details = detailsOf(received);
  const call = `${describeCall(received.request)} was answered ${received.status}`;
  return new UnreadableAnswerError(`${call} with ${what}: ${glimpse(received)}${suffix(details)}`, details);
}

/** The content type and the first bytes, unless they may hold a secret. */
function glimpse({ request, headers, body }: Received<unknown>): string {
  const { secrets } = request;
  const type = excerpt(single(headers['content-type']) ?? 'no content type', secrets, SHOWN_OF_BODY);
  if (body === '') return `${type}, empty`;
  if (request.secretResponse) return `${type}, not shown`;
  return `${type}, "${excerpt(body, secrets, SHOWN_OF_BODY)}"`;
}

function detailsOf({ request, status, headers, sentAtMs }: Received<unknown>, toldId?: string): CallDetails {
  const requestId = single(headers['x-request-id']) ?? toldId;
  return {
    call: request.call,
    status,
    requestId: requestId && excerpt(requestId, request.secrets, SHOWN_OF_CODE),
    sentAtMs,
  };
}

function suffix({ requestId }: CallDetails): string {
  return requestId ? ` (request id ${requestId}).` : '.';
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
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
