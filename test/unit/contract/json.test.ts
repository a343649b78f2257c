import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../src/contract/json.js';

describe('parseJson', () => {
  it.each<[string, string, unknown]>([
    ['an id above 2^53', '{"job_id":12345678901234567890}', { job_id: '12345678901234567890' }],
    [
      'several ids',
      '[ 12345678901234567890,\n-98765432109876543210 ]',
      ['12345678901234567890', '-98765432109876543210'],
    ],
    ['the whole text', '12345678901234567890', '12345678901234567890'],
    ['a short id', '{"job_id":1234567890}', { job_id: 1_234_567_890 }],
    ['a fraction', '{"record_duration":0.34433294803883424}', { record_duration: 0.34433294803883424 }],
    ['an exponent', '[1234567890123456789e-300]', [Number('1234567890123456789e-300')]],
    ['digits in a string', '{"a":"x: 12345678901234567890,"}', { a: 'x: 12345678901234567890,' }],
    ['quotes in a string', '["\\":12345678901234567890"]', ['":12345678901234567890']],
  ])('reads %s', (_what, text, expected) => {
    expect(parseJson(text)).toEqual(expected);
  });

  it('reads anything else as JSON.parse does', () => {
    const isLong = (value: unknown) => Number.isInteger(value) && String(value).replace('-', '').length >= 16;
    fc.assert(
      fc.property(fc.json(), (json) => {
        fc.pre(!/\d{16}/.test(json) || !isLongIn(JSON.parse(json)));
        expect(parseJson(json)).toEqual(JSON.parse(json));
      }),
    );
    function isLongIn(value: unknown): boolean {
      return typeof value === 'object' && value !== null ? Object.values(value).some(isLongIn) : isLong(value);
    }
  });

  it('rejects a quarter of a MiB of strings that are never closed at once', () => {
    const text = '1234567890123456' + '\\"'.repeat(128 * 1_024);
    const startedAt = performance.now();
    expect(() => parseJson(text)).toThrow(SyntaxError);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it.each(['', '{', '12345678901234567890 x', '{"a":0012345678901234567}'])('rejects %j', (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });
});
