import { cut } from '../contract/limits.js';
import type { RecordingEvent } from '../contract/event.js';
import type { AnnouncedFile, Listing, ListingRequest } from '../contract/activityTypes.js';
import { present } from '../contract/present.js';
import { newsOf, newsOfOurJobs, ourJobs, type FileDetails, type JobNews, type RecordingState } from './state.js';

/*
 * The files that the events announced, and which of them were seen in the bucket. There may be thousands: what was seen
 * need not be looked for again, and need not be carried for ever.
 */

/** One listing looks for so many announced files at most. */
export const ASKED_AT_ONCE = { entries: 1_000, bytes: 512 * 1024 };

/** Keys end in `.mp4` or `.m3u8`, and a recording has one bucket, or two when its template was changed. */
const MAX_TEACHERS = 10;

export function announce(state: RecordingState, news: JobNews, event: RecordingEvent): void {
  const { obsBucket, obsObject, recordFormat, recordDuration, startTime, endTime, width, height } = event;
  if (!obsObject) {
    news.unnamedFile = true;
    return;
  }
  const details = present({ format: recordFormat, duration: recordDuration, startTime, endTime, width, height });
  const place = placeOf({ bucket: obsBucket, object: obsObject });
  const files = place in state.seen ? state.seen : news.announced;
  const known = files[place];
  // A playlist may be announced again when it has grown; the longest is the last, whatever order the events came in.
  if (!known || (details.duration ?? 0) > (known.duration ?? 0)) files[place] = details;
}

/** The files announced for all of our jobs whose names are still kept, by their place. */
export function announcedFiles(state: RecordingState): Map<string, AnnouncedFile> {
  const unseen = newsOfOurJobs(state).flatMap(({ announced }) => Object.entries(announced));
  return new Map([...Object.entries(state.seen), ...unseen].map(([place, file]) => [place, fileAt(place, file)]));
}

/** The places of the files that no listing has shown yet. */
export function unseenPlaces(state: RecordingState): string[] {
  return newsOfOurJobs(state).flatMap(({ announced }) => Object.keys(announced));
}

/** The number of {@link unseenPlaces}; cheap, because it is read with each event. */
export function unseenCount(state: RecordingState): number {
  return newsOfOurJobs(state).reduce((sum, { announced }) => sum + Object.keys(announced).length, 0);
}

export function seenCount(state: RecordingState): number {
  return Object.keys(state.seen).length + state.seenUnkept;
}

export function announcedCount(state: RecordingState): number {
  return seenCount(state) + unseenCount(state) + state.unseenUnkept;
}

/**
 * What is to be looked for in the bucket. Where one listing cannot hold all, files that were never seen come first;
 * but some that were are always among them, because they teach where the files lie.
 * @param asked places that were looked for already
 */
export function listingRequest(state: RecordingState, asked: ReadonlySet<string> = new Set()): ListingRequest {
  const streamNames = ourJobs(state).flatMap(({ jobId, streamName }) => [
    streamName,
    ...(newsOf(state, jobId)?.streamNames ?? []),
  ]);
  const wanted = unseenPlaces(state).filter((place) => !asked.has(place));
  const seen = Object.keys(state.seen);
  const places = cut([...new Set([...teachers(seen), ...wanted, ...seen])], ASKED_AT_ONCE);
  return {
    appId: state.appId ?? '',
    streamNames: [...new Set(streamNames)].filter((name) => name !== undefined),
    places: state.places,
    announced: places.map((place) => fileAt(place, {})),
  };
}

/** Takes in which of the files that were looked for a listing has shown. */
export function noteListing(state: RecordingState, request: ListingRequest, listing: Listing): void {
  const missing = new Set(listing.missing);
  const news = newsOfOurJobs(state);
  for (const place of request.announced.filter((_, index) => !missing.has(index)).map(placeOf)) {
    for (const { announced } of news) {
      const details = announced[place];
      if (!details) continue;
      state.seen[place] = details;
      delete announced[place];
    }
  }
}

/** One file of each kind in each bucket. */
function teachers(places: string[]): string[] {
  const kinds = new Map<string, string>();
  for (const place of places) {
    const kind = place.slice(0, place.indexOf('/')) + place.slice(place.lastIndexOf('.'));
    if (!kinds.has(kind)) kinds.set(kind, place);
  }
  return [...kinds.values()].slice(0, MAX_TEACHERS);
}

export function placeOf({ bucket = '', object }: { bucket?: string | undefined; object: string }): string {
  return `${bucket}/${object}`;
}

function fileAt(place: string, details: FileDetails): AnnouncedFile {
  const slash = place.indexOf('/');
  const bucket = place.slice(0, slash);
  return { ...(bucket && { bucket }), object: place.slice(slash + 1), ...details };
}
