import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../src/recording/cut.js';
import {
  announcedCount,
  announcedFiles,
  ASKED_AT_ONCE,
  carried,
  listingRequest,
  seenCount,
  unseenPlaces,
} from '../../src/workflows/announcements.js';
import { buildResult } from '../../src/workflows/ending.js';
import { takeEvent } from '../../src/workflows/events.js';
import type { RecordingState } from '../../src/workflows/recordingState.js';
import { recordingState, T0 } from './given.js';
import { announced, fileEvent, keysOf, look } from './looks.js';

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

describe('what one run hands on to the next', () => {
  it('changes nothing in the result, wherever the events are cut', () => {
    const keys = keysOf(40);
    const events = fc.shuffledSubarray(keys, { minLength: 1 });
    const cuts = fc.array(fc.tuple(fc.nat(40), fc.boolean()), { maxLength: 5 });
    const bucket = fc.subarray(keys);
    fc.assert(
      fc.property(events, cuts, bucket, (order, runs, there) => {
        const straight = announced(order);
        let state = recordingState();
        order.forEach((obsObject, n) => {
          for (const [at, lookFirst] of runs) {
            if (at !== n) continue;
            if (lookFirst) look(state, there);
            // As Temporal does it: only what JSON can hold comes through.
            state = JSON.parse(JSON.stringify(carried(state))) as RecordingState;
          }
          takeEvent(state, { ...fileEvent, obsObject }, T0);
        });
        const end = buildResult(state, look(state, there).listing);
        const wanted = buildResult(straight, look(straight, there).listing);
        expect({ ...end, warnings: end.warnings.toSorted() }).toEqual({
          ...wanted,
          warnings: wanted.warnings.toSorted(),
        });
      }),
    );
  });
});
