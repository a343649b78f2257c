import { cut } from '../contract/limits.js';
import { streamNameOf, type RecordingEvent } from '../contract/event.js';
import type { AnnouncedFile, Listing, ListingRequest } from '../contract/activityTypes.js';
import { present } from '../contract/present.js';
import {
  appIdOf,
  eventsOf,
  eventsOfOurJobs,
  ourJobs,
  type FileDetails,
  type JobEvents,
  type RecordingState,
} from './state.js';

/* The files that the events announced, by their path `bucket/object`, and which of them a listing has found. */

/** How many announced files one listing looks for. */
export const PATHS_PER_LISTING = { entries: 1_000, bytes: 512 * 1024 };

/**
 * A start within this time after one whose file is still open is a repeated event: well below the vendor's shortest
 * `record_cycle`, 60 s.
 */
const REPEATED_WITHIN = 30_000;

/** One of each format, and the next of each; whatever events claim, the state must stay small. */
const MAX_OPEN_FILES = 10;

/** Keys end in `.mp4` or `.m3u8`, and a recording has one bucket, or two if its template was changed. */
const MAX_SAMPLES = 10;

export function announce(state: RecordingState, events: JobEvents, event: RecordingEvent): void {
  const { obsBucket, obsObject, recordFormat, fileSize, recordDuration, startTime, endTime, width, height } = event;
  if (!obsObject) {
    events.unnamedFile = true;
    completeFile(events, recordFormat);
    return;
  }
  const details = present({
    jobId: events.jobId,
    format: recordFormat,
    fileSize,
    duration: recordDuration,
    startTime,
    endTime,
    width,
    height,
  });
  const path = pathOf({ bucket: obsBucket, object: keyOf(obsObject) });
  const files = path in state.found ? state.found : events.missing;
  const known = files[path];
  // A playlist that has grown may be announced again: the longest is the latest, in whatever order the events come.
  if (known && (details.duration ?? 0) <= (known.duration ?? 0)) return;
  files[path] = details;
  completeFile(events, recordFormat);
}

/** The next file may start before the event of the complete one arrives; a repeated start looks the same. */
export function startFile(events: JobEvents, format = '', now: number): void {
  const open = events.openFiles ?? [];
  const isRepeated = open.some((file) => file.format === format && now - file.startedAt < REPEATED_WITHIN);
  events.openFiles = isRepeated ? open : [...open, { format, startedAt: now }].slice(-MAX_OPEN_FILES);
}

/** Files of one format are completed in the order of their starts; an event may lack the format. */
function completeFile(events: JobEvents, format = ''): void {
  const open = events.openFiles ?? [];
  const index = open.findIndex((file) => format === '' || file.format === '' || file.format === format);
  events.openFiles = open.filter((_, other) => other !== index);
}

export function announcedFiles(state: RecordingState): Map<string, AnnouncedFile> {
  const missing = eventsOfOurJobs(state).flatMap((events) => Object.entries(events.missing));
  return new Map([...Object.entries(state.found), ...missing].map(([path, details]) => [path, fileOf(path, details)]));
}

/** The announced files that no listing has shown yet. */
export function missingPaths(state: RecordingState): string[] {
  return eventsOfOurJobs(state).flatMap((events) => Object.keys(events.missing));
}

export function foundCount(state: RecordingState): number {
  return Object.keys(state.found).length + state.foundDropped;
}

export function announcedCount(state: RecordingState): number {
  return foundCount(state) + missingPaths(state).length + state.missingDropped;
}

/**
 * Some found files come first: they reveal where the others are. `requested` were looked for in this round already.
 */
export function listingRequest(state: RecordingState, requested: ReadonlySet<string> = new Set()): ListingRequest {
  const { roomId = '', userId = '' } = state.settings ?? {};
  const streamNames = ourJobs(state).flatMap(({ jobId, streamName }) => {
    const known = [streamName, ...(eventsOf(state, jobId)?.streamNames ?? [])].filter((name) => name !== undefined);
    return known.length > 0 ? known : [streamNameOf(jobId, roomId, userId)];
  });
  const missing = missingPaths(state).filter((path) => !requested.has(path));
  const found = Object.keys(state.found);
  const paths = cut([...new Set([...samplePaths(found), ...missing, ...found])], PATHS_PER_LISTING);
  return {
    appId: appIdOf(state),
    streamNames: [...new Set(streamNames)],
    outputLocations: state.outputLocations,
    announced: paths.map((path) => fileOf(path, {})),
    ...(state.learned && { learned: state.learned }),
  };
}

export function applyListing(state: RecordingState, request: ListingRequest, listing: Listing): void {
  if (listing.learned && listing.learned.length > 0) state.learned = listing.learned;
  const missing = new Set(listing.missing);
  const jobEvents = eventsOfOurJobs(state);
  for (const path of request.announced.filter((_, index) => !missing.has(index)).map(pathOf)) {
    for (const events of jobEvents) {
      const details = events.missing[path];
      if (!details) continue;
      state.found[path] = details;
      delete events.missing[path];
    }
  }
}

function samplePaths(paths: string[]): string[] {
  const samples = new Map<string, string>();
  for (const path of paths) {
    const kind = path.slice(0, path.indexOf('/')) + path.slice(path.lastIndexOf('.'));
    if (!samples.has(kind)) samples.set(kind, path);
  }
  return [...samples.values()].slice(0, MAX_SAMPLES);
}

/** The key without the leading slash and the percent-encoding that an event may have. */
function keyOf(obsObject: string): string {
  const key = obsObject.replace(/^\/+/, '');
  try {
    return decodeURIComponent(key);
  } catch {
    // It contains a percent sign of its own.
    return key;
  }
}

export function pathOf({ bucket = '', object }: { bucket?: string | undefined; object: string }): string {
  return `${bucket}/${object}`;
}

function fileOf(path: string, details: FileDetails): AnnouncedFile {
  const slash = path.indexOf('/');
  const bucket = path.slice(0, slash);
  return { ...(bucket && { bucket }), object: path.slice(slash + 1), ...details };
}
