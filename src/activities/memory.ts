import { ApplicationFailure } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import { StepFailure } from '../contract/failures.js';
import type { LookUp } from '../contract/activityTypes.js';

/** How long a worker trusts what it has seen: long enough for a crowd of starts, short enough for a change made by hand. */
const LIFETIME = 5 * 60_000;

interface Entry<T> {
  value: Promise<T>;
  /** The value, once it is there. */
  found?: T;
  until: number;
}

/**
 * What the "ensure" steps found out, remembered in the worker for a while: the vendor allows 60 such calls a minute, but 10 job starts a
 * second. Recordings that come at the same time share one look.
 */
export class Memory<T> {
  private readonly entries = new Map<string, Entry<T>>();

  constructor(private readonly now: () => number = Date.now) {}

  /**
   * What is remembered of this key, else what `find` finds; a failure is not remembered.
   * @throws `NotRemembered` for a look-up that takes nothing else
   */
  async recall(key: string, lookUp: LookUp, find: () => Promise<T>): Promise<T> {
    const remembered = this.peek(key);
    if (lookUp === 'memoryOnly') {
      if (remembered === undefined) throw notRemembered();
      return remembered;
    }
    const known = this.entries.get(key);
    if (known && lookUp === 'memoryFirst' && known.until > this.now()) return known.value;
    this.forgetExpired();
    const entry: Entry<T> = { value: find(), until: this.now() + LIFETIME };
    this.entries.set(key, entry);
    try {
      return (entry.found = await entry.value);
    } catch (error) {
      if (this.entries.get(key) === entry) this.entries.delete(key);
      throw error;
    }
  }

  /** What is remembered of this key at this moment; nobody is asked, nor waited for. */
  peek(key: string): T | undefined {
    const known = this.entries.get(key);
    return known && known.until > this.now() ? known.found : undefined;
  }

  private forgetExpired(): void {
    for (const [key, entry] of this.entries) if (entry.until <= this.now()) this.entries.delete(key);
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
