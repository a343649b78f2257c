import { cut } from '../contract/limits.js';
import type { RecordingEvent } from '../contract/event.js';
import type { AnnouncedFile, Listing, ListingRequest } from '../contract/activityTypes.js';
import { newsOf, ourJobs, type FileDetails, type JobNews, type RecordingState } from './state.js';

/*
 * The files that the events announced, and which of them were seen in the bucket. A recording of days has thousands of them, so that the bucket
 * is looked at now and then: what was seen need not be asked for again, and need not be carried for ever.
 */

/** One listing is asked for so many announced files at most. */
export const ASKED_AT_ONCE = { entries: 1_000, bytes: 512 * 1024 };

/** Keys end in `.mp4` or `.m3u8`, and a recording has one bucket, or two when its template was changed. */
const MAX_TEACHERS = 10;

export function announce(state: RecordingState, news: JobNews, event: RecordingEvent): void {
  if (!event.obsObject) {
    news.unnamedFile = true;
    return;
  }
  const details: FileDetails = {
    ...(event.recordFormat && { format: event.recordFormat }),
    ...(event.recordDuration !== undefined && { duration: event.recordDuration }),
    ...(event.startTime && { startTime: event.startTime }),
    ...(event.endTime && { endTime: event.endTime }),
    ...(event.width !== undefined && { width: event.width }),
    ...(event.height !== undefined && { height: event.height }),
  };
  const place = placeOf({ object: event.obsObject, ...(event.obsBucket && { bucket: event.obsBucket }) });
  const files = place in state.seen ? state.seen : news.announced;
  const known = files[place];
  // A playlist may be announced again when it has grown; the longest is the last, whatever order the events came in.
  if (!known || (details.duration ?? 0) > (known.duration ?? 0)) files[place] = details;
}

/** The files announced for all of our jobs whose names are still kept, by their place. */
export function announcedFiles(state: RecordingState): Map<string, AnnouncedFile> {
  return new Map(
    [...Object.entries(state.seen), ...unseen(state)].map(([place, file]) => [place, fileAt(place, file)]),
  );
}

/** The places of the files that no listing has shown yet. */
export function unseenPlaces(state: RecordingState): string[] {
  return unseen(state).map(([place]) => place);
}

/** The number of {@link unseenPlaces}; cheap, because it is read with each event. */
export function unseenCount(state: RecordingState): number {
  return ourJobs(state).reduce((sum, { jobId }) => sum + Object.keys(newsOf(state, jobId)?.announced ?? {}).length, 0);
}

/** How many announced files were seen. */
export function seenCount(state: RecordingState): number {
  return Object.keys(state.seen).length + state.seenUnkept;
}

/** How many files were announced in all. */
export function announcedCount(state: RecordingState): number {
  return seenCount(state) + unseenCount(state) + state.unseenUnkept;
}

/**
 * What is to be looked for in the bucket. Where there are too many files for one listing, those that were never seen are asked for before those that
 * were; but some of these are always among them, because they teach where the files lie.
 * @param asked places that this look has asked for already
 */
export function listingRequest(state: RecordingState, asked: ReadonlySet<string> = new Set()): ListingRequest {
  const streamNames = ourJobs(state).flatMap((job) => [
    ...(job.streamName === undefined ? [] : [job.streamName]),
    ...(newsOf(state, job.jobId)?.streamNames ?? []),
  ]);
  const wanted = unseenPlaces(state).filter((place) => !asked.has(place));
  const seen = Object.keys(state.seen);
  const places = cut([...new Set([...teachers(seen), ...wanted, ...seen])], ASKED_AT_ONCE);
  return {
    appId: state.appId ?? '',
    streamNames: [...new Set(streamNames)],
    places: state.places,
    announced: places.map((place) => fileAt(place, {})),
  };
}

/** Takes in which of the files that were asked for a listing has shown. */
export function noteListing(state: RecordingState, request: ListingRequest, listing: Listing): void {
  const missing = new Set(listing.missing);
  const news = ourJobs(state).flatMap((job) => newsOf(state, job.jobId) ?? []);
  request.announced.forEach((file, index) => {
    if (missing.has(index)) return;
    const place = placeOf(file);
    for (const { announced } of news) {
      const details = announced[place];
      if (!details) continue;
      state.seen[place] = details;
      delete announced[place];
    }
  });
}

function unseen(state: RecordingState): [string, FileDetails][] {
  return ourJobs(state).flatMap((job) => Object.entries(newsOf(state, job.jobId)?.announced ?? {}));
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

export function placeOf({ bucket, object }: Pick<AnnouncedFile, 'bucket' | 'object'>): string {
  return `${bucket ?? ''}/${object}`;
}

function fileAt(place: string, details: FileDetails): AnnouncedFile {
  const slash = place.indexOf('/');
  const bucket = place.slice(0, slash);
  return { ...(bucket && { bucket }), object: place.slice(slash + 1), ...details };
}
