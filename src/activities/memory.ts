import { ApplicationFailure } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import { LRUCache } from 'lru-cache';
import { StepFailure } from '../contract/failures.js';
import type { LookUp } from '../contract/activityTypes.js';

/** Long enough for many starts, short enough for a manual change to be noticed. */
const LIFETIME = 5 * 60_000;

/** An account has 20 applications by default. */
const MAX_ENTRIES = 1_000;

/**
 * Remembers results of the "ensure" steps in the worker, because the vendor allows 60 such calls a minute, but 10 job
 * starts a second (docs/decisions/local-steps.md). Recordings that start at the same time share one call.
 */
export class Memory<T extends NonNullable<unknown>> {
  private readonly cache: LRUCache<string, T, () => Promise<T>>;

  constructor(now: () => number = Date.now) {
    this.cache = new LRUCache({
      max: MAX_ENTRIES,
      // The cache keeps an entry as long as its age is not above the TTL.
      ttl: LIFETIME - 1,
      ttlResolution: 0,
      perf: { now },
      fetchMethod: (_key, _stale, { context: load }) => load(),
      // A call that is waited for completes even if its entry is replaced.
      ignoreFetchAbort: true,
    });
  }

  /**
   * The remembered value, or else the result of `load`; an error is not remembered.
   * @throws `NotRemembered` for `memoryOnly`
   */
  async getOrLoad(key: string, lookUp: LookUp, load: () => Promise<T>): Promise<T> {
    if (lookUp === 'memoryOnly') {
      const remembered = this.peek(key);
      if (remembered === undefined) throw notRemembered();
      return remembered;
    }
    if (lookUp === 'vendor') this.cache.delete(key);
    return this.cache.forceFetch(key, { context: load });
  }

  /** The value that is remembered now. */
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
