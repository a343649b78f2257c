import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deadline } from '../../../src/huawei/deadline.js';

describe('a deadline', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('expires when the time is up', () => {
    const deadline = new Deadline(1_000);
    vi.advanceTimersByTime(999);
    expect([deadline.signal.aborted, deadline.expired]).toEqual([false, false]);
    vi.advanceTimersByTime(1);
    expect([deadline.signal.aborted, deadline.expired]).toEqual([true, true]);
  });

  it('ends with its caller, which is no expiry', () => {
    const caller = new AbortController();
    const deadline = new Deadline(1_000, caller.signal);
    caller.abort();
    expect([deadline.signal.aborted, deadline.expired]).toEqual([true, false]);
  });

  it('has ended already where the caller has', () => {
    expect(new Deadline(1_000, AbortSignal.abort()).signal.aborted).toBe(true);
  });

  it('leaves nothing behind when the work is over', () => {
    const caller = new AbortController();
    const deadline = new Deadline(1_000, caller.signal);
    deadline.end();
    expect(vi.getTimerCount()).toBe(0);
    expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
    caller.abort();
    expect([deadline.signal.aborted, deadline.expired]).toEqual([false, false]);
  });
});
