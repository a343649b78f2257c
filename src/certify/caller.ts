import { parseJson } from '../contract/json.js';
import type { Authenticator } from '../huawei/authenticator.js';
import { StatusError } from '../huawei/errors.js';
import type { HttpClient, HttpResponse } from '../huawei/http.js';
import type { HttpRequest } from '../huawei/response.js';
import type { Time } from './time.js';

/** A call, and the vendor's response as it arrived; of a rejection only the status and the code. */
export interface Exchange {
  /** Method and path without ids: `GET /v2/apps/{app_id}`. */
  call: string;
  status: number;
  errorCode?: string | undefined;
  headers: HttpResponse<unknown>['headers'];
  text: string;
  /** The JSON object of the body, or an empty one. Long integers are strings. */
  body: Record<string, unknown>;
  sentAt: number;
  receivedAt: number;
}

export interface CallOptions {
  ids?: readonly string[];
  body?: unknown;
  query?: Record<string, string | number>;
  /** Default true. */
  contentType?: boolean;
  /** Sent as a token, instead of our credentials. */
  token?: string;
}

const THROTTLED = 429;
const PAUSES_MS = [1_000, 2_000, 4_000, 8_000, 16_000];

/** Makes calls to SparkRTC and keeps the responses raw. A rejection is a response like any other. */
export class Caller {
  /** Every call, in its order. */
  readonly exchanges: Exchange[] = [];

  /** @param options `signal` ends a run before its next call, not during one */
  constructor(
    private readonly options: {
      endpoint: string;
      authenticator: Authenticator;
      http: HttpClient;
      time: Time;
      signal?: AbortSignal;
    },
  ) {}

  /** @throws {HuaweiError} without a response that can be read */
  async send(method: HttpRequest<unknown>['method'], path: string, options: CallOptions = {}): Promise<Exchange> {
    const { time, signal } = this.options;
    for (let tries = 0; ; tries += 1) {
      signal?.throwIfAborted();
      const exchange = await this.exchange(method, path, options);
      this.exchanges.push(exchange);
      const pause = PAUSES_MS[tries];
      if (exchange.status !== THROTTLED || pause === undefined) return exchange;
      await time.sleep(pause, signal);
    }
  }

  private async exchange(method: HttpRequest<unknown>['method'], path: string, options: CallOptions) {
    const { ids = [], body, query, contentType = true, token } = options;
    const remaining = ids.values();
    const request: HttpRequest<undefined> = {
      call: `SparkRTC ${method} ${path}`,
      method,
      url: this.options.endpoint + path.replace(/\{\w+\}/g, () => encodeURIComponent(remaining.next().value ?? '')),
      headers: { ...(contentType && { 'content-type': 'application/json' }), ...(token && { 'X-Auth-Token': token }) },
      sensitiveResponse: true,
      // An idle connection may be closed already, and the outcome would be unknown.
      freshConnection: method === 'POST',
      ...(body !== undefined && { body }),
      ...(query && { query }),
    };
    const { authenticator, http, time } = this.options;
    const call = `${method} ${path}`;
    const sentAt = time.now();
    try {
      const response = await (token === undefined ? authenticator.send(request) : http.request(request));
      const { status, headers, text } = response;
      return { call, status, headers, text, body: objectOf(text), sentAt, receivedAt: time.now() };
    } catch (error) {
      // IAM's rejection of the credentials is no response to this call.
      if (!(error instanceof StatusError) || error.call !== request.call) throw error;
      const { status, errorCode } = error;
      return { call, status, errorCode, headers: {}, text: '', body: {}, sentAt, receivedAt: time.now() };
    }
  }
}

type Success = Exchange & { errorCode?: undefined };

export const succeeded = (exchange: Exchange | undefined): exchange is Success =>
  exchange !== undefined && exchange.status < 300;

/** Of a stop: the job has ended, now or before. */
export const hasEnded = (stop: Exchange | undefined): boolean =>
  succeeded(stop) || stop?.status === 404 || stop?.errorCode === 'RTC.00001009';

/** Of a stop: the job is too young for it. */
export const isTooEarly = (stop: Exchange | undefined): boolean => stop?.errorCode === 'RTC.00001022';

export const isForbidden = ({ status, errorCode }: Exchange): boolean =>
  status === 403 || errorCode === 'RTC.00001021';

/** Status and code of a response. */
export function outcomeOf(exchange: Exchange | undefined): string {
  return exchange ? [exchange.status, exchange.errorCode].filter(Boolean).join(' ') : 'missing';
}

function objectOf(text: string): Record<string, unknown> {
  if (text === '') return {};
  const json = parseJson(text);
  return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
}
