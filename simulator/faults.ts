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
type CallbackEffect = z.infer<typeof callbackEffect>;
export type RequestEffect = z.infer<typeof requestEffect>;

type Armed<F> = { fault: F; skip: number; left: number };

/** The plan of misbehaviour. Where several faults fit, the one added first is used up first. */
export class Faults {
  #armed: Armed<Fault>[] = [];

  constructor(faults: readonly Fault[]) {
    for (const fault of faults) this.add(fault);
  }

  add(fault: Fault): void {
    const left = fault.times === 'always' ? Infinity : (fault.times ?? 1);
    this.#armed.push({ fault: faultSchema.parse(fault), skip: fault.skip ?? 0, left });
  }

  clear(): void {
    this.#armed = [];
  }

  forRequest(method: string, path: string): RequestEffect | undefined {
    const fault = this.#take((candidate) => 'match' in candidate && globMatches(candidate.match, `${method} ${path}`));
    return fault && 'match' in fault ? fault.effect : undefined;
  }

  forCallback(eventType: string): CallbackEffect | undefined {
    const fault = this.#take(
      (candidate) => 'callback' in candidate && (candidate.callback === '*' || candidate.callback === eventType),
    );
    return fault && 'callback' in fault ? fault.effect : undefined;
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

/** Lets the plan act on every request but those of the control surface. */
export function applyFaults(http: FastifyInstance, faults: Faults, clock: Clock): void {
  const later = new WeakMap<FastifyRequest, RequestEffect>();

  http.addHook('preHandler', async (request, reply) => {
    const path = pathOf(request);
    if (path.startsWith('/_simulator/')) return;
    const effect = faults.forRequest(request.method, path);
    if (effect === undefined) return;
    switch (effect.kind) {
      case 'answer':
        reply.code(effect.status).headers(effect.headers ?? {});
        return reply.send(effect.body ?? { error_code: 'RTC.00002003', error_msg: 'InternalError: by plan' });
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
        later.set(request, effect);
        return;
    }
  });

  http.addHook('onSend', async (request, _reply, payload) => {
    const effect = later.get(request);
    if (effect?.kind === 'resetAfter') request.raw.socket.resetAndDestroy();
    if (effect?.kind === 'delayAfter') await clock.sleepReal(effect.ms);
    if (effect?.kind === 'truncate' && typeof payload === 'string') return payload.slice(0, payload.length / 2);
    return payload;
  });
}

/** The path as it was sent, still percent-encoded, without its query. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '';
}
