import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { verifyCallback } from '../../../src/callbacks/verification.js';
import { FILE_COMPLETE, hmac, PRESENT, PREVIOUS, signed } from '../../support/signedCallback.js';

const EVENT = JSON.stringify(FILE_COMPLETE);
const JOINED = JSON.stringify({ event_type: 'RTC_AUDIO_STREAM_OPEN', room_id: 'room001', user_id: 'user001' });
const OTHER = JSON.stringify({ event_type: 'RTC_USER_ROLE_CHANGED' });

/** Headers as Node's server gives them: names in lower case. */
function headersOf(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

const DAY = 86_400_000;
const RULES = { keys: { current: PRESENT, previous: PREVIOUS }, maxAgeMs: 7 * DAY };

function judge(body: string, headers: Record<string, string>) {
  return verifyCallback(headersOf(headers), Buffer.from(body), RULES).kind;
}

describe('verifyCallback', () => {
  it.each([
    ['an event', EVENT, 'event', 'unauthorized'],
    ['an event with no other field', '{"event_type":"RECORD_NEW_FILE_START"}', 'event', 'unauthorized'],
    ['an event of another type', OTHER, 'ignored', 'ignored'],
    ['a participant who has joined', JOINED, 'event', 'ignored'],
    ['an object without a type', '{}', 'ignored', 'ignored'],
    ['nothing', '', 'ignored', 'ignored'],
    ['broken JSON', '{not json', 'malformed', 'ignored'],
    ['a list of events', `[${EVENT}]`, 'malformed', 'ignored'],
    ['null', 'null', 'malformed', 'ignored'],
    ['a word', '"CLOUD_RECORD_OVER"', 'malformed', 'ignored'],
  ])('%s', (_what, body, whenSigned, whenUnsigned) => {
    expect(judge(body, signed(body))).toBe(whenSigned);
    expect(judge(body, signed(body, PREVIOUS))).toBe(whenSigned);
    expect(judge(body, {})).toBe(whenUnsigned);
    expect(judge(body, signed(body, 'x'.repeat(40)))).toBe('unauthorized');
  });

  it('says what a rejected callback lacks', () => {
    expect(verifyCallback({}, Buffer.from(EVENT), RULES)).toEqual({ kind: 'unauthorized', reason: 'unsigned' });
  });

  it('hands on the event, and the type of one that is no concern of a recording', () => {
    const admitted = (body: string) => verifyCallback(headersOf(signed(body)), Buffer.from(body), RULES);
    expect(admitted('{"event_type":"CLOUD_RECORD_OVER","job_id":"j1"}')).toEqual({
      kind: 'event',
      event: { eventType: 'CLOUD_RECORD_OVER', jobId: 'j1' },
    });
    expect(admitted(OTHER)).toEqual({ kind: 'ignored', eventType: 'RTC_USER_ROLE_CHANGED' });
  });

  const at = (ageMs: number) => String(Date.now() - ageMs);

  it.each([
    ['an event', EVENT],
    ['an event of another type', OTHER],
    ['broken JSON', '{not json'],
    ['nothing', ''],
  ])('rejects what was signed before or after its time: %s', (_what, body) => {
    const judgeAt = (ageMs: number) =>
      verifyCallback(headersOf(signed(body, PRESENT, at(ageMs))), Buffer.from(body), RULES);
    expect(judgeAt(8 * DAY)).toEqual({ kind: 'unauthorized', reason: 'too old' });
    expect(judgeAt(-2 * DAY)).toEqual({ kind: 'unauthorized', reason: 'from the future' });
    expect(judgeAt(6 * DAY).kind).toBe(judge(body, signed(body)));
    expect(judgeAt(-0.9 * DAY).kind).toBe(judge(body, signed(body)));
  });

  it('calls a stranger’s old callback wrongly signed: what anyone wrote has no age', () => {
    const headers = headersOf(signed(EVENT, 'x'.repeat(40), at(8 * DAY)));
    expect(verifyCallback(headers, Buffer.from(EVENT), RULES)).toEqual({
      kind: 'unauthorized',
      reason: 'wrong signature',
    });
  });

  it.each([
    ['seconds', (now: string) => String(Date.parse(now)).slice(0, 10)],
    ['milliseconds', (now: string) => String(Date.parse(now))],
    ['ISO 8601', (now: string) => now],
    ['ISO 8601 without a fraction', (now: string) => now.replace(/\.\d+/, '')],
    ['ISO 8601 without punctuation', (now: string) => now.replace(/[-:]|\.\d+/g, '')],
  ])('reads a time as %s, and judges its age', (_what, form) => {
    const judgeAt = (ageMs: number) => {
      const timestamp = form(new Date(Date.now() - ageMs).toISOString());
      return verifyCallback(headersOf(signed(EVENT, PRESENT, timestamp)), Buffer.from(EVENT), RULES);
    };
    expect(judgeAt(0).kind).toBe('event');
    expect(judgeAt(6 * DAY).kind).toBe('event');
    expect(judgeAt(8 * DAY)).toEqual({ kind: 'unauthorized', reason: 'too old' });
  });

  it.each(['161960028', '16196002821', '2021-04-28', '2021-04-28 09:38:02', '20210428T093802', 'Wed, 28 Apr 2021'])(
    'names a time in a form of which nothing is known: %s',
    (timestamp) => {
      expect(verifyCallback(headersOf(signed(EVENT, PRESENT, timestamp)), Buffer.from(EVENT), RULES)).toEqual({
        kind: 'unauthorized',
        reason: 'unknown form of timestamp',
      });
    },
  );

  it('takes a time that no calendar has for an old one', () => {
    expect(verifyCallback(headersOf(signed(EVENT, PRESENT, '20219999T999999Z')), Buffer.from(EVENT), RULES)).toEqual({
      kind: 'unauthorized',
      reason: 'too old',
    });
  });

  it('takes any age where none is too great', () => {
    const headers = headersOf(signed(EVENT, PRESENT, '1619600282'));
    expect(verifyCallback(headers, Buffer.from(EVENT), { ...RULES, maxAgeMs: Infinity }).kind).toBe('event');
  });

  it.each([['X-Rtc-Rand'], ['X-Rtc-Timestamp'], ['X-Rtc-Signature']] as const)(
    'takes a missing %s for a wrong signature',
    (name) => {
      const headers = Object.entries(signed(OTHER)).filter(([present]) => present !== name);
      expect(judge(OTHER, Object.fromEntries(headers))).toBe('unauthorized');
    },
  );

  it.each([['X-Rtc-Rand'], ['X-Rtc-Timestamp'], ['X-Rtc-Signature']])(
    'takes an empty %s for a wrong signature',
    (name) => {
      expect(judge(OTHER, { ...signed(OTHER), [name]: '' })).toBe('unauthorized');
    },
  );

  it('takes no word of its own for a header that is missing', () => {
    const timestamp = String(Date.now());
    const signature = hmac(PRESENT, 'undefined', timestamp, EVENT);
    expect(judge(EVENT, { 'X-Rtc-Timestamp': timestamp, 'X-Rtc-Signature': signature })).toBe('unauthorized');
  });

  const MARK = Buffer.from([0xef, 0xbb, 0xbf]);
  const TEXT = Buffer.from(EVENT);

  it.each([
    ['a byte order mark', Buffer.concat([MARK, TEXT]), undefined],
    ['gzip', gzipSync(TEXT), 'gzip'],
    ['gzip that no header names', gzipSync(TEXT), undefined],
    ['gzip of a byte order mark', gzipSync(Buffer.concat([MARK, TEXT])), 'GZIP'],
    ['deflate', deflateSync(TEXT), 'deflate'],
    ['brotli', brotliCompressSync(TEXT), 'br'],
    ['an encoding that it does not have', TEXT, 'gzip'],
  ])('takes an event with %s', (_what, body, encoding) => {
    const verdict = (headers: Record<string, string>) =>
      verifyCallback({ ...headersOf(headers), 'content-encoding': encoding }, body, RULES);
    expect(verdict(signed(body))).toMatchObject({ kind: 'event', event: { obsObject: FILE_COMPLETE.obs_object } });
    expect(verdict(signed(body, 'x'.repeat(40))).kind).toBe('unauthorized');
    expect(verdict({})).toEqual({ kind: 'unauthorized', reason: 'unsigned' });
  });

  it('takes an event that was compressed after it was signed', () => {
    const headers = { ...headersOf(signed(EVENT)), 'content-encoding': 'gzip' };
    expect(verifyCallback(headers, gzipSync(TEXT), RULES).kind).toBe('event');
    expect(verifyCallback(headers, gzipSync(`${EVENT} `), RULES).kind).toBe('unauthorized');
  });

  it('does not unpack more than a callback may have', () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000, ' '));
    expect(verifyCallback(headersOf(signed(bomb)), bomb, RULES).kind).toBe('malformed');
  });
});
