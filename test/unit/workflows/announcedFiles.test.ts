import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../../src/contract/limits.js';
import {
  announcedCount,
  announcedFiles,
  PATHS_PER_LISTING,
  listingRequest,
  applyListing,
  pathOf,
  foundCount,
  missingPaths,
} from '../../../src/workflows/announcedFiles.js';
import { takeEvent } from '../../../src/workflows/events.js';
import { buildResult } from '../../../src/workflows/result.js';
import { jobOf, newState } from '../../../src/workflows/state.js';
import { givenJob, plainEvents, recordingState, T0 } from '../../support/given.js';
import { announced, fileEvent, keysOf, listingOf, applyListings } from '../../support/listings.js';

describe('an announced file', () => {
  const complete = { eventType: 'RECORD_FILE_COMPLETE', jobId: 'j1', obsBucket: 'obsName', obsObject: 'a.mp4' };
  const afterEvents = (...events: object[]) => {
    const state = recordingState();
    for (const event of events) takeEvent(state, { ...complete, ...event }, T0);
    return [...announcedFiles(state).values()];
  };

  it('has what its event reports', () => {
    const reported = {
      duration: 60.5,
      startTime: '2026-01-01T12:00:00Z',
      endTime: '2026-01-01T12:01:00Z',
      width: 1280,
      height: 720,
    };
    const { duration, ...rest } = reported;
    expect(afterEvents({ ...rest, recordDuration: duration, recordFormat: 'MP4' })).toStrictEqual([
      { bucket: 'obsName', object: 'a.mp4', jobId: 'j1', format: 'MP4', ...reported },
    ]);
  });

  it('has no field, and no bucket, that its event does not report', () => {
    expect(afterEvents({ obsBucket: undefined, obsObject: 'Record/a.mp4' })).toStrictEqual([
      { object: 'Record/a.mp4', jobId: 'j1' },
    ]);
  });

  it.each<[string, (number | undefined)[], number | undefined]>([
    ['it grows', [20, 99], 99],
    ['the longest comes first', [99, 20], 99],
    ['the longest comes between', [20, 99, 50], 99],
    ['its length is reported only later', [undefined, 20], 20],
    ['its length was reported before', [20, undefined], 20],
    ['its length is never reported', [undefined, undefined], undefined],
  ])('that is announced again has its greatest length: %s', (_what, durations, greatest) => {
    const files = afterEvents(...durations.map((recordDuration) => ({ recordDuration })));
    expect(files).toEqual([{ bucket: 'obsName', object: 'a.mp4', jobId: 'j1', duration: greatest }]);
  });

  it('loses nothing by a repetition that reports less', () => {
    expect(afterEvents({ recordDuration: 60, width: 1280 }, { recordDuration: 60 })).toMatchObject([{ width: 1280 }]);
  });
});

describe('the request for a listing', () => {
  const otherJob = () => ({ ...givenJob('j2'), state: 'RUNNING' });

  it('is empty as long as nothing is known', () => {
    expect(listingRequest({ ...newState(), appId: 'app1' })).toStrictEqual({
      appId: 'app1',
      streamNames: [],
      outputLocations: [],
      announced: [],
    });
  });

  it('has each stream of our jobs once, from responses and from events', () => {
    const state = recordingState();
    state.extraJobs.push(otherJob());
    const [begun] = plainEvents();
    takeEvent(state, begun, T0);
    takeEvent(state, { ...begun, streamName: 's_j1_room001_user001_2' }, T0);
    const { appId, streamNames, outputLocations } = listingRequest(state);
    expect(streamNames).toEqual(['s_j1_room001_user001', 's_j1_room001_user001_2', 's_j2_room001_user001']);
    expect(appId).toBe('app1');
    expect(outputLocations).toBe(state.outputLocations);
  });

  it('has the documented name of a stream that no response and no event has named', () => {
    const state = recordingState();
    delete jobOf(state)?.streamName;
    expect(listingRequest(state).streamNames).toEqual(['s_j1_room001_user001']);
    takeEvent(state, { eventType: 'RECORD_NEW_FILE_START', jobId: 'j1', streamName: 'another' }, T0);
    expect(listingRequest(state).streamNames).toEqual(['another']);
  });

  it.each(['Record/a b.mp4', '/Record/a b.mp4', 'Record/a%20b.mp4', '/Record/a%20b.mp4'])(
    'has the key of a file that is announced as %s',
    (obsObject) => {
      const state = recordingState();
      takeEvent(state, { ...fileEvent, obsObject }, T0);
      expect(listingRequest(state).announced).toEqual([{ bucket: 'obsName', object: 'Record/a b.mp4' }]);
    },
  );

  it('has a key with a percent sign of its own as it is', () => {
    const state = recordingState();
    takeEvent(state, { ...fileEvent, obsObject: 'Record/100%.mp4' }, T0);
    expect(listingRequest(state).announced).toEqual([{ bucket: 'obsName', object: 'Record/100%.mp4' }]);
  });

  it('has each missing file once in one round of listings', () => {
    const state = announced(keysOf(1_500));
    const first = listingRequest(state).announced;
    const second = listingRequest(state, new Set(first.map(pathOf))).announced;
    expect(first).toHaveLength(1_000);
    expect(second).toHaveLength(500);
    expect(new Set([...first, ...second].map(pathOf)).size).toBe(1_500);
  });

  it('has one found file of each kind in each bucket first, then all missing files', () => {
    const state = recordingState();
    for (const obsBucket of ['one', 'two']) {
      for (const obsObject of ['a.v2/1.mp4', 'a.v2/2.mp4', 'b.v3/3.mp4', 'a.m3u8']) {
        takeEvent(state, { ...fileEvent, obsBucket, obsObject }, T0);
      }
    }
    const request = listingRequest(state);
    applyListing(state, request, listingOf(request, ['a.v2/1.mp4', 'a.v2/2.mp4', 'b.v3/3.mp4', 'a.m3u8']));
    for (const obsObject of keysOf(1_000)) takeEvent(state, { ...fileEvent, obsObject }, T0);
    const outputLocations = listingRequest(state).announced.map(pathOf);
    expect(outputLocations.filter((place) => !place.startsWith('obsName/'))).toEqual([
      'one/a.v2/1.mp4',
      'one/a.m3u8',
      'two/a.v2/1.mp4',
      'two/a.m3u8',
    ]);
  });

  it('has at most ten found files, of however many kinds, if there is no room for more', () => {
    const state = recordingState();
    const kinds = Array.from({ length: 12 }, (_, n) => `a.kind${n}`);
    for (const obsObject of kinds) takeEvent(state, { ...fileEvent, obsObject }, T0);
    applyListings(state, kinds);
    for (const obsObject of keysOf(1_000)) takeEvent(state, { ...fileEvent, obsObject }, T0);
    const asked = listingRequest(state).announced.filter(({ object }) => kinds.includes(object));
    expect(asked).toHaveLength(10);
  });

  it('also counts the files of a second job of ours, once they are announced', () => {
    const state = recordingState();
    state.extraJobs.push(otherJob());
    applyListings(state, []);
    expect(announcedCount(state)).toBe(0);
    takeEvent(state, plainEvents('j2')[1], T0);
    applyListings(state, ['Record/s_j2_room001_user001_0.mp4']);
    expect(foundCount(state)).toBe(1);
    expect(announcedCount(state)).toBe(1);
  });
});

describe('a listing of the bucket', () => {
  it('requests each announced file, in as many small listings as needed', () => {
    const keys = keysOf(3_500, 400);
    const { requests } = applyListings(announced(keys), keys);
    expect(new Set(requests.flatMap((request) => request.announced.map(({ object }) => object)))).toEqual(
      new Set(keys),
    );
    expect(requests.length).toBeLessThan(10);
    for (const request of requests) {
      expect(request.announced.length).toBeLessThanOrEqual(PATHS_PER_LISTING.entries);
      expect(bytesOf(request)).toBeLessThan(1024 * 1024);
    }
  });

  it('distinguishes found from missing files, and names what is missing', () => {
    const keys = keysOf(2_500);
    const gone = keys.filter((_, n) => n % 500 === 7);
    const state = announced(keys);
    const { listing } = applyListings(
      state,
      keys.filter((key) => !gone.includes(key)),
    );
    expect(foundCount(state)).toBe(2_495);
    expect(missingPaths(state)).toEqual(gone.map((key) => `obsName/${key}`));
    const result = buildResult(state, listing);
    expect(result.outcome).toBe('partial');
    expect(result.warnings).toEqual(gone.map((key) => `Announced, but not in the bucket: obsName/${key}`));
  });

  it('counts a file once, however often it is announced and found', () => {
    const keys = keysOf(3);
    const state = announced([...keys, ...keys]);
    applyListings(state, keys);
    for (const obsObject of keys) takeEvent(state, { ...fileEvent, obsObject, recordDuration: 99 }, T0);
    applyListings(state, keys);
    expect(announcedCount(state)).toBe(3);
    expect([...announcedFiles(state).values()].map(({ duration }) => duration)).toEqual([99, 99, 99]);
  });

  it('always requests a found file of each kind: it reveals where the others are', () => {
    const state = announced(['Record/hls/a.m3u8', ...keysOf(5)]);
    applyListings(state, ['Record/hls/a.m3u8', ...keysOf(5)]);
    for (const obsObject of keysOf(1_500, 130)) takeEvent(state, { ...fileEvent, obsObject }, T0);
    const objects = listingRequest(state).announced.map(({ object }) => object);
    expect(objects).toContain('Record/hls/a.m3u8');
    expect(objects).toContain(keysOf(1)[0]);
    expect(objects).toHaveLength(1_000);
  });
});
