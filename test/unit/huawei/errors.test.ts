import { describe, expect, it } from 'vitest';
import {
  AbortedError,
  backOff,
  ConnectionLostError,
  classifyError,
  NotSentError,
  readRetryAfter,
  StatusError,
  TimeoutError,
  InvalidResponseError,
} from '../../../src/huawei/errors.js';

const call = 'SparkRTC POST /v2/apps';

function rejection(status: number, errorCode?: string, retryAfterMs?: number): StatusError {
  return new StatusError('rejected', { call, status, errorCode, retryAfterMs });
}

describe('classifyError', () => {
  it.each([
    // what happened                                  kind             retry  may have happened
    [new NotSentError('', { call }), 'notSent', true, false],
    [new TimeoutError('', { call }), 'timedOut', true, true],
    [new ConnectionLostError('', { call }), 'lost', true, true],
    [new InvalidResponseError('', { call }), 'unreadable', true, true],
    [new AbortedError('', { call }), 'aborted', true, true],
    [new TypeError('x is undefined'), 'unexpected', false, true],
    ['a string', 'unexpected', false, true],
    [undefined, 'unexpected', false, true],
    [rejection(301), 'rejected', false, false],
    [rejection(307), 'unavailable', true, false],
    [rejection(400, 'RTC.00001003'), 'rejected', false, false],
    [rejection(400, 'RTC.00001001'), 'authentication', false, false],
    [rejection(400, 'RTC.00001021'), 'permission', false, false],
    [rejection(401, 'APIGW.0301'), 'authentication', false, false],
    [rejection(403), 'permission', false, false],
    [rejection(404, 'RTC.00001003'), 'notFound', false, false],
    [rejection(404, 'RTC.00001021'), 'notFound', false, false],
    [rejection(408), 'unavailable', true, true],
    [rejection(409), 'rejected', false, false],
    [rejection(429, 'APIGW.0308'), 'throttled', true, false],
    [rejection(499), 'rejected', false, false],
    [rejection(500, 'RTC.00002002'), 'unavailable', true, true],
    [rejection(500, 'RTC.00001001'), 'unavailable', true, true],
    [rejection(502), 'unavailable', true, true],
    [rejection(503), 'unavailable', true, true],
    [rejection(504), 'unavailable', true, true],
  ] as const)('%s is %s (retry %s, may have happened %s)', (error, kind, retry, outcomeUnknown) => {
    expect(classifyError(error)).toEqual({ kind, retry, outcomeUnknown });
  });

  it('passes on how long the vendor asks to wait', () => {
    expect(classifyError(rejection(429, undefined, 0))).toHaveProperty('delayMs', 0);
    expect(classifyError(rejection(429, undefined, 7_000))).toHaveProperty('delayMs', 7_000);
    expect(classifyError(rejection(503, undefined, 7_000))).toHaveProperty('delayMs', 7_000);
    expect(classifyError(rejection(429))).not.toHaveProperty('delayMs');
  });

  it('waits long after wrong signatures, for which OBS locks out the keys', () => {
    expect(classifyError(rejection(400, 'TooManyWrongSignature'))).toEqual({
      ...{ kind: 'throttled', retry: true, outcomeUnknown: false, delayMs: 300_000 },
    });
  });
});

describe('readRetryAfter', () => {
  const now = Date.parse('2021-04-21T10:00:00Z');

  it.each([
    ['7', 7_000],
    ['0', 0],
    [' 2.5 ', 2_500],
    ['-3', 0],
    ['Wed, 21 Apr 2021 10:00:09 GMT', 9_000],
    ['Wed, 21 Apr 2021 09:00:00 GMT', 0],
    ['86400', 300_000],
    ['Infinity', 300_000],
    ['soon', undefined],
    ['', undefined],
    [' ', undefined],
    [undefined, undefined],
  ])('reads %j as %s ms', (header, expected) => {
    expect(readRetryAfter(header, now)).toBe(expected);
  });
});

describe('backOff', () => {
  it.each([
    [1, 1_000, 2_000],
    [2, 1_000, 4_000],
    [3, 1_000, 8_000],
    [5, 1_000, 30_000],
    [1_000, 1_000, 30_000],
  ])('after attempt %i lies between %i and %i ms', (attempt, shortest, longest) => {
    expect(backOff(attempt, () => 0)).toBe(shortest);
    expect(backOff(attempt, () => 1)).toBe(longest);
    expect(backOff(attempt)).toBeGreaterThanOrEqual(shortest);
    expect(backOff(attempt)).toBeLessThanOrEqual(longest);
  });
});
