import { describe, expect, it } from 'vitest';
import { isOurs } from '../../src/workflows/ownership.js';
import { givenJob, T0 } from './given.js';

const SECOND = 1_000;
const settings = { roomId: 'room001', userId: 'user001', videoType: 'CAMERASTREAM' } as const;

/** One start was open from T0 to T0 + 5 s; the question was asked at T0 + 20 s and answered 100 ms later. */
const unanswered = [{ from: T0, until: T0 + 5 * SECOND }];
const asked = { from: T0 + 20 * SECOND, until: T0 + 20 * SECOND + 100 };

describe('is a job the fruit of an unanswered start', () => {
  it.each([
    ['created while the start was open', 17 * SECOND, true],
    ['created at its beginning, within the precision of the stamps', 20 * SECOND, true],
    ['created before it', 22 * SECOND, false],
    ['created after it', 13 * SECOND, false],
    ['of unknown age', undefined, false],
  ])('%s', (_when, ageMs, ours) => {
    expect(isOurs({ job: givenJob(), ...(ageMs !== undefined && { ageMs }) }, asked, settings, unanswered)).toBe(ours);
  });

  it.each([
    ['another room', { roomId: 'room002' }],
    ['another user', { userId: 'user002' }],
    ['the other video type', { videoType: 'SCREENSTREAM' }],
  ])('not of %s', (_what, change) => {
    expect(isOurs({ job: { ...givenJob(), ...change }, ageMs: 17 * SECOND }, asked, settings, unanswered)).toBe(false);
  });

  it('no job, no start, no claim', () => {
    expect(isOurs({}, asked, settings, unanswered)).toBe(false);
    expect(isOurs({ job: givenJob(), ageMs: 17 * SECOND }, asked, settings, [])).toBe(false);
  });
});
