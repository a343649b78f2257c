import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEvent } from '../../../src/callbacks/event.js';
import { RECORDING_EVENT_TYPES } from '../../../src/contract/event.js';
import { FILE_COMPLETE } from '../../support/signedCallback.js';

const OVER = { event_type: 'CLOUD_RECORD_OVER' };

/** The event that one more field makes of the shortest one. */
function withField(name: string, value: unknown) {
  const { event, ...parsed } = parseEvent({ ...OVER, [name]: value }) as {
    kind: string;
    event: Record<string, unknown>;
  };
  expect(parsed.kind).toBe('recording');
  delete event.eventType;
  return event;
}

describe('parseEvent', () => {
  it('takes every documented field but the two links', () => {
    expect(parseEvent(FILE_COMPLETE)).toEqual({
      kind: 'recording',
      event: {
        eventType: 'RECORD_FILE_COMPLETE',
        jobId: '607f87cf00d861eeefffa6c88054cdab',
        streamName: 's_607f87cf00d861eeefffa6c88054cdab_room001_user001',
        appId: '5ff9701f2346968bb306cb43',
        roomId: 'room001',
        recordFormat: 'MP4',
        fileSize: 5_242_880,
        recordDuration: 62.5,
        width: 1280,
        height: 720,
        startTime: '2021-04-21T10:51:55Z',
        endTime: '2021-04-21T10:52:57Z',
        obsBucket: 'obsName',
        obsObject: 'Record/s_607f87cf00d861eeefffa6c88054cdab_room001_user001_20210421105155/file.mp4',
      },
    });
  });

  it.each(RECORDING_EVENT_TYPES)('knows %s as a recording event, also with no other field', (eventType) => {
    expect(parseEvent({ event_type: eventType })).toEqual({ kind: 'recording', event: { eventType } });
  });

  const joined = { room_id: 'room001', user_id: 7 };

  it.each([
    ['RTC_VIDEO_STREAM_OPEN', {}],
    ['RTC_AUDIO_STREAM_OPEN', {}],
    ['RTC_USER_ROLE_CHANGED', { role: null }],
    ['RTC_USER_ROLE_CHANGED', { role: 'PUBLISHER' }],
    ['RTC_USER_ROLE_CHANGED', { user_role: 'joiner' }],
  ])('takes %s %j for a participant who has joined', (eventType, fields) => {
    const event = { eventType, roomId: 'room001', userId: '7' };
    expect(parseEvent({ ...joined, event_type: eventType, ...fields })).toEqual({ kind: 'participant', event });
  });

  it.each([
    [{ event_type: 'RTC_VIDEO_STREAM_CLOSE' }],
    [{ event_type: 'RTC_VIDEO_STREAM_OPEN', user_id: undefined }],
    [{ event_type: 'RTC_VIDEO_STREAM_OPEN', user_id: 'user:001' }],
    [{ event_type: 'RTC_VIDEO_STREAM_OPEN', user_id: ['user001'] }],
    [{ event_type: 'RTC_AUDIO_STREAM_OPEN', room_id: '' }],
    [{ event_type: 'RTC_USER_ROLE_CHANGED', role: 'player' }],
    [{ event_type: 'RTC_USER_ROLE_CHANGED', role: 2 }],
  ])('takes %j for another event', (fields) => {
    expect(parseEvent({ ...joined, ...fields })).toEqual({ kind: 'other', eventType: fields.event_type });
  });

  it.each([
    [
      { event_type: 'RTC_USER_ROLE_CHANGED', app_id: 'a' },
      { kind: 'other', eventType: 'RTC_USER_ROLE_CHANGED' },
    ],
    [{ event_type: 7 }, { kind: 'other', eventType: '7' }],
    [{ event_type: null }, { kind: 'other' }],
    [{ event_type: ['CLOUD_RECORD_OVER'] }, { kind: 'other' }],
    [{ eventType: 'CLOUD_RECORD_OVER' }, { kind: 'other' }],
    [{}, { kind: 'other' }],
  ])('calls %j another event', (json, expected) => {
    expect(parseEvent(json)).toEqual(expected);
  });

  it.each([
    ['A', true],
    ['7_OF_9', true],
    ['A'.repeat(64), true],
    ['A'.repeat(65), false],
    ['_A', false],
    ['rtc_user_left', false],
    ['A B', false],
    [' A', false],
    ['A\n', false],
    ['A: forged log line', false],
  ])('repeats the name of another type only if it looks like one: %j', (eventType, repeated) => {
    expect(parseEvent({ event_type: eventType })).toEqual({ kind: 'other', ...(repeated && { eventType }) });
  });

  it.each([
    ['room_id', 100, { roomId: '100' }],
    ['job_id', 0, { jobId: '0' }],
    // JSON.parse has rounded it already: another job's id.
    ['job_id', 12345678901234567000, {}],
    ['job_id', 1.5, {}],
    ['job_id', '', {}],
    ['job_id', null, {}],
    ['job_id', { id: 'x' }, {}],
    ['obs_object', 'k'.repeat(1024), { obsObject: 'k'.repeat(1024) }],
    ['obs_object', 'k'.repeat(1025), {}],
    ['detail_message', 'd'.repeat(5000), { detailMessage: 'd'.repeat(256) }],
    ['detail_message', '', {}],
    ['file_size', '123', { fileSize: 123 }],
    ['file_size', 0, { fileSize: 0 }],
    ['file_size', -1, {}],
    ['file_size', '', {}],
    ['file_size', ' ', {}],
    ['file_size', '0x10', {}],
    ['file_size', '12 kB', {}],
    ['file_size', null, {}],
    ['file_size', true, {}],
    ['file_size', '9'.repeat(400), {}],
    ['record_duration', '62.5', { recordDuration: 62.5 }],
    ['record_duration', '62.25', { recordDuration: 62.25 }],
    ['record_duration', '.5', {}],
    ['record_duration', '62.', {}],
    ['download_url', 'https://example.com/?signature=x', {}],
    ['obs_location', 'https://example.com/', {}],
    ['user_id', 'user001', {}],
  ])('%s: %j', (name, value, expected) => {
    expect(withField(name, value)).toEqual(expected);
  });

  it('gives allow-listed fields of the right type, whatever the JSON holds', () => {
    const names = Object.keys(FILE_COMPLETE);
    const json = fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), fc.jsonValue());
    fc.assert(
      fc.property(json, (fields) => {
        const parsed = parseEvent({ ...fields, ...OVER }) as unknown as { event: Record<string, unknown> };
        const { fileSize, recordDuration, width, height, ...texts } = parsed.event;
        for (const number of [fileSize, recordDuration, width, height]) {
          expect(number === undefined || Number.isFinite(number)).toBe(true);
        }
        for (const text of Object.values(texts)) expect(typeof text).toBe('string');
      }),
    );
  });
});
