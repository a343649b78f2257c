import { setTimeout } from 'node:timers/promises';

/** Rejects when the work takes longer than so many milliseconds. The work itself goes on; what comes of it then is dropped. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const expiry = setTimeout(ms, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`no answer within ${ms} ms`);
  });
  try {
    return await Promise.race([work, expiry]);
  } finally {
    timer.abort();
  }
}
