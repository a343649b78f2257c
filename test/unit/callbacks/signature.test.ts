import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verifySignature } from '../../../src/callbacks/verification.js';
import { hmac } from '../../support/signedCallback.js';

/** The worked example of the vendor's page. */
const EXAMPLE = {
  rand: '12345678',
  timestamp: '1619600282',
  body: Buffer.from('{"event_type":"RECORD_FILE_COMPLETE","job_id":"j1"}'),
  signature: 'e33b81afb3dc0792615c541fb0f7e710b1cb2944d3e63b64211c7511bb4933d1',
};
const KEY = '0123456789abcdef0123456789abcdef';
const OTHER = 'another-key-of-thirty-two-or-more';

describe('verifySignature', () => {
  it.each([
    ['the current key', { current: KEY }, 'valid'],
    ['the previous key', { current: OTHER, previous: KEY }, 'valid'],
    ['the current one of two', { current: KEY, previous: OTHER }, 'valid'],
    ['neither key', { current: OTHER, previous: `${OTHER}2` }, 'invalid'],
  ])('knows the documented example by %s', (_what, keys, verdict) => {
    expect(verifySignature({ ...EXAMPLE, keys })).toBe(verdict);
  });

  it.each([
    ['none', ''],
    ['not hex', 'zz'],
    ['one digit too few', EXAMPLE.signature.slice(1)],
    ['one digit too many', `${EXAMPLE.signature}0`],
    ['twice', `${EXAMPLE.signature}, ${EXAMPLE.signature}`],
    ['upper case', EXAMPLE.signature.toUpperCase()],
    ['a line break behind it', `${EXAMPLE.signature}\n`],
    ['64 characters that are no hex', 'é'.repeat(64)],
    ['Base64', Buffer.from(EXAMPLE.signature, 'hex').toString('base64')],
  ])('rejects a signature of another shape: %s', (_what, signature) => {
    expect(verifySignature({ ...EXAMPLE, signature, keys: { current: KEY } })).toBe('invalid');
  });

  it.each(['1619600282', '1619600282123'])('takes a timestamp in seconds or milliseconds: %s', (timestamp) => {
    const signature = hmac(KEY, EXAMPLE.rand, timestamp, EXAMPLE.body);
    expect(verifySignature({ ...EXAMPLE, timestamp, signature, keys: { current: KEY } })).toBe('valid');
  });

  it.each([
    ['none', ''],
    ['no number', 'yesterday'],
    ['9 digits', '161960028'],
    ['11 digits', '16196002821'],
    ['12 digits', '161960028212'],
    ['14 digits', '16196002821234'],
    ['a sign', '-1619600282'],
    ['a fraction', '1619600282.5'],
    ['a space before it', ' 1619600282'],
    ['a line break behind it', '1619600282\n'],
    ['a letter before it', 'x1619600282'],
    ['a letter behind it', '1619600282x'],
  ])('rejects a timestamp of another shape, well signed as it is: %s', (_what, timestamp) => {
    const signature = hmac(KEY, EXAMPLE.rand, timestamp, EXAMPLE.body);
    expect(verifySignature({ ...EXAMPLE, timestamp, signature, keys: { current: KEY } })).toBe('invalid');
  });

  it('does not take the beginning of a body for the end of a timestamp', () => {
    const body = Buffer.from('{"a":{"event_type":"CLOUD_RECORD_OVER"}');
    const signature = hmac(KEY, EXAMPLE.rand, EXAMPLE.timestamp, body);
    const shifted = { timestamp: `${EXAMPLE.timestamp}{"a":`, body: body.subarray('{"a":'.length) };
    expect(verifySignature({ ...EXAMPLE, body, signature, keys: { current: KEY } })).toBe('valid');
    expect(verifySignature({ ...EXAMPLE, ...shifted, signature, keys: { current: KEY } })).toBe('invalid');
  });

  const key = fc.string({ minLength: 32, maxLength: 64 });
  const callback = fc.record({
    rand: fc.stringMatching(/^\d{1,16}$/),
    timestamp: fc.stringMatching(/^\d{10}(\d{3})?$/),
    body: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  });

  it('takes whatever bytes the holder of a key signed', () => {
    fc.assert(
      fc.property(callback, key, key, (parts, current, previous) => {
        for (const by of [current, previous]) {
          const signature = hmac(by, parts.rand, parts.timestamp, parts.body);
          expect(verifySignature({ ...parts, signature, keys: { current, previous } })).toBe('valid');
        }
      }),
    );
  });

  it('rejects every change of body, rand, timestamp or signature', () => {
    const flipped = (bytes: Buffer, at: number, bit: number) => {
      const copy = Buffer.from(bytes);
      const index = at % copy.length;
      copy[index] = (copy[index] ?? 0) ^ (1 << bit);
      return copy;
    };
    fc.assert(
      fc.property(callback, key, fc.nat(), fc.integer({ min: 0, max: 6 }), (parts, current, at, bit) => {
        const keys = { current };
        const original = { ...parts, signature: hmac(current, parts.rand, parts.timestamp, parts.body), keys };
        const text = (value: string) => flipped(Buffer.from(value, 'latin1'), at, bit).toString('latin1');
        const changed = [
          { ...original, rand: text(original.rand) },
          { ...original, rand: `${original.rand}0` },
          { ...original, timestamp: text(original.timestamp) },
          { ...original, signature: text(original.signature) },
          { ...original, body: Buffer.concat([original.body, Buffer.from(' ')]) },
          ...(original.body.length > 0 ? [{ ...original, body: flipped(original.body, at, bit) }] : []),
        ];
        for (const mutation of changed) expect(verifySignature(mutation)).toBe('invalid');
      }),
    );
  });

  it('never throws, whatever the headers hold', () => {
    const header = fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('latin1'));
    fc.assert(
      fc.property(header, header, header, (rand, timestamp, signature) => {
        const { body } = EXAMPLE;
        expect(verifySignature({ rand, timestamp, signature, body, keys: { current: KEY } })).toBe('invalid');
      }),
    );
  });
});
