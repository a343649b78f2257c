import { describe, expect, it } from 'vitest';
import { roundsOf } from '../../../bench/effort.js';

describe('the rounds of the benchmark', () => {
  it.each([
    { rounds: 10, seconds: 60, taken: 10, because: 'there is time for all of them' },
    { rounds: 10, seconds: 0, taken: 3, because: 'fewer would say nothing about their spread' },
    { rounds: 2, seconds: 0, taken: 2, because: 'no more were requested' },
  ])('are $taken of $rounds in $seconds s: $because', ({ rounds, seconds, taken }) => {
    expect([...roundsOf({ rounds, seconds, each: 1 })]).toEqual(Array.from({ length: taken }, (_, round) => round));
  });

  it('end with the time', () => {
    const until = performance.now() + 20;
    const taken = [...roundsOf({ rounds: Infinity, seconds: 0.02, each: 1 })];
    expect(performance.now()).toBeGreaterThanOrEqual(until);
    expect(taken.length).toBeGreaterThan(3);
  });
});
