import type { z } from 'zod';

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
  /** What a successful answer holds; without it the answer may be empty. */
  schema?: z.ZodType<T>;
  /** Texts that must not appear in any error. */
  secrets?: readonly string[];
  /** The answer carries secrets: no error shows any of it. */
  secretAnswer?: boolean;
  /** Takes a connection of its own: one that idled may be dead already, and then what became of the request would not be known. */
  freshConnection?: boolean;
  /** From the call to the end of the answer, in milliseconds; default 15,000. */
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
}

/** What was called: service, method and the real path, but no query. */
export function describeCall({ call, method, url }: HttpRequest<unknown>): string {
  return `${call.slice(0, call.indexOf(' '))} ${method} ${new URL(url).pathname}`;
}
