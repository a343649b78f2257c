import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Clock } from './clock.js';
import { RTC_ERROR_CODES, RtcError } from './rtcError.js';

const requestEffect = z.discriminatedUnion('kind', [
  /** The request has no effect; this is the response. */
  z.strictObject({
    kind: z.literal('respond'),
    status: z.int().min(200).max(599),
    body: z.unknown().optional(),
    headers: z.record(z.string(), z.string()).optional(),
  }),
  /** The request has no effect; the response is SparkRTC's documented error. */
  z.strictObject({ kind: z.literal('reject'), code: z.enum(RTC_ERROR_CODES) }),
  /** The request has no effect; the connection stays open for `ms` (real milliseconds), then is reset. */
  z.strictObject({ kind: z.literal('hang'), ms: z.number().nonnegative() }),
  /** The request has no effect; the connection is reset. */
  z.strictObject({ kind: z.literal('resetBefore') }),
  /** The request takes effect; the connection is reset before the response. */
  z.strictObject({ kind: z.literal('resetAfter') }),
  /** The request takes effect; the response comes `ms` later (real milliseconds). */
  z.strictObject({ kind: z.literal('delayAfter'), ms: z.number().nonnegative() }),
  /** The request has no effect; the response is a proxy's page with status 200. */
  z.strictObject({ kind: z.literal('garbage') }),
  /** The request takes effect; only the first half of the response's body is sent. */
  z.strictObject({ kind: z.literal('truncate') }),
  /** The request takes effect; the response is an error nevertheless. */
  z.strictObject({ kind: z.literal('respondAfter'), status: z.int().min(400).max(599) }),
]);

const callbackEffect = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('drop') }),
  /** Sent `times` times in total. */
  z.strictObject({ kind: z.literal('repeat'), times: z.int().min(2) }),
  /** Sent `ms` later (real milliseconds), out of order. */
  z.strictObject({ kind: z.literal('delay'), ms: z.number().nonnegative() }),
]);

const often = {
  /** The number of matching requests or events that it affects; default 1. */
  times: z.union([z.int().min(1), z.literal('always')]).optional(),
  /** The number of matching ones before it takes effect; default 0. */
  skip: z.int().min(0).optional(),
};

/**
 * One fault. `match` is a method and a path without its query, such as `GET /v2/apps/*`: `*` is one segment (or any
 * method), `**` anything. `callback` is an event type, or `*`.
 */
export const faultSchema = z.union(
  [
    z.strictObject({ match: z.string().regex(/^(\*|[A-Z]+) \//), effect: requestEffect, ...often }),
    z.strictObject({ callback: z.string().min(1), effect: callbackEffect, ...often }),
  ],
  'must be {"match": "METHOD /path", "effect": {"kind": …}} or {"callback": "EVENT_TYPE", "effect": {"kind": …}}, ' +
    'with a known kind',
);

export type Fault = z.infer<typeof faultSchema>;
export type CallbackEffect = z.infer<typeof callbackEffect>;
export type RequestEffect = z.infer<typeof requestEffect>;

/** The body of a recording event. */
export type EventBody = { event_type: string; job_id?: string } & Record<string, unknown>;

/** One user's camera or screen in one room. */
export interface Stream {
  roomId: string;
  userId: string;
  videoType: 'CAMERASTREAM' | 'SCREENSTREAM';
}

/** A request, as far as faults may depend on it. */
export interface Call {
  method: string;
  path: string;
  query: string;
  /** The stream whose job is started, or is in the path; undefined for any other request. */
  stream: Stream | undefined;
  /** The number of earlier requests with this method, path, query and stream. */
  nth: number;
}

/**
 * Chooses the fault of a request or callback if none of the plan matches: by its arguments alone, so that each
 * recording gets the same faults, however many run in parallel.
 */
export interface DynamicFaults {
  ofRequest?: (call: Call) => RequestEffect | undefined;
  ofCallback?: (event: EventBody) => CallbackEffect | undefined;
}

type Armed<F> = { fault: F; skip: number; left: number };

const INTERNAL_ERROR = new RtcError('RTC.00002003', 'by plan').body(undefined);

/** The plan of faults. If several match, the first one is used first. */
export class Faults {
  #armed: Armed<Fault>[] = [];
  readonly #seen = new Map<string, number>();

  constructor(
    faults: readonly Fault[],
    private readonly dynamicFaults: DynamicFaults = {},
  ) {
    for (const fault of faults) this.add(fault);
  }

  add(fault: Fault): void {
    const left = fault.times === 'always' ? Infinity : (fault.times ?? 1);
    this.#armed.push({ fault: faultSchema.parse(fault), skip: fault.skip ?? 0, left });
  }

  clear(): void {
    this.#armed = [];
  }

  forRequest(request: Omit<Call, 'nth'>): RequestEffect | undefined {
    const { method, path } = request;
    const fault = this.#take((candidate) => 'match' in candidate && globMatches(candidate.match, `${method} ${path}`));
    if (fault && 'match' in fault) return fault.effect;
    if (this.dynamicFaults.ofRequest === undefined) return undefined;
    const key = JSON.stringify(request);
    const nth = this.#seen.get(key) ?? 0;
    this.#seen.set(key, nth + 1);
    return this.dynamicFaults.ofRequest({ ...request, nth });
  }

  forCallback(event: EventBody): CallbackEffect | undefined {
    const fault = this.#take(
      (candidate) =>
        'callback' in candidate && (candidate.callback === '*' || candidate.callback === event.event_type),
    );
    return fault && 'callback' in fault ? fault.effect : this.dynamicFaults.ofCallback?.(event);
  }

  #take(fits: (fault: Fault) => boolean): Fault | undefined {
    for (const armed of this.#armed) {
      if (armed.left === 0 || !fits(armed.fault)) continue;
      if (armed.skip > 0) {
        armed.skip -= 1;
        continue;
      }
      armed.left -= 1;
      return armed.fault;
    }
    return undefined;
  }
}

export function globMatches(glob: string, text: string): boolean {
  const pattern = glob
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*|\*/g, (stars) => (stars === '**' ? '.*' : '[^/ ]+'));
  return new RegExp(`^${pattern}$`).test(text);
}

/**
 * Applies the plan to every request except those of the control API.
 * @param streamOf the stream whose job the request starts or names
 */
export function applyFaults(
  http: FastifyInstance,
  faults: Faults,
  clock: Clock,
  streamOf: (request: FastifyRequest) => Stream | undefined,
): void {
  const later = new WeakMap<FastifyRequest, RequestEffect>();

  http.addHook('preHandler', async (request, reply) => {
    const path = pathOf(request);
    if (path.startsWith('/_simulator/')) return;
    const query = request.url.slice(path.length + 1);
    const effect = faults.forRequest({ method: request.method, path, query, stream: streamOf(request) });
    if (effect === undefined) return;
    switch (effect.kind) {
      case 'respond':
        reply.code(effect.status).headers(effect.headers ?? {});
        return reply.send(effect.body ?? INTERNAL_ERROR);
      case 'reject': {
        const error = new RtcError(effect.code, 'by plan');
        return reply
          .code(error.status)
          .type('application/json')
          .send(error.body(reply.getHeader('x-request-id')));
      }
      case 'garbage':
        return reply.code(200).type('text/html').send('<html><body>The proxy says hello.</body></html>');
      case 'hang':
        await clock.sleepReal(effect.ms);
        reply.hijack();
        request.raw.socket.resetAndDestroy();
        return reply;
      case 'resetBefore':
        reply.hijack();
        request.raw.socket.resetAndDestroy();
        return reply;
      case 'resetAfter':
      case 'delayAfter':
      case 'truncate':
      case 'respondAfter':
        later.set(request, effect);
        return;
    }
  });

  http.addHook('onSend', async (request, reply, payload) => {
    const effect = later.get(request);
    if (effect?.kind === 'resetAfter') request.raw.socket.resetAndDestroy();
    if (effect?.kind === 'delayAfter') await clock.sleepReal(effect.ms);
    if (effect?.kind === 'respondAfter') {
      reply.code(effect.status).type('application/json').removeHeader('content-length');
      return JSON.stringify(INTERNAL_ERROR);
    }
    if (effect?.kind === 'truncate' && typeof payload === 'string') return payload.slice(0, payload.length / 2);
    return payload;
  });
}

/** The path, percent-encoded as it was sent, without its query. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '';
}
