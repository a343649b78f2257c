import { describe, expect, it } from 'vitest';
import { admit } from '../../src/callbacks/admission.js';
import { FILE_COMPLETE, PRESENT, PREVIOUS, signed } from './signedCallback.js';

const EVENT = JSON.stringify(FILE_COMPLETE);
const OTHER = JSON.stringify({ event_type: 'RTC_USER_ROLE_CHANGED' });

/** Headers as Node's server gives them: names in lower case. */
function headersOf(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function judge(body: string, headers: Record<string, string>) {
  return admit(headersOf(headers), Buffer.from(body), { present: PRESENT, previous: PREVIOUS }).kind;
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

  it.each([['X-Rtc-Rand'], ['X-Rtc-Timestamp'], ['X-Rtc-Signature']])(
    'takes a missing %s for a wrong signature',
    (name) => {
      const headers = signed(OTHER);
      delete headers[name];
      expect(judge(OTHER, headers)).toBe('unauthorized');
    },
  );

  it.each([['X-Rtc-Rand'], ['X-Rtc-Timestamp'], ['X-Rtc-Signature']])(
    'takes an empty %s for a wrong signature',
    (name) => {
      expect(judge(OTHER, { ...signed(OTHER), [name]: '' })).toBe('unauthorized');
    },
  );
});
