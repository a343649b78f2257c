import { setTimeout as sleep } from 'node:timers/promises';

/** The clock of a run; in milliseconds. */
export interface Time {
  /** Since 1970. */
  now(): number;
  /** Rejects when `signal` is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** @returns what cancels it */
  after(ms: number, action: () => void): () => void;
}

export const realTime: Time = {
  now: Date.now,
  sleep: (ms, signal) => sleep(ms, undefined, { signal }),
  after: (ms, action) => {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};
