import { streamNameOf } from '../contract/event.js';
import { cut, RESULT_LIMITS } from '../contract/limits.js';
import { present } from '../contract/present.js';
import type { RecordedFile, RecordingResult } from '../contract/result.js';
import type { AnnouncedFile, Job, Listing } from '../contract/activityTypes.js';
import { announcedFiles, pathOf, foundCount, missingPaths } from './announcedFiles.js';
import type { InspectedListing } from './inspectFiles.js';
import { gapsOf, isGivenUp, partsOf } from './parts.js';
import {
  unidentifiedJobs,
  isEndConfirmed,
  jobOf,
  eventsOf,
  eventsOfOurJobs,
  ourJobs,
  type JobEvents,
  type RecordingState,
} from './state.js';

export function isSettled(state: RecordingState, listing: Listing): boolean {
  return isEndConfirmed(state) && isComplete(state, listing);
}

/** Whether every job's end was reported and the listed files are those that were announced, at least one. */
export function isComplete(state: RecordingState, listing: Listing): boolean {
  return (
    ourJobs(state).every((job) => isEarlierPart(state, job) || isJobComplete(state, job)) &&
    unidentifiedJobs(state).length === 0 &&
    foundCount(state) > 0 &&
    missingPaths(state).length === 0 &&
    listing.fileCount <= foundCount(state)
  );
}

/** The file that was open when it broke off is not awaited any more. */
function isEarlierPart({ parts }: RecordingState, { jobId }: Job): boolean {
  return parts.some(({ job }) => job.jobId === jobId);
}

/** Its end was reported by an event, or by SparkRTC itself, and every file that it started is complete. */
function isJobComplete(state: RecordingState, { jobId, state: jobState }: Job): boolean {
  const { ended, openFiles = [] }: Partial<JobEvents> = eventsOf(state, jobId) ?? {};
  return (ended === true || jobState === 'STOPPED') && openFiles.length === 0;
}

/** @param listing absent if the recording ended before it had a job */
export function buildResult(state: RecordingState, listing?: InspectedListing): RecordingResult {
  const { appId, ruleId, missingDropped } = state;
  const { jobId, jobUniqueId, streamName, startTime, stopTime, stopReason }: Partial<Job> = jobOf(state) ?? {};
  const { files = [], fileCount = 0, totalSize = 0 } = listing ?? {};
  const announced = announcedFiles(state);
  const described = files.map((file) => withAnnouncedDetails(file, announced, jobOfFile(state, file)));
  // A file that was announced after the listing may be in it.
  const listed = new Set(files.flatMap((file) => [pathOf(file), pathOf({ object: file.object })]));
  const missing = missingPaths(state).flatMap((path) => (listed.has(path) ? [] : (announced.get(path) ?? [])));
  const parts = partsOf(state, described);
  const broken = parts.filter((part) => part.stopReason === 'INTERNAL_ERROR');
  const expected = eventsOfOurJobs(state).some(({ fileStarted, unnamedFile }) => fileStarted || unnamedFile);
  const lost = missing.length > 0 || missingDropped > 0 || (fileCount === 0 && expected);

  const unplayable = described.filter(({ media }) => media?.playable === false);

  const outcome =
    broken.length > 0 || lost || unplayable.length > 0 ? 'partial' : fileCount === 0 ? 'empty' : 'recorded';
  const warnings = [
    ...state.warnings,
    ...(listing?.warnings ?? []),
    ...broken.map(
      (part) => `SparkRTC ended job ${part.jobId} with INTERNAL_ERROR: the end of its recording may be missing.`,
    ),
    ...(isGivenUp(state) ? ['SparkRTC broke off too many jobs in a row: the recording was not continued.'] : []),
    ...(missingDropped > 0 ? [`${missingDropped} more files were announced than could be tracked by name.`] : []),
    ...missing.map((file) => `Announced, but not in the bucket: ${file.bucket ?? '(unknown bucket)'}/${file.object}`),
    ...unplayable.map((file) => `${pathOf(file)} cannot be played: ${file.media?.reason}.`),
    ...described.flatMap((file) => differences(file, announced)),
    ...uncheckedFiles(state, listing),
    ...(lost && missing.length === 0 && missingDropped === 0
      ? ['A file was started, but none was announced by name and none was found in the bucket.']
      : []),
    ...(outcome === 'empty' ? reasonsForNoFile(state) : unconfirmedResolution(state)),
  ];
  return {
    outcome,
    endedBy: state.stopRequested?.by ?? (state.job.status === 'ended' ? state.job.by : 'reconciliation'),
    files: cut(described, RESULT_LIMITS.files),
    parts,
    gaps: gapsOf(state),
    fileCount,
    totalSize,
    warnings: shown(warnings),
    ...present({ appId, ruleId, jobId, jobUniqueId, streamName, startTime, stopTime, stopReason }),
  };
}

/** A service that ignores the older dialect's `resolution` does not repeat it. */
function unconfirmedResolution({ job, settings }: RecordingState): string[] {
  const resolution = settings?.resolution;
  return !('job' in job) || resolution === undefined || job.job.resolution === resolution
    ? []
    : [`SparkRTC did not confirm the resolution ${resolution}: the files may have another.`];
}

export function withWarning(result: RecordingResult, warning: string): RecordingResult {
  return { ...result, warnings: shown([...result.warnings, warning]) };
}

function reasonsForNoFile({ job, settings }: RecordingState): string[] {
  if (!('job' in job) || !settings) return [];
  const { jobId, stopReason } = job.job;
  if (job.wasRunning) return [`Job ${jobId} was running, but no file was announced and none was found in the bucket.`];
  const { userId, roomId, maxIdleTime } = settings;
  const reason =
    stopReason === 'EXCEED_MAX_IDLE_TIME'
      ? `the room was empty for maxIdleTime (${maxIdleTime} s)`
      : 'the job was still waiting when it was stopped';
  return [`${userId} did not publish in ${roomId}: ${reason}.`];
}

/** The vendor may round sizes and durations. */
const SIZE_TOLERANCE = 0.01;
const DURATION_TOLERANCE = 0.05;
const SECONDS_TOLERANCE = 2;

/** What the file has, and what was announced. */
function differences(file: RecordedFile, announced: ReadonlyMap<string, AnnouncedFile>): string[] {
  const { format, size, duration, media } = file;
  const { fileSize = size } = announcementOf(file, announced);
  const differs = (found: number, expected: number, tolerance: number) =>
    Math.abs(found - expected) > tolerance * expected;
  const warnings: string[] = [];
  // 0: unknown.
  if (format !== 'HLS' && fileSize > 0 && differs(size, fileSize, SIZE_TOLERANCE)) {
    warnings.push(`${pathOf(file)} has ${size} bytes, but ${fileSize} were announced.`);
  }
  const seconds = media?.duration;
  if (seconds === undefined || duration === undefined || Math.abs(seconds - duration) <= SECONDS_TOLERANCE) {
    return warnings;
  }
  if (!differs(seconds, duration, DURATION_TOLERANCE)) return warnings;
  return [...warnings, `${pathOf(file)} lasts ${seconds} s, but ${duration} s were announced.`];
}

/** Not a reason to call the recording incomplete. */
function uncheckedFiles({ settings }: RecordingState, listing?: InspectedListing): string[] {
  if (!listing || !settings?.checkMedia) return [];
  const { files, fileCount, unchecked } = listing;
  const left = fileCount - files.length;
  return [
    ...(unchecked ? [`Whether ${unchecked.count} of the files can be played is unknown: ${unchecked.reason}`] : []),
    ...(left > 0 ? [`Whether the last ${left} of the files can be played was not checked.`] : []),
  ];
}

/** The job whose stream the key names; the only job, whatever the key is. */
function jobOfFile(state: RecordingState, { object }: RecordedFile): string | undefined {
  const [job, ...others] = ourJobs(state);
  if (others.length === 0) return job?.jobId;
  const { roomId = '', userId = '' } = state.settings ?? {};
  return ourJobs(state).find(({ jobId, streamName = streamNameOf(jobId, roomId, userId) }) =>
    object.includes(streamName),
  )?.jobId;
}

/** Adds what only the event has, and the job. */
function withAnnouncedDetails(
  file: RecordedFile,
  announced: ReadonlyMap<string, AnnouncedFile>,
  byName?: string,
): RecordedFile {
  const { jobId = byName, duration, startTime, endTime, width, height } = announcementOf(file, announced);
  return { ...file, ...present({ jobId, duration, startTime, endTime, width, height }) };
}

function announcementOf(file: RecordedFile, announced: ReadonlyMap<string, AnnouncedFile>): Partial<AnnouncedFile> {
  return announced.get(pathOf(file)) ?? announced.get(pathOf({ object: file.object })) ?? {};
}

function shown(warnings: string[]): string[] {
  const some = cut(warnings, RESULT_LIMITS.warnings);
  if (some.length === warnings.length) return warnings;
  return [...some.slice(0, -1), `${warnings.length - some.length + 1} more warnings are left out.`];
}
