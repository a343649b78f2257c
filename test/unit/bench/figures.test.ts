import { describe, expect, it } from 'vitest';
import { atLeast, atMost, countOf, failsRun, metBy, type Figure } from '../../../bench/figures.js';
import { median, quantile, ratioOf } from '../../../bench/statistics.js';

const figure = (verdict: Pick<Figure, 'met' | 'accepted'>): Figure => ({
  what: 'callbacks a second',
  reference: 'a bare server',
  ours: '9 /s',
  theirs: '10 /s',
  target: '≥ 0.9 ×',
  ...verdict,
});

describe('the verdict of the benchmark', () => {
  it.each([
    { verdict: { met: true }, fails: false },
    { verdict: {}, fails: false },
    { verdict: { met: false }, fails: true },
    { verdict: { met: false, accepted: 'the vendor has to be asked' }, fails: false },
  ])('fails the run for a miss that no one has accepted: $verdict', ({ verdict, fails }) => {
    expect(failsRun(figure(verdict))).toBe(fails);
  });

  it('calls a target missed only by more than the noise of the rounds', () => {
    const ratio = ratioOf([80, 85, 90, 95], [100, 100, 100, 100]);
    expect(ratio.median).toBeCloseTo(0.875);
    expect(ratio.noise).toBeCloseTo(0.05);
    expect([0.9, 0.92, 0.93].map((limit) => atLeast(ratio, limit))).toEqual([true, true, false]);
    expect([0.85, 0.83, 0.82].map((limit) => atMost(ratio, limit))).toEqual([true, true, false]);
  });

  it.each([
    { met: true, done: 10_000, verdict: true, shown: '10,000' },
    { met: true, done: 7_000, verdict: undefined, shown: '7,000 of 10,000 (no time for more)' },
    { met: false, done: 7_000, verdict: false, shown: '7,000 of 10,000 (no time for more)' },
  ])('takes nothing for met by fewer than were wanted: $shown, $met', ({ met, done, verdict, shown }) => {
    expect(metBy(met, done, 10_000)).toBe(verdict);
    expect(countOf(done, 10_000)).toBe(shown);
  });

  it.each([
    { sample: [3, 1, 2], middle: 2 },
    { sample: [4, 1, 3, 2], middle: 2.5 },
    { sample: [7], middle: 7 },
    { sample: [], middle: NaN },
  ])('takes $middle for the middle of $sample', ({ sample, middle }) => {
    expect(median(sample)).toBe(middle);
  });

  it('takes a quantile by the nearest rank', () => {
    const sample = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([0.5, 0.99, 1].map((share) => quantile(sample, share))).toEqual([50, 99, 100]);
  });
});
