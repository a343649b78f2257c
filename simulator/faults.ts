import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Clock } from './clock.js';

const requestEffect = z.discriminatedUnion('kind', [
  /** Nothing is done; this is the answer. */
  z.strictObject({
    kind: z.literal('answer'),
    status: z.int().min(200).max(599),
    body: z.unknown().optional(),
    headers: z.record(z.string(), z.string()).optional(),
  }),
  /** Nothing is done; the connection stays open for so long (real milliseconds), then breaks. */
  z.strictObject({ kind: z.literal('hang'), ms: z.number().nonnegative() }),
  /** Nothing is done; the connection breaks. */
  z.strictObject({ kind: z.literal('resetBefore') }),
  /** The work is done; the connection breaks before the answer. */
  z.strictObject({ kind: z.literal('resetAfter') }),
  /** The work is done; the answer comes so much later (real milliseconds). */
  z.strictObject({ kind: z.literal('delayAfter'), ms: z.number().nonnegative() }),
  /** Nothing is done; a proxy's page with status 200 comes back. */
  z.strictObject({ kind: z.literal('garbage') }),
  /** The work is done; only the first half of the answer's body comes. */
  z.strictObject({ kind: z.literal('truncate') }),
  /** The work is done; the answer is a refusal all the same. */
  z.strictObject({ kind: z.literal('answerAfter'), status: z.int().min(400).max(599) }),
]);

const callbackEffect = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('drop') }),
  /** Sent so many times in all. */
  z.strictObject({ kind: z.literal('repeat'), times: z.int().min(2) }),
  /** Sent so much later (real milliseconds), out of its order. */
  z.strictObject({ kind: z.literal('delay'), ms: z.number().nonnegative() }),
]);

const often = {
  /** How many matching requests or events it hits; default 1. */
  times: z.union([z.int().min(1), z.literal('always')]).optional(),
  /** How many matching ones it lets through first; default 0. */
  skip: z.int().min(0).optional(),
};

/**
 * One misbehaviour. `match` is a method and a path without its query, such as `GET /v2/apps/*`: `*` is one segment (or any method), `**` anything.
 * `callback` is an event type, or `*`.
 */
export const faultSchema = z.union(
  [
    z.strictObject({ match: z.string().regex(/^(\*|[A-Z]+) \//), effect: requestEffect, ...often }),
    z.strictObject({ callback: z.string().min(1), effect: callbackEffect, ...often }),
  ],
  'must be {"match": "METHOD /path", "effect": {"kind": …}} or {"callback": "EVENT_TYPE", "effect": {"kind": …}}, with a known kind',
);

export type Fault = z.infer<typeof faultSchema>;
export type CallbackEffect = z.infer<typeof callbackEffect>;
export type RequestEffect = z.infer<typeof requestEffect>;

/** The body of a recording event, as it is sent. */
export type EventBody = { event_type: string; job_id?: string } & Record<string, unknown>;

/** One user's camera or screen in one room. */
export interface Stream {
  roomId: string;
  userId: string;
  videoType: 'CAMERASTREAM' | 'SCREENSTREAM';
}

/** What a request's fate may depend on. */
export interface Call {
  method: string;
  path: string;
  query: string;
  /** Whose job is started, or the path names; undefined for any other request. */
  stream: Stream | undefined;
  /** How many requests of this method, path, query and stream came before. */
  nth: number;
}

/**
 * Decides each request's and callback's fate where no fault of the plan fits: a function of what is asked alone, so that the same happens to each
 * recording however many run side by side.
 */
export interface Fate {
  ofRequest?: (call: Call) => RequestEffect | undefined;
  ofCallback?: (event: EventBody) => CallbackEffect | undefined;
}

type Armed<F> = { fault: F; skip: number; left: number };

const INTERNAL_ERROR = { error_code: 'RTC.00002003', error_msg: 'InternalError: by plan' };

/** The plan of misbehaviour. Where several faults fit, the one added first is used up first. */
export class Faults {
  #armed: Armed<Fault>[] = [];
  readonly #seen = new Map<string, number>();

  constructor(
    faults: readonly Fault[],
    private readonly fate: Fate = {},
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
    if (this.fate.ofRequest === undefined) return undefined;
    const key = JSON.stringify(request);
    const nth = this.#seen.get(key) ?? 0;
    this.#seen.set(key, nth + 1);
    return this.fate.ofRequest({ ...request, nth });
  }

  forCallback(event: EventBody): CallbackEffect | undefined {
    const fault = this.#take(
      (candidate) => 'callback' in candidate && (candidate.callback === '*' || candidate.callback === event.event_type),
    );
    return fault && 'callback' in fault ? fault.effect : this.fate.ofCallback?.(event);
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
 * Lets the plan act on every request but those of the control surface.
 * @param streamOf whose job the request starts or names
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
      case 'answer':
        reply.code(effect.status).headers(effect.headers ?? {});
        return reply.send(effect.body ?? INTERNAL_ERROR);
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
      case 'answerAfter':
        later.set(request, effect);
        return;
    }
  });

  http.addHook('onSend', async (request, reply, payload) => {
    const effect = later.get(request);
    if (effect?.kind === 'resetAfter') request.raw.socket.resetAndDestroy();
    if (effect?.kind === 'delayAfter') await clock.sleepReal(effect.ms);
    if (effect?.kind === 'answerAfter') {
      reply.code(effect.status).type('application/json').removeHeader('content-length');
      return JSON.stringify(INTERNAL_ERROR);
    }
    if (effect?.kind === 'truncate' && typeof payload === 'string') return payload.slice(0, payload.length / 2);
    return payload;
  });
}

/** The path as it was sent, still percent-encoded, without its query. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '';
}
