import { expect, it } from 'vitest';
import { SpareCalls } from '../../src/activities/spareCalls.js';

it('are one a second, and none is saved up', () => {
  let now = 0;
  const spare = new SpareCalls(1, () => now);
  const taken = [0, 1, 999, 1_000, 1_500, 9_000, 9_001, 10_000].filter((time) => {
    now = time;
    return spare.take();
  });
  expect(taken).toEqual([0, 1_000, 9_000, 10_000]);
});
