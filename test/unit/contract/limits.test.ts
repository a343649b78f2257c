import { describe, expect, it } from 'vitest';
import { bytesOf, cut } from '../../../src/contract/limits.js';

describe('the size of a value', () => {
  it('is that of its JSON in UTF-8', () => {
    expect(bytesOf({ a: 'ä' })).toBe(10);
    expect(bytesOf('录')).toBe(5);
  });
});

describe('cutting a list', () => {
  const list = ['aaa', 'bbb', 'ccc'];

  it.each([
    ['all of it where it fits', { entries: 3, bytes: 18 }, list],
    ['by the number of its entries', { entries: 2, bytes: 100 }, ['aaa', 'bbb']],
    ['by its size, commas and quotes counted', { entries: 3, bytes: 17 }, ['aaa', 'bbb']],
    ['to nothing where not even the first fits', { entries: 3, bytes: 5 }, []],
  ])('leaves %s', (_what, limit, left) => {
    expect(cut(list, limit)).toEqual(left);
  });

  it('leaves what it was given as it was', () => {
    const given = [1, 2, 3];
    const all = cut(given, { entries: 9, bytes: 99 });
    all.push(4);
    expect(given).toEqual([1, 2, 3]);
  });
});
