import { createHmac, randomInt } from 'node:crypto';
import type { Dispatcher } from 'undici';
import type { Clock } from './clock.js';
import type { EventBody, Faults } from './faults.js';
import type { Settings } from './options.js';
import { secondsStamp } from './stamps.js';

export interface SentCallback {
  event: EventBody;
  /** The HTTP status, or why there was none. */
  status: number | 'failed';
  /** When it was sent, in real milliseconds since 1970. */
  at: number;
  /** When the response arrived, or the request was given up. */
  respondedAt: number;
}

const TIMESTAMPS = {
  seconds: (ms: number) => String(Math.floor(ms / 1000)),
  milliseconds: String,
  iso: (ms: number) => secondsStamp(ms),
  isoBasic: (ms: number) => secondsStamp(ms).replace(/[-:]/g, ''),
};

interface CallbackTarget {
  url: string;
  authKey: string;
}

/**
 * Lower-case hex HMAC-SHA256 of random number, timestamp and raw body.
 * Source: SparkRTC FAQ, "How Do I Authenticate a Recording Callback?"
 */
export function signCallback(authKey: string, rand: string, timestamp: string, body: string): string {
  return createHmac('sha256', authKey)
    .update(rand + timestamp + body)
    .digest('hex');
}

/** Sends recording events: those of one job in order, each again if the response was not 200. */
export class Courier {
  /** Every request with its response, without dropped events. */
  readonly sent: SentCallback[] = [];
  readonly #lastOf = new Map<string, Promise<void>>();
  readonly #heldBack = new Map<string, (() => void)[]>();

  constructor(
    private readonly settings: Settings,
    private readonly clock: Clock,
    private readonly faults: Faults,
    private readonly dispatcher: Dispatcher,
    private readonly serialize: (body: unknown) => string,
  ) {}

  /** Sends an event of a job; `shuffleCallbacks` holds it back until the job's end. */
  sendOfJob(jobId: string, target: CallbackTarget, event: EventBody): void {
    if (!this.settings.shuffleCallbacks) return this.send(target, event);
    this.#heldBack.set(jobId, [...(this.#heldBack.get(jobId) ?? []), () => this.send(target, event)]);
  }

  jobEnded(jobId: string): void {
    const held = this.#heldBack.get(jobId) ?? [];
    this.#heldBack.delete(jobId);
    for (const send of shuffled(held)) send();
  }

  send(target: CallbackTarget, event: EventBody): void {
    const effect = this.faults.forCallback(event);
    switch (effect?.kind) {
      case 'drop':
        return;
      case 'delay':
        this.clock.afterReal(effect.ms, () => this.#enqueue(target, event));
        return;
      case 'repeat':
        for (let i = 0; i < effect.times; i += 1) this.#enqueue(target, event);
        return;
      case undefined:
        this.#enqueue(target, event);
    }
  }

  #enqueue(target: CallbackTarget, event: EventBody): void {
    const job = event.job_id ?? '';
    const before = this.#lastOf.get(job) ?? Promise.resolve();
    const mine = before.then(() => this.#deliver(target, event, 0));
    this.#lastOf.set(job, mine);
  }

  async #deliver(target: CallbackTarget, event: EventBody, attempt: number): Promise<void> {
    const at = Date.now();
    const status = await this.#post(target, this.serialize(event));
    this.sent.push({ event, status, at, respondedAt: Date.now() });
    const pause = this.settings.callbackRetryDelaysMs[attempt];
    if (status === 200 || pause === undefined) return;
    // Not awaited by the queue: a repetition arrives after the next events.
    this.clock.afterReal(pause, () => void this.#deliver(target, event, attempt + 1));
  }

  async #post(target: CallbackTarget, body: string): Promise<number | 'failed'> {
    const { origin, pathname, search } = new URL(target.url);
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (target.authKey) {
      const rand = String(randomInt(10_000_000, 100_000_000));
      const timestamp = TIMESTAMPS[this.settings.timestampForm](this.clock.wallNow());
      headers['X-Rtc-Rand'] = rand;
      headers['X-Rtc-Timestamp'] = timestamp;
      headers['X-Rtc-Signature'] = signCallback(target.authKey, rand, timestamp, body);
    }
    const timeout = new AbortController();
    const cancelTimeout = this.clock.afterReal(this.settings.callbackTimeoutMs, () => timeout.abort());
    try {
      const response = await this.dispatcher.request({
        origin,
        path: pathname + search,
        method: 'POST',
        headers,
        body,
        signal: timeout.signal,
      });
      await response.body.dump();
      return response.statusCode;
    } catch {
      // No connection, reset or too slow: recorded as failed and sent again.
      return 'failed';
    } finally {
      cancelTimeout();
    }
  }
}

/** A fixed other order: the second half first, each half backwards. */
function shuffled<T>(items: readonly T[]): T[] {
  const middle = Math.ceil(items.length / 2);
  return [...items.slice(middle).reverse(), ...items.slice(0, middle).reverse()];
}
