import { describe, expect, it } from 'vitest';
import { isOurs } from '../../../src/workflows/jobs.js';
import { givenJob, T0 } from '../../support/given.js';

const SECOND = 1_000;
const settings = { roomId: 'room001', userId: 'user001', videoType: 'CAMERASTREAM' } as const;

/** One start was open from T0 to T0 + 5 s. */
const ambiguous = [{ from: T0, until: T0 + 5 * SECOND }];

/** A second either way, since the vendor's stamps may be cut to whole seconds. */
const createdAt = (after: number) => ({ from: T0 + after - SECOND, until: T0 + after + SECOND });

describe('was a job created by a start whose response was lost', () => {
  it.each([
    ['created while the start was open', createdAt(3 * SECOND), true],
    ['created at its beginning, by the time stamps', createdAt(0), true],
    ['created before it', createdAt(-2 * SECOND), false],
    ['created after it', createdAt(7 * SECOND), false],
    ['created at an unknown time', undefined, false],
  ])('%s', (_when, createdBetween, ours) => {
    expect(isOurs({ job: givenJob(), ...(createdBetween && { createdBetween }) }, settings, ambiguous)).toBe(ours);
  });

  it.each([
    ['half a second before its beginning', T0 - 500, true],
    ['earlier than that', T0 - 501, false],
    ['half a second after its end', T0 + 5_500, true],
    ['later than that', T0 + 5_501, false],
  ])('allows the clocks half a second: created %s', (_when, at, ours) => {
    expect(isOurs({ job: givenJob(), createdBetween: { from: at, until: at } }, settings, ambiguous)).toBe(ours);
  });

  it('needs one start of several that fits', () => {
    const response = { job: givenJob(), createdBetween: createdAt(3 * SECOND) };
    const earlier = { from: T0 - 60 * SECOND, until: T0 - 50 * SECOND };
    expect(isOurs(response, settings, [earlier, ...ambiguous])).toBe(true);
    expect(isOurs(response, settings, [earlier])).toBe(false);
  });

  it('accepts a response without a video type', () => {
    const job = givenJob();
    delete job.videoType;
    expect(isOurs({ job, createdBetween: createdAt(3 * SECOND) }, settings, ambiguous)).toBe(true);
  });

  it.each([
    ['another room', { roomId: 'room002' }],
    ['another user', { userId: 'user002' }],
    ['the other video type', { videoType: 'SCREENSTREAM' }],
  ])('not of %s', (_what, change) => {
    const createdBetween = createdAt(3 * SECOND);
    expect(isOurs({ job: { ...givenJob(), ...change }, createdBetween }, settings, ambiguous)).toBe(false);
  });

  it('needs a job, the time of its creation, and a start', () => {
    expect(isOurs({}, settings, ambiguous)).toBe(false);
    expect(isOurs({ job: givenJob(), createdBetween: createdAt(3 * SECOND) }, settings, [])).toBe(false);
  });
});
