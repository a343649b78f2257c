import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../../src/contract/limits.js';
import {
  announcedCount,
  announcedFiles,
  ASKED_AT_ONCE,
  listingRequest,
  noteListing,
  placeOf,
  seenCount,
  unseenPlaces,
} from '../../../src/workflows/announcedFiles.js';
import { takeEvent } from '../../../src/workflows/events.js';
import { buildResult } from '../../../src/workflows/result.js';
import { addExtraJob, jobOf, newState } from '../../../src/workflows/state.js';
import { givenJob, plainEvents, recordingState, T0 } from '../../support/given.js';
import { announced, fileEvent, keysOf, listingOf, look } from '../../support/looks.js';

describe('an announced file', () => {
  const complete = { eventType: 'RECORD_FILE_COMPLETE', jobId: 'j1', obsBucket: 'obsName', obsObject: 'a.mp4' };
  const afterEvents = (...events: object[]) => {
    const state = recordingState();
    for (const event of events) takeEvent(state, { ...complete, ...event }, T0);
    return [...announcedFiles(state).values()];
  };

  it('has what its event tells', () => {
    const told = {
      duration: 60.5,
      startTime: '2026-01-01T12:00:00Z',
      endTime: '2026-01-01T12:01:00Z',
      width: 1280,
      height: 720,
    };
    const { duration, ...rest } = told;
    expect(afterEvents({ ...rest, recordDuration: duration, recordFormat: 'MP4' })).toStrictEqual([
      { bucket: 'obsName', object: 'a.mp4', format: 'MP4', ...told },
    ]);
  });

  it('has no field, and no bucket, that its event does not tell', () => {
    expect(afterEvents({ obsBucket: undefined, obsObject: 'Record/a.mp4' })).toStrictEqual([
      { object: 'Record/a.mp4' },
    ]);
  });

  it.each<[string, (number | undefined)[], number | undefined]>([
    ['it grows', [20, 99], 99],
    ['the longest comes first', [99, 20], 99],
    ['the longest comes between', [20, 99, 50], 99],
    ['its length is told only later', [undefined, 20], 20],
    ['its length was told before', [20, undefined], 20],
    ['its length is never told', [undefined, undefined], undefined],
  ])('that is announced again has its greatest length: %s', (_what, durations, greatest) => {
    const files = afterEvents(...durations.map((recordDuration) => ({ recordDuration })));
    expect(files).toEqual([{ bucket: 'obsName', object: 'a.mp4', duration: greatest }]);
  });

  it('loses nothing by a repetition that tells less', () => {
    expect(afterEvents({ recordDuration: 60, width: 1280 }, { recordDuration: 60 })).toMatchObject([{ width: 1280 }]);
  });
});

describe('what a listing is asked for', () => {
  const otherJob = () => ({ ...givenJob('j2'), state: 'RUNNING' });

  it('is nothing as long as nothing is known', () => {
    expect(listingRequest(newState())).toStrictEqual({ appId: '', streamNames: [], places: [], announced: [] });
  });

  it('is the streams of all jobs of ours, by the vendor’s word and by the events, each once', () => {
    const state = recordingState();
    addExtraJob(state, otherJob());
    const [begun] = plainEvents();
    takeEvent(state, begun, T0);
    takeEvent(state, { ...begun, streamName: 's_j1_room001_user001_2' }, T0);
    const { appId, streamNames, places } = listingRequest(state);
    expect(streamNames).toEqual(['s_j1_room001_user001', 's_j1_room001_user001_2', 's_j2_room001_user001']);
    expect(appId).toBe('app1');
    expect(places).toBe(state.places);
  });

  it('is no stream that nobody has named', () => {
    const state = recordingState();
    delete jobOf(state)?.streamName;
    expect(listingRequest(state).streamNames).toEqual([]);
  });

  it('is a missing file but once in one look', () => {
    const state = announced(keysOf(1_500));
    const first = listingRequest(state).announced;
    const second = listingRequest(state, new Set(first.map(placeOf))).announced;
    expect(first).toHaveLength(1_000);
    expect(second).toHaveLength(500);
    expect(new Set([...first, ...second].map(placeOf)).size).toBe(1_500);
  });

  it('is one seen file of each kind in each bucket, before all that are missing', () => {
    const state = recordingState();
    for (const obsBucket of ['one', 'two']) {
      for (const obsObject of ['a.v2/1.mp4', 'a.v2/2.mp4', 'b.v3/3.mp4', 'a.m3u8']) {
        takeEvent(state, { ...fileEvent, obsBucket, obsObject }, T0);
      }
    }
    const request = listingRequest(state);
    noteListing(state, request, listingOf(request, ['a.v2/1.mp4', 'a.v2/2.mp4', 'b.v3/3.mp4', 'a.m3u8']));
    for (const obsObject of keysOf(1_000)) takeEvent(state, { ...fileEvent, obsObject }, T0);
    const places = listingRequest(state).announced.map(placeOf);
    expect(places.filter((place) => !place.startsWith('obsName/'))).toEqual([
      'one/a.v2/1.mp4',
      'one/a.m3u8',
      'two/a.v2/1.mp4',
      'two/a.m3u8',
    ]);
  });

  it('is ten files that were seen, of however many kinds, where there is no room for more', () => {
    const state = recordingState();
    const kinds = Array.from({ length: 12 }, (_, n) => `a.kind${n}`);
    for (const obsObject of kinds) takeEvent(state, { ...fileEvent, obsObject }, T0);
    look(state, kinds);
    for (const obsObject of keysOf(1_000)) takeEvent(state, { ...fileEvent, obsObject }, T0);
    const asked = listingRequest(state).announced.filter(({ object }) => kinds.includes(object));
    expect(asked).toHaveLength(10);
  });

  it('counts the files of a second job of ours as well, once they are announced', () => {
    const state = recordingState();
    addExtraJob(state, otherJob());
    look(state, []);
    expect(announcedCount(state)).toBe(0);
    takeEvent(state, plainEvents('j2')[1], T0);
    look(state, ['Record/s_j2_room001_user001_0.mp4']);
    expect(seenCount(state)).toBe(1);
    expect(announcedCount(state)).toBe(1);
  });
});

describe('a look at the bucket', () => {
  it('asks for each announced file, in as many listings as it takes, each small enough', () => {
    const keys = keysOf(3_500, 400);
    const { requests } = look(announced(keys), keys);
    expect(new Set(requests.flatMap((request) => request.announced.map(({ object }) => object)))).toEqual(
      new Set(keys),
    );
    expect(requests.length).toBeLessThan(10);
    for (const request of requests) {
      expect(request.announced.length).toBeLessThanOrEqual(ASKED_AT_ONCE.entries);
      expect(bytesOf(request)).toBeLessThan(1024 * 1024);
    }
  });

  it('tells seen from missing, and names what is missing', () => {
    const keys = keysOf(2_500);
    const gone = keys.filter((_, n) => n % 500 === 7);
    const state = announced(keys);
    const { listing } = look(
      state,
      keys.filter((key) => !gone.includes(key)),
    );
    expect(seenCount(state)).toBe(2_495);
    expect(unseenPlaces(state)).toEqual(gone.map((key) => `obsName/${key}`));
    const result = buildResult(state, listing);
    expect(result.outcome).toBe('partial');
    expect(result.warnings).toEqual(gone.map((key) => `Announced, but not in the bucket: obsName/${key}`));
  });

  it('counts a file once, however often it is announced and seen', () => {
    const keys = keysOf(3);
    const state = announced([...keys, ...keys]);
    look(state, keys);
    for (const obsObject of keys) takeEvent(state, { ...fileEvent, obsObject, recordDuration: 99 }, T0);
    look(state, keys);
    expect(announcedCount(state)).toBe(3);
    expect([...announcedFiles(state).values()].map(({ duration }) => duration)).toEqual([99, 99, 99]);
  });

  it('always has a seen file of each kind in its request: that is how the others are found', () => {
    const state = announced(['Record/hls/a.m3u8', ...keysOf(5)]);
    look(state, ['Record/hls/a.m3u8', ...keysOf(5)]);
    for (const obsObject of keysOf(1_500, 130)) takeEvent(state, { ...fileEvent, obsObject }, T0);
    const objects = listingRequest(state).announced.map(({ object }) => object);
    expect(objects).toContain('Record/hls/a.m3u8');
    expect(objects).toContain(keysOf(1)[0]);
    expect(objects).toHaveLength(1_000);
  });
});
