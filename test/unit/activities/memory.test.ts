import { describe, expect, it } from 'vitest';
import { Memory } from '../../../src/activities/memory.js';
import type { LookUp } from '../../../src/contract/activityTypes.js';

const MINUTE = 60_000;

/** A memory whose vendor answers 1, then 2 and so on. */
function countingMemory() {
  let now = Date.now();
  let asked = 0;
  const memory = new Memory<number>(() => now);
  return {
    memory,
    recall: (lookUp: LookUp, key = 'a') => memory.recall(key, lookUp, () => Promise.resolve(++asked)),
    wait: (ms: number) => void (now += ms),
  };
}

describe('what a worker remembers', () => {
  it('is all that a look-up from memory alone takes', async () => {
    const { recall } = countingMemory();
    await expect(recall('memoryOnly')).rejects.toMatchObject({ type: 'NotRemembered', nonRetryable: true });
    await recall('memoryFirst');
    expect(await recall('memoryOnly')).toBe(1);
    await expect(recall('memoryOnly', 'b')).rejects.toMatchObject({ type: 'NotRemembered' });
  });

  it('is taken before the vendor is asked, for five minutes', async () => {
    const { recall, memory, wait } = countingMemory();
    expect(await recall('memoryFirst')).toBe(1);
    wait(5 * MINUTE - 1);
    expect([await recall('memoryFirst'), await recall('memoryOnly'), memory.peek('a')]).toEqual([1, 1, 1]);
    wait(1);
    await expect(recall('memoryOnly')).rejects.toMatchObject({ type: 'NotRemembered' });
    expect(memory.peek('a')).toBeUndefined();
    expect(await recall('memoryFirst')).toBe(2);
  });

  it('is replaced by what the vendor says, where the vendor is to be asked', async () => {
    const { recall } = countingMemory();
    await recall('memoryFirst');
    expect(await recall('vendor')).toBe(2);
    expect([await recall('memoryFirst'), await recall('memoryOnly')]).toEqual([2, 2]);
  });

  it('is one look that all who come meanwhile share, and wait for, but who must not wait', async () => {
    const memory = new Memory<string>();
    let answer: (value: string) => void = () => undefined;
    const find = () => new Promise<string>((resolve) => (answer = resolve));
    const first = memory.recall('a', 'memoryFirst', find);
    const second = memory.recall('a', 'memoryFirst', () => Promise.reject(new Error('a second look')));
    expect(memory.peek('a')).toBeUndefined();
    await expect(memory.recall('a', 'memoryOnly', find)).rejects.toMatchObject({ type: 'NotRemembered' });
    answer('found');
    expect(await Promise.all([first, second])).toEqual(['found', 'found']);
    expect(memory.peek('a')).toBe('found');
  });

  it('stays the newer one when an older look ends later; who waited for that has its answer', async () => {
    const memory = new Memory<string>();
    let answer: (value: string) => void = () => undefined;
    const older = memory.recall('a', 'memoryFirst', () => new Promise<string>((resolve) => (answer = resolve)));
    expect(await memory.recall('a', 'vendor', () => Promise.resolve('newer'))).toBe('newer');
    answer('older');
    expect(await older).toBe('older');
    expect(memory.peek('a')).toBe('newer');
  });

  it('is no failure: the next look asks again', async () => {
    const { memory, recall } = countingMemory();
    await expect(memory.recall('a', 'memoryFirst', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(recall('memoryOnly')).rejects.toMatchObject({ type: 'NotRemembered' });
    expect(await recall('memoryFirst')).toBe(1);
  });
});
