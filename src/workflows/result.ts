import { cut, RESULT_LIMITS } from '../contract/limits.js';
import { present } from '../contract/present.js';
import type { RecordedFile, RecordingResult } from '../contract/result.js';
import type { AnnouncedFile, Job, Listing } from '../contract/activityTypes.js';
import { announcedFiles, placeOf, seenCount, unseenCount, unseenPlaces } from './announcedFiles.js';
import { candidates, isEndConfirmed, jobOf, newsOf, newsOfOurJobs, ourJobs, type RecordingState } from './state.js';

/* Is it over, which files are there, which are missing: pure decisions on what a run knows. */

/** Is there nothing left to wait for? The files are complete, and the reason of the end is known. */
export function isSettled(state: RecordingState, listing: Listing): boolean {
  return isEndConfirmed(state) && isComplete(state, listing);
}

/**
 * Every job of ours is reported to have ended, something was recorded, and what is listed is what was announced. A file
 * that is listed but not announced is worth waiting for as well: its event has its length and size.
 */
export function isComplete(state: RecordingState, listing: Listing): boolean {
  return (
    ourJobs(state).every((job) => newsOf(state, job.jobId)?.over) &&
    candidates(state).length === 0 &&
    seenCount(state) > 0 &&
    unseenCount(state) === 0 &&
    listing.fileCount <= seenCount(state)
  );
}

/** The result of a recording whose job is over, or which ended before it had one (no listing then). */
export function buildResult(state: RecordingState, listing?: Listing): RecordingResult {
  const { appId, ruleId, unseenUnkept: unkept } = state;
  const { jobId, jobUniqueId, streamName, startTime, stopTime, stopReason }: Partial<Job> = jobOf(state) ?? {};
  const { files = [], fileCount = 0, totalSize = 0 } = listing ?? {};
  const announced = announcedFiles(state);
  const described = files.map((file) => withAnnouncedDetails(file, announced));
  // One that was announced since the listing may be in it all the same.
  const listed = new Set(files.flatMap((file) => [placeOf(file), placeOf({ object: file.object })]));
  const missing = unseenPlaces(state).flatMap((place) => (listed.has(place) ? [] : (announced.get(place) ?? [])));
  const broken = stopReason === 'INTERNAL_ERROR';
  const promised = newsOfOurJobs(state).some(({ begun, unnamedFile }) => begun || unnamedFile);
  const lost = missing.length > 0 || unkept > 0 || (fileCount === 0 && promised);

  const warnings = [
    ...state.warnings,
    ...(listing?.warnings ?? []),
    ...(broken ? ['The vendor ended the job with INTERNAL_ERROR: the end of the recording may be missing.'] : []),
    ...(unkept > 0 ? [`${unkept} more files were announced than could be looked for one by one.`] : []),
    ...missing.map((file) => `Announced, but not in the bucket: ${file.bucket ?? '(bucket not told)'}/${file.object}`),
    ...(lost && missing.length === 0 && unkept === 0
      ? ['A file was begun, but none was announced by name and none was found in the bucket.']
      : []),
  ];
  return {
    outcome: broken || lost ? 'partial' : fileCount === 0 ? 'empty' : 'recorded',
    endedBy: state.stopRequested?.by ?? (state.job.status === 'ended' ? state.job.by : 'reconciliation'),
    files: cut(described, RESULT_LIMITS.files),
    fileCount,
    totalSize,
    warnings: shown(warnings),
    ...present({ appId, ruleId, jobId, jobUniqueId, streamName, startTime, stopTime, stopReason }),
  };
}

/** What the bucket shows, with what only the announcement tells. */
function withAnnouncedDetails(file: RecordedFile, announced: ReadonlyMap<string, AnnouncedFile>): RecordedFile {
  const { duration, startTime, endTime, width, height }: Partial<AnnouncedFile> =
    announced.get(placeOf(file)) ?? announced.get(placeOf({ object: file.object })) ?? {};
  return { ...file, ...present({ duration, startTime, endTime, width, height }) };
}

function shown(warnings: string[]): string[] {
  const some = cut(warnings, RESULT_LIMITS.warnings);
  if (some.length === warnings.length) return warnings;
  return [...some.slice(0, -1), `${warnings.length - some.length + 1} more warnings are left out.`];
}
