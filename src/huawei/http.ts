import { Agent, buildConnector, errors, request as send, type Dispatcher } from 'undici';
import { Deadline } from './deadline.js';
import {
  AbortedError,
  ConnectionLostError,
  judge,
  NotSentError,
  StatusError,
  TimeoutError,
  UnreadableAnswerError,
  type CallDetails,
  type Verdict,
} from './errors.js';
import { excerpt } from './redact.js';
import { present } from '../contract/present.js';
import { describeCall, readRejection, readResponse, single, type HttpRequest } from './response.js';

const CONNECT_TIMEOUT = 5_000;
const CALL_TIMEOUT = 15_000;
const LARGEST_RESPONSE = 4 * 1024 * 1024;

export interface HttpResponse<T> {
  status: number;
  /** Names in lower case. */
  headers: Dispatcher.ResponseData['headers'];
  data: T;
  requestId?: string;
  /** The vendor's clock (the `Date` header), in milliseconds since the epoch. */
  date?: number;
  sentAtMs: number;
  receivedAtMs: number;
}

/** One call that has ended, for metrics: it has a status or, where no response came, a kind. */
export interface Observation {
  /** `IAM`, `SparkRTC` or `OBS`. */
  service: string;
  /** Method and path without ids: `GET /v2/apps/{app_id}`. */
  call: string;
  status?: number;
  kind?: Verdict['kind'];
  seconds: number;
}

/** Called after every call. It must not throw. */
export type OnAnswer = (observation: Observation) => void;

/**
 * JSON over HTTP as the vendor speaks it: bounded in time and size, without redirects or retries, and with errors that
 * say what became of the request.
 */
export class HttpClient {
  private readonly pooled: Agent;
  private readonly unpooled: Agent;
  /** What failed while a connection was being made: no byte of the request was written. */
  private readonly connectFailures = new WeakSet<Error>();

  /** @param options `connectTimeoutMs` defaults to 5,000 */
  constructor(private readonly options: { connectTimeoutMs?: number; onAnswer?: OnAnswer | undefined } = {}) {
    const connector = buildConnector({ timeout: options.connectTimeoutMs ?? CONNECT_TIMEOUT });
    const agentOptions: Agent.Options = {
      connect: (target, callback) =>
        connector(target, (...result) => {
          if (result[0]) this.connectFailures.add(result[0]);
          callback(...result);
        }),
      maxResponseSize: LARGEST_RESPONSE,
      // The call as a whole is bounded in time; these would only be two more clocks.
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    this.pooled = new Agent(agentOptions);
    // Without pipelining undici closes each connection after its one request.
    this.unpooled = new Agent({ ...agentOptions, pipelining: 0 });
  }

  /** @throws {HuaweiError} one of its kinds */
  async request<T = undefined>(request: HttpRequest<T>): Promise<HttpResponse<T>> {
    const deadline = new Deadline(request.timeoutMs ?? CALL_TIMEOUT, request.signal);
    try {
      const send = (sentAtMs: number) => this.exchange(request, sentAtMs, deadline);
      return await observed(request.call, this.options.onAnswer, send, ({ status }) => status);
    } finally {
      deadline.end();
    }
  }

  /** Waits for the calls that are under way, then lets go of the connections. */
  async close(): Promise<void> {
    await Promise.all([this.pooled.close(), this.unpooled.close()]);
  }

  private async exchange<T>(request: HttpRequest<T>, sentAtMs: number, deadline: Deadline): Promise<HttpResponse<T>> {
    let response: Dispatcher.ResponseData;
    try {
      response = await send(request.url, {
        method: request.method,
        ...(request.query && { query: request.query }),
        headers: { ...request.headers, ...(request.body !== undefined && { 'content-type': 'application/json' }) },
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
      // A refusal stands, whatever became of its explanation.
      if (!succeeded) return '';
      throw this.failure(request, { call: request.call, sentAtMs, status }, deadline, error);
    });
    const received = { request, status, headers, body, sentAtMs, receivedAtMs: Date.now() };
    if (!succeeded) throw readRejection(received);

    const date = Date.parse(single(headers.date) ?? '');
    return {
      status,
      headers,
      data: readResponse(received),
      ...present({ requestId: single(headers['x-request-id']), date: Number.isNaN(date) ? undefined : date }),
      sentAtMs,
      receivedAtMs: received.receivedAtMs,
    };
  }

  /** What it means that no whole answer came. */
  private failure(request: HttpRequest<unknown>, details: CallDetails, deadline: Deadline, error: unknown): unknown {
    const what = describeCall(request);
    if (request.signal?.aborted) return new AbortedError(`${what} was called off before its answer came.`, details);
    if (deadline.expired) {
      const seconds = (request.timeoutMs ?? CALL_TIMEOUT) / 1_000;
      return new TimeoutError(`${what} was not answered within ${seconds} s.`, details);
    }
    // A mistake of ours, and nothing that happened on the network, has no code or is named as such.
    if (!(error instanceof Error) || !('code' in error) || error instanceof errors.InvalidArgumentError) return error;
    const words = excerpt(error.message, request.secrets);
    const reason = `(${[error.code, words].filter(Boolean).join(': ')})`;
    if (this.connectFailures.has(error)) {
      const { origin } = new URL(request.url);
      return new NotSentError(`${what} was not sent: no connection to ${origin} ${reason}.`, details);
    }
    if (error instanceof errors.ResponseExceededMaxSizeError) {
      return new UnreadableAnswerError(`${what} was answered with more than ${LARGEST_RESPONSE} bytes.`, details);
    }
    if (error instanceof errors.HTTPParserError || error instanceof errors.HeadersOverflowError) {
      return new UnreadableAnswerError(`${what} was answered with what is no HTTP ${reason}.`, details);
    }
    return new ConnectionLostError(`${what} lost its connection before the whole answer came ${reason}.`, details);
  }
}

/**
 * Makes a call and reports how it ended: a rejection by its status, any other failure by its kind.
 * @param call service, method and path without ids
 */
export async function observed<T>(
  call: string,
  onAnswer: OnAnswer | undefined,
  send: (sentAtMs: number) => Promise<T>,
  statusOf: (response: T) => number,
): Promise<T> {
  const sentAtMs = Date.now();
  const report = (outcome: Pick<Observation, 'status' | 'kind'>) => {
    const space = call.indexOf(' ');
    const seconds = (Date.now() - sentAtMs) / 1_000;
    onAnswer?.({ service: call.slice(0, space), call: call.slice(space + 1), seconds, ...outcome });
  };
  try {
    const response = await send(sentAtMs);
    report({ status: statusOf(response) });
    return response;
  } catch (error) {
    report(error instanceof StatusError ? { status: error.status } : { kind: judge(error).kind });
    throw error;
  }
}
