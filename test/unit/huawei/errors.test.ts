import { describe, expect, it } from 'vitest';
import {
  AbortedError,
  backOff,
  ConnectionLostError,
  judge,
  NotSentError,
  readRetryAfter,
  StatusError,
  TimeoutError,
  UnreadableAnswerError,
} from '../../../src/huawei/errors.js';

const call = 'SparkRTC POST /v2/apps';

function refusal(status: number, errorCode?: string, retryAfterMs?: number): StatusError {
  return new StatusError('refused', { call, status, errorCode, retryAfterMs });
}

describe('judge', () => {
  it.each([
    // what happened                                  kind             retry  may have happened
    [new NotSentError('', { call }), 'notSent', true, false],
    [new TimeoutError('', { call }), 'timedOut', true, true],
    [new ConnectionLostError('', { call }), 'lost', true, true],
    [new UnreadableAnswerError('', { call }), 'unreadable', true, true],
    [new AbortedError('', { call }), 'aborted', true, true],
    [new TypeError('x is undefined'), 'unexpected', false, true],
    ['a string', 'unexpected', false, true],
    [undefined, 'unexpected', false, true],
    [refusal(301), 'rejected', false, false],
    [refusal(400, 'RTC.00001003'), 'rejected', false, false],
    [refusal(400, 'RTC.00001001'), 'authentication', false, false],
    [refusal(400, 'RTC.00001021'), 'permission', false, false],
    [refusal(401, 'APIGW.0301'), 'authentication', false, false],
    [refusal(403), 'permission', false, false],
    [refusal(404, 'RTC.00001003'), 'notFound', false, false],
    [refusal(404, 'RTC.00001021'), 'notFound', false, false],
    [refusal(408), 'unavailable', true, true],
    [refusal(409), 'rejected', false, false],
    [refusal(429, 'APIGW.0308'), 'throttled', true, false],
    [refusal(499), 'rejected', false, false],
    [refusal(500, 'RTC.00002002'), 'unavailable', true, true],
    [refusal(500, 'RTC.00001001'), 'unavailable', true, true],
    [refusal(502), 'unavailable', true, true],
    [refusal(503), 'unavailable', true, true],
    [refusal(504), 'unavailable', true, true],
  ] as const)('%s is %s (retry %s, may have happened %s)', (error, kind, retry, mayHaveHappened) => {
    expect(judge(error)).toEqual({ kind, retry, mayHaveHappened });
  });

  it('passes on how long the vendor asks to wait', () => {
    expect(judge(refusal(429, undefined, 0))).toHaveProperty('delayMs', 0);
    expect(judge(refusal(429, undefined, 7_000))).toHaveProperty('delayMs', 7_000);
    expect(judge(refusal(503, undefined, 7_000))).toHaveProperty('delayMs', 7_000);
    expect(judge(refusal(429))).not.toHaveProperty('delayMs');
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
