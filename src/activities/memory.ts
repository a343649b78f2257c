import { ApplicationFailure } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import { LRUCache } from 'lru-cache';
import { StepFailure } from '../contract/failures.js';
import type { LookUp } from '../contract/activityTypes.js';

/** Long enough for a crowd of starts, short enough for a change made by hand. */
const LIFETIME = 5 * 60_000;

/** An account has 20 applications unless the vendor raises that. */
const MAX_ENTRIES = 1_000;

/**
 * What the "ensure" steps found out, remembered in the worker for a while: the vendor allows 60 such calls a minute,
 * but 10 job starts a second. Recordings that come at the same time share one call.
 */
export class Memory<T extends NonNullable<unknown>> {
  private readonly cache: LRUCache<string, T, () => Promise<T>>;

  constructor(now: () => number = Date.now) {
    this.cache = new LRUCache({
      max: MAX_ENTRIES,
      // The cache keeps an entry until its age is above the TTL.
      ttl: LIFETIME - 1,
      ttlResolution: 0,
      perf: { now },
      fetchMethod: (_key, _stale, { context: find }) => find(),
      // Who waits for a call keeps it when the entry is replaced meanwhile.
      ignoreFetchAbort: true,
    });
  }

  /**
   * What is remembered of this key, else what `find` finds; a failure is not remembered.
   * @throws `NotRemembered` for a look-up that takes nothing else
   */
  async recall(key: string, lookUp: LookUp, find: () => Promise<T>): Promise<T> {
    if (lookUp === 'memoryOnly') {
      const remembered = this.peek(key);
      if (remembered === undefined) throw notRemembered();
      return remembered;
    }
    if (lookUp === 'vendor') this.cache.delete(key);
    return this.cache.forceFetch(key, { context: find });
  }

  /** What is remembered of this key at this moment; no one is asked, nor waited for. */
  peek(key: string): T | undefined {
    return this.cache.peek(key);
  }
}

export function notRemembered(): ApplicationFailure {
  return ApplicationFailure.create({
    type: StepFailure.NotRemembered,
    message: 'This worker does not remember it.',
    nonRetryable: true,
    category: ApplicationFailureCategory.BENIGN,
  });
}
