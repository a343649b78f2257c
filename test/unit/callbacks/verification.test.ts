import { describe, expect, it } from 'vitest';
import { admit } from '../../../src/callbacks/verification.js';
import { FILE_COMPLETE, hmac, PRESENT, PREVIOUS, signed } from '../../support/signedCallback.js';

const EVENT = JSON.stringify(FILE_COMPLETE);
const OTHER = JSON.stringify({ event_type: 'RTC_USER_ROLE_CHANGED' });

/** Headers as Node's server gives them: names in lower case. */
function headersOf(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

const DAY = 86_400_000;
const RULES = { keys: { present: PRESENT, previous: PREVIOUS }, maxAgeMs: 7 * DAY };

function judge(body: string, headers: Record<string, string>) {
  return admit(headersOf(headers), Buffer.from(body), RULES).kind;
}

describe('admit', () => {
  it.each([
    ['an event', EVENT, 'event', 'unauthorized'],
    ['an event with no other field', '{"event_type":"RECORD_NEW_FILE_START"}', 'event', 'unauthorized'],
    ['an event of another type', OTHER, 'ignored', 'ignored'],
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

  it('says what a refused callback lacks', () => {
    expect(admit({}, Buffer.from(EVENT), RULES)).toEqual({ kind: 'unauthorized', why: 'unsigned' });
  });

  it('hands on the event, and the type of one that is no concern of a recording', () => {
    const admitted = (body: string) => admit(headersOf(signed(body)), Buffer.from(body), RULES);
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
  ])('refuses what was signed before or after its time: %s', (_what, body) => {
    const judgeAt = (ageMs: number) => admit(headersOf(signed(body, PRESENT, at(ageMs))), Buffer.from(body), RULES);
    expect(judgeAt(8 * DAY)).toEqual({ kind: 'unauthorized', why: 'too old' });
    expect(judgeAt(-2 * DAY)).toEqual({ kind: 'unauthorized', why: 'from the future' });
    expect(judgeAt(6 * DAY).kind).toBe(judge(body, signed(body)));
    expect(judgeAt(-0.9 * DAY).kind).toBe(judge(body, signed(body)));
  });

  it('calls a stranger’s old callback wrongly signed: what anybody wrote has no age', () => {
    const headers = headersOf(signed(EVENT, 'x'.repeat(40), at(8 * DAY)));
    expect(admit(headers, Buffer.from(EVENT), RULES)).toEqual({ kind: 'unauthorized', why: 'wrong signature' });
  });

  it('takes any age where none is too great', () => {
    const headers = headersOf(signed(EVENT, PRESENT, '1619600282'));
    expect(admit(headers, Buffer.from(EVENT), { ...RULES, maxAgeMs: Infinity }).kind).toBe('event');
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
});
