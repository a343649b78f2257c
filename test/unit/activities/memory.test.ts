import { describe, expect, it } from 'vitest';
import { Memory } from '../../../src/activities/memory.js';
import type { LookUp } from '../../../src/contract/activityTypes.js';

const MINUTE = 60_000;

/** A memory whose vendor responds 1, then 2 and so on. */
function countingMemory() {
  let now = Date.now();
  let asked = 0;
  const memory = new Memory<number>(() => now);
  return {
    memory,
    getOrLoad: (lookUp: LookUp, key = 'a') => memory.getOrLoad(key, lookUp, () => Promise.resolve(++asked)),
    wait: (ms: number) => void (now += ms),
  };
}

describe('what a worker remembers', () => {
  it('is all that a look-up from memory alone takes', async () => {
    const { getOrLoad } = countingMemory();
    await expect(getOrLoad('memoryOnly')).rejects.toMatchObject({ type: 'NotRemembered', nonRetryable: true });
    await getOrLoad('memoryFirst');
    expect(await getOrLoad('memoryOnly')).toBe(1);
    await expect(getOrLoad('memoryOnly', 'b')).rejects.toMatchObject({ type: 'NotRemembered' });
  });

  it('is taken before the vendor is asked, for five minutes', async () => {
    const { getOrLoad, memory, wait } = countingMemory();
    expect(await getOrLoad('memoryFirst')).toBe(1);
    wait(5 * MINUTE - 1);
    expect([await getOrLoad('memoryFirst'), await getOrLoad('memoryOnly'), memory.peek('a')]).toEqual([1, 1, 1]);
    wait(1);
    await expect(getOrLoad('memoryOnly')).rejects.toMatchObject({ type: 'NotRemembered' });
    expect(memory.peek('a')).toBeUndefined();
    expect(await getOrLoad('memoryFirst')).toBe(2);
  });

  it('is replaced by what the vendor says, where the vendor is to be asked', async () => {
    const { getOrLoad } = countingMemory();
    await getOrLoad('memoryFirst');
    expect(await getOrLoad('vendor')).toBe(2);
    expect([await getOrLoad('memoryFirst'), await getOrLoad('memoryOnly')]).toEqual([2, 2]);
  });

  it('is one look that all who come meanwhile share, and wait for, but who must not wait', async () => {
    const memory = new Memory<string>();
    let response: (value: string) => void = () => undefined;
    const find = () => new Promise<string>((resolve) => (response = resolve));
    const first = memory.getOrLoad('a', 'memoryFirst', find);
    const second = memory.getOrLoad('a', 'memoryFirst', () => Promise.reject(new Error('a second look')));
    expect(memory.peek('a')).toBeUndefined();
    await expect(memory.getOrLoad('a', 'memoryOnly', find)).rejects.toMatchObject({ type: 'NotRemembered' });
    response('found');
    expect(await Promise.all([first, second])).toEqual(['found', 'found']);
    expect(memory.peek('a')).toBe('found');
  });

  it('stays the newer one when an older look ends later; who waited for that has its response', async () => {
    const memory = new Memory<string>();
    let response: (value: string) => void = () => undefined;
    const older = memory.getOrLoad('a', 'memoryFirst', () => new Promise<string>((resolve) => (response = resolve)));
    expect(await memory.getOrLoad('a', 'vendor', () => Promise.resolve('newer'))).toBe('newer');
    response('older');
    expect(await older).toBe('older');
    expect(memory.peek('a')).toBe('newer');
  });

  it('is no failure: the next look asks again', async () => {
    const { memory, getOrLoad } = countingMemory();
    await expect(memory.getOrLoad('a', 'memoryFirst', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(getOrLoad('memoryOnly')).rejects.toMatchObject({ type: 'NotRemembered' });
    expect(await getOrLoad('memoryFirst')).toBe(1);
  });
});
