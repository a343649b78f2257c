import type { ListingRequest } from '../../src/contract/activityTypes.js';
import { listingRequest, applyListing, missingPaths } from '../../src/workflows/announcedFiles.js';
import { takeEvent } from '../../src/workflows/events.js';
import type { RecordingState } from '../../src/workflows/state.js';
import { plainEvents, recordingState, T0 } from './given.js';

export const fileEvent = plainEvents()[1];

export function announced(keys: string[]): RecordingState {
  const state = recordingState();
  for (const obsObject of keys) takeEvent(state, { ...fileEvent, obsObject }, T0);
  return state;
}

export const keysOf = (files: number, length = 120) =>
  Array.from({ length: files }, (_, n) => `Record/${String(n).padStart(length - 11, '0')}.mp4`);

/** The response of a bucket with these keys. */
export function listingOf(request: ListingRequest, bucket: readonly string[]) {
  const present = new Set(bucket);
  return {
    files: bucket.map((object) => ({ bucket: 'obsName', object, format: 'MP4', size: 1 })),
    fileCount: bucket.length,
    totalSize: bucket.length,
    missing: request.announced.flatMap(({ object }, index) => (present.has(object) ? [] : [index])),
    warnings: [],
  };
}

/** Lists as `listFiles` does; one that does not come to its end fails. */
export function applyListings(state: RecordingState, bucket: readonly string[]) {
  const asked = new Set<string>();
  const requests: ListingRequest[] = [];
  while (requests.length < 100) {
    const request = listingRequest(state, asked);
    const listing = listingOf(request, bucket);
    applyListing(state, request, listing);
    requests.push(request);
    for (const file of request.announced) asked.add(`${file.bucket ?? ''}/${file.object}`);
    if (missingPaths(state).every((place) => asked.has(place))) return { listing, requests };
  }
  throw new Error('not all files were asked for in 100 listings');
}
