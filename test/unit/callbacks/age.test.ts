import { describe, expect, it } from 'vitest';
import { checkAge } from '../../../src/callbacks/verification.js';

const NOW = Date.parse('2026-03-01T12:00:00.000Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('checkAge', () => {
  it.each([
    ['this moment', 0, 'current'],
    ['an hour ago', HOUR, 'current'],
    ['just inside', 7 * DAY, 'current'],
    ['just outside', 7 * DAY + 1000, 'too old'],
    ['years ago', 2000 * DAY, 'too old'],
    ['local time taken for UTC', -14 * HOUR, 'current'],
    ['a day ahead', -DAY, 'current'],
    ['more than a day ahead', -DAY - 1000, 'from the future'],
  ])('%s', (_what, agoMs, verdict) => {
    const ms = String(NOW - agoMs);
    expect(checkAge(ms, 7 * DAY, NOW)).toBe(verdict);
    expect(checkAge(ms.slice(0, 10), 7 * DAY, NOW)).toBe(verdict);
  });

  it('knows milliseconds at both ends', () => {
    expect(checkAge(String(NOW - 7 * DAY - 1), 7 * DAY, NOW)).toBe('too old');
    expect(checkAge(String(NOW + DAY + 1), 7 * DAY, NOW)).toBe('from the future');
  });

  it('has no past where any age is taken', () => {
    expect(checkAge('1619600282', Infinity, NOW)).toBe('current');
  });
});
