import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { TimeSource } from '../../../simulator/clock.js';
import type { Time } from '../../../src/certify/time.js';
import { VirtualTime } from '../../simulation/virtualTime.js';

const BEGINS = 'undici:request:create';
const ENDS = ['undici:request:trailers', 'undici:request:error'];

/**
 * Virtual time for certify and the simulator, whose requests pass over real connections. It moves to the next planned
 * action only while no request is under way, except for callbacks that certify holds: how busy the machine is changes
 * no result.
 */
export class SharedTime {
  readonly #time = new VirtualTime(Date.now());
  readonly #origins = new Set<string>();
  readonly #underWay = new Set<unknown>();
  readonly #held = new Set<() => void>();
  #isScheduled = false;
  #hasStopped = false;

  constructor() {
    subscribe(BEGINS, this.#begin);
    for (const channel of ENDS) subscribe(channel, this.#end);
  }

  /** Waits for the requests to the origin of this URL. */
  watch(url: string): void {
    this.#origins.add(new URL(url).origin);
  }

  stop(): void {
    this.#hasStopped = true;
    unsubscribe(BEGINS, this.#begin);
    for (const channel of ENDS) unsubscribe(channel, this.#end);
  }

  readonly ofSimulator: TimeSource = {
    now: () => this.#time.now,
    elapsed: () => this.#time.now,
    after: (ms, action) => this.#after(ms, action),
  };

  readonly ofCertify: Time = {
    now: () => this.#time.now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        const abort = () => {
          cancel();
          reject(signal?.reason as Error);
        };
        const cancel = this.#after(ms, () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        });
        signal?.addEventListener('abort', abort);
      }),
    // Certify uses it only to hold a callback.
    after: (ms, action) => {
      const release = () => {
        cancel();
        this.#held.delete(release);
        this.#schedule();
      };
      const cancel = this.#after(ms, () => {
        release();
        action();
      });
      this.#held.add(release);
      return release;
    },
  };

  #after(ms: number, action: () => void): () => void {
    this.#schedule();
    return this.#time.after(ms, action);
  }

  readonly #begin = (message: unknown) => {
    const { request } = message as { request: { origin: string } };
    if (this.#origins.has(new URL(request.origin).origin)) this.#underWay.add(request);
  };

  readonly #end = (message: unknown) => {
    if (this.#underWay.delete((message as { request: unknown }).request)) this.#schedule();
  };

  /** Later, so that whoever waited for a response or for the time has sent the next request. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() =>
      setImmediate(() => {
        this.#isScheduled = false;
        void this.#advance();
      }),
    );
  }

  async #advance(): Promise<void> {
    if (this.#hasStopped || this.#underWay.size !== this.#held.size) return;
    if (await this.#time.step()) this.#schedule();
  }
}
