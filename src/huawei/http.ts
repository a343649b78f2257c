import { Agent, errors, request as undiciRequest, type Dispatcher } from 'undici';
import { Deadline } from './deadline.js';
import {
  AbortedError,
  ConnectionLostError,
  classifyError,
  NotSentError,
  StatusError,
  TimeoutError,
  InvalidResponseError,
  type CallDetails,
  type ErrorClass,
} from './errors.js';
import { createConnector } from '../network/connect.js';
import { excerpt } from './redact.js';
import { present } from '../contract/present.js';
import { describeCall, parseRejection, parseResponse, single, type HttpRequest } from './response.js';

const CALL_TIMEOUT = 15_000;
const MAX_RESPONSE_SIZE = 4 * 1024 * 1024;
/** An IAM token is a header of up to 32,768 characters; Node allows 16 KiB for all headers. */
const MAX_HEADER_SIZE = 128 * 1024;

export interface HttpResponse<T> {
  status: number;
  /** Names in lower case. */
  headers: Dispatcher.ResponseData['headers'];
  data: T;
  /** The body as it arrived. It may contain secrets. */
  text: string;
  requestId?: string;
  /** The vendor's clock (the `Date` header), in milliseconds since the epoch. */
  date?: number;
  sentAtMs: number;
  receivedAtMs: number;
}

/** A call that has ended: with a status or, without a response, with a kind of error. */
export interface Observation {
  /** `IAM`, `SparkRTC` or `OBS`. */
  service: string;
  /** Method and path without ids: `GET /v2/apps/{app_id}`. */
  call: string;
  status?: number;
  kind?: ErrorClass['kind'];
  seconds: number;
}

/** Called after every call; must not throw. */
export type OnResponse = (observation: Observation) => void;

/** JSON over HTTP, limited in time and size, without redirects or retries. */
export class HttpClient {
  private readonly pooled: Agent;
  private readonly unpooled: Agent;
  /** Errors of connections that were not established, so that nothing of the request was sent. */
  private readonly connectFailures = new WeakSet<Error>();

  /** @param options `connectTimeoutMs` defaults to 5,000 */
  constructor(private readonly options: { connectTimeoutMs?: number; onResponse?: OnResponse | undefined } = {}) {
    const connector = createConnector(options.connectTimeoutMs);
    const agentOptions: Agent.Options = {
      connect: (target, callback) =>
        connector(target, (...result) => {
          if (result[0]) this.connectFailures.add(result[0]);
          callback(...result);
        }),
      maxResponseSize: MAX_RESPONSE_SIZE,
      maxHeaderSize: MAX_HEADER_SIZE,
      // The deadline of the whole call replaces these two.
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    this.pooled = new Agent(agentOptions);
    // Without pipelining undici closes each connection after one request.
    this.unpooled = new Agent({ ...agentOptions, pipelining: 0 });
  }

  /** @throws {HuaweiError} one of its subclasses */
  async request<T = undefined>(request: HttpRequest<T>): Promise<HttpResponse<T>> {
    const deadline = new Deadline(request.timeoutMs ?? CALL_TIMEOUT, request.signal);
    try {
      const send = (sentAtMs: number) => this.exchange(request, sentAtMs, deadline);
      return await observed(request.call, this.options.onResponse, send, ({ status }) => status);
    } finally {
      deadline.end();
    }
  }

  /** Waits for the running calls, then closes the connections. */
  async close(): Promise<void> {
    await Promise.all([this.pooled.close(), this.unpooled.close()]);
  }

  private async exchange<T>(request: HttpRequest<T>, sentAtMs: number, deadline: Deadline): Promise<HttpResponse<T>> {
    let response: Dispatcher.ResponseData;
    try {
      response = await undiciRequest(request.url, {
        method: request.method,
        ...(request.query && { query: request.query }),
        headers: { ...(request.body !== undefined && { 'content-type': 'application/json' }), ...request.headers },
        body: request.body === undefined ? null : JSON.stringify(request.body),
        dispatcher: request.freshConnection ? this.unpooled : this.pooled,
        signal: deadline.signal,
      });
    } catch (error) {
      throw this.failure(request, { call: request.call, sentAtMs }, deadline, error);
    }

    const { statusCode: status, headers } = response;
    const succeeded = status >= 200 && status < 300;
    const body = await response.body.text().catch((error: unknown) => {
      // The status is enough to know that the call was rejected.
      if (!succeeded) return '';
      throw this.failure(request, { call: request.call, sentAtMs, status }, deadline, error);
    });
    const received = { request, status, headers, body, sentAtMs, receivedAtMs: Date.now() };
    if (!succeeded) throw parseRejection(received);

    const date = Date.parse(single(headers.date) ?? '');
    return {
      status,
      headers,
      data: parseResponse(received),
      text: body,
      ...present({ requestId: single(headers['x-request-id']), date: Number.isNaN(date) ? undefined : date }),
      sentAtMs,
      receivedAtMs: received.receivedAtMs,
    };
  }

  /** The error for a response that did not arrive completely. */
  private failure(request: HttpRequest<unknown>, details: CallDetails, deadline: Deadline, error: unknown): unknown {
    const what = describeCall(request);
    if (request.signal?.aborted) return new AbortedError(`${what} was aborted before the response arrived.`, details);
    if (deadline.expired) {
      const seconds = (request.timeoutMs ?? CALL_TIMEOUT) / 1_000;
      return new TimeoutError(`${what} got no response within ${seconds} s.`, details);
    }
    // Without a code it is no error of the network, but a bug of ours.
    if (!(error instanceof Error) || !('code' in error) || error instanceof errors.InvalidArgumentError) return error;
    const message = excerpt(error.message, request.secrets);
    const reason = `(${[error.code, message].filter(Boolean).join(': ')})`;
    if (this.connectFailures.has(error)) {
      const { origin } = new URL(request.url);
      return new NotSentError(`${what} was not sent: no connection to ${origin} ${reason}.`, details);
    }
    if (error instanceof errors.ResponseExceededMaxSizeError) {
      return new InvalidResponseError(`${what} returned more than ${MAX_RESPONSE_SIZE} bytes.`, details);
    }
    if (error instanceof errors.HTTPParserError || error instanceof errors.HeadersOverflowError) {
      return new InvalidResponseError(`${what} returned an invalid HTTP response ${reason}.`, details);
    }
    return new ConnectionLostError(
      `${what} lost its connection before the whole response arrived ${reason}.`,
      details,
    );
  }
}

/** Sends a request (`call`: service, method and path without ids) and reports how it ended. */
export async function observed<T>(
  call: string,
  onResponse: OnResponse | undefined,
  send: (sentAtMs: number) => Promise<T>,
  statusOf: (response: T) => number,
): Promise<T> {
  const sentAtMs = Date.now();
  const report = (outcome: Pick<Observation, 'status' | 'kind'>) => {
    const space = call.indexOf(' ');
    const seconds = (Date.now() - sentAtMs) / 1_000;
    onResponse?.({ service: call.slice(0, space), call: call.slice(space + 1), seconds, ...outcome });
  };
  try {
    const response = await send(sentAtMs);
    report({ status: statusOf(response) });
    return response;
  } catch (error) {
    report(error instanceof StatusError ? { status: error.status } : { kind: classifyError(error).kind });
    throw error;
  }
}
