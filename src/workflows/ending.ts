import type { RecordedFile, RecordingResult } from '../recording/result.js';
import { MAX_LISTED } from '../recording/result.js';
import type { AnnouncedFile, Listing, ListingRequest } from '../recording/steps.js';
import { announcedFiles, candidates, newsOf, ourJobs, type RecordingState } from './recordingState.js';

/*
 * Is it over, which files are there, which are missing: pure decisions on what a run knows.
 */

/** After a stop the end is near: asked for after so long, then twice as long each time. */
const FIRST_QUESTION_AFTER_STOP = 5_000;

/** What the vendor's own idle limit may need to take effect. */
const IDLE_LIMIT_GRACE = 10_000;

/** When the recording must be stopped at the latest. */
export function durationLimit(state: RecordingState): number {
  return (state.startedAt ?? Infinity) + (state.settings?.maxDuration ?? Infinity);
}

/** When the vendor is to be asked for the job's state next, if no callback has told the end by then. */
export function nextQuestionAt(state: RecordingState): number {
  const interval = state.settings?.reconcileInterval ?? Infinity;
  const last = Math.max(state.startedAt ?? 0, state.lastReconcile?.at ?? 0);
  if (state.notFoundInARow > 0) return last + Math.min(FIRST_QUESTION_AFTER_STOP, interval);
  if (state.stop) {
    return (
      Math.max(state.stop.sentAt, last) + Math.min(FIRST_QUESTION_AFTER_STOP * 2 ** state.stop.questions, interval)
    );
  }
  const regular = last + interval;
  // A job that was never heard of is asked for once its idle limit has passed, not only after a long interval.
  return heardOf(state) || last > initLimit(state) ? regular : Math.min(regular, initLimit(state) + 1);
}

/** A job in INIT may wait for its publisher until its idle limit; one that the vendor still calls INIT after that never started. */
export function neverStarted(state: RecordingState): boolean {
  const { lastReconcile } = state;
  return lastReconcile?.state === 'INIT' && lastReconcile.at > initLimit(state) && !heardOf(state);
}

/**
 * Is there nothing left to wait for? The end was told of every job of ours, something was recorded, and what is listed is what was announced.
 * A file that is listed but not announced is worth waiting for as well: its event brings its length and size.
 */
export function isSettled(state: RecordingState, request: ListingRequest, listing: Listing): boolean {
  return (
    ourJobs(state).every((job) => newsOf(state, job.jobId)?.over) &&
    endIsKnown(state) &&
    candidates(state).length === 0 &&
    announcedFiles(state).size > 0 &&
    !announcedSince(state, request) &&
    listing.missing.length === 0 &&
    listing.unannounced === 0
  );
}

/** The vendor itself has said how our job ended, or that it does not know it any more. */
export function endIsKnown(state: RecordingState): boolean {
  return state.job?.state === 'STOPPED' || state.notFoundInARow > 0;
}

/** Has a file been announced that this listing was not asked to look for? */
export function announcedSince(state: RecordingState, request: ListingRequest): boolean {
  return announcedFiles(state).size > request.announced.length;
}

/** What is to be looked for in the bucket. */
export function listingRequest(state: RecordingState): ListingRequest {
  const streamNames = ourJobs(state).flatMap((job) => [
    ...(job.streamName === undefined ? [] : [job.streamName]),
    ...(newsOf(state, job.jobId)?.streamNames ?? []),
  ]);
  return {
    appId: state.appId ?? '',
    streamNames: [...new Set(streamNames)],
    places: state.places,
    announced: [...announcedFiles(state).values()].map(({ bucket, object }) => ({ ...(bucket && { bucket }), object })),
  };
}

/** The result of a recording whose job is over, or which ended before it had one (no listing then). */
export function buildResult(state: RecordingState, listing?: Listing): RecordingResult {
  const announced = [...announcedFiles(state).values()];
  const missing = (listing?.missing ?? []).flatMap((place) => announced[place] ?? []);
  const fileCount = listing?.fileCount ?? 0;
  const broken = state.job?.stopReason === 'INTERNAL_ERROR';
  const promised = ourJobs(state).some((job) => {
    const news = newsOf(state, job.jobId);
    return news?.begun === true || news?.unnamedFile === true;
  });
  const lost = missing.length > 0 || (fileCount === 0 && promised);

  const warnings = [
    ...state.warnings,
    ...(listing?.warnings ?? []),
    ...(broken ? ['The vendor ended the job with INTERNAL_ERROR: the end of the recording may be missing.'] : []),
    ...missing.map((file) => `Announced, but not in the bucket: ${file.bucket ?? '(bucket not told)'}/${file.object}`),
    ...(lost && missing.length === 0
      ? ['A file was begun, but none was announced by name and none was found in the bucket.']
      : []),
  ];
  const { job } = state;
  return {
    outcome: broken || lost ? 'partial' : fileCount === 0 ? 'empty' : 'recorded',
    endedBy: state.asked?.by ?? state.over?.by ?? 'reconciliation',
    files: (listing?.files ?? []).slice(0, MAX_LISTED).map(describedBy(announced)),
    fileCount,
    totalSize: listing?.totalSize ?? 0,
    warnings: cut(warnings),
    ...(state.appId !== undefined && { appId: state.appId }),
    ...(state.ruleId !== undefined && { ruleId: state.ruleId }),
    ...(job && { jobId: job.jobId }),
    ...(job?.jobUniqueId !== undefined && { jobUniqueId: job.jobUniqueId }),
    ...(job?.streamName !== undefined && { streamName: job.streamName }),
    ...(job?.startTime !== undefined && { startTime: job.startTime }),
    ...(job?.stopTime !== undefined && { stopTime: job.stopTime }),
    ...(job?.stopReason !== undefined && { stopReason: job.stopReason }),
  };
}

/** An event of our job came, or the vendor said that it runs. */
function heardOf(state: RecordingState): boolean {
  return state.job !== undefined && newsOf(state, state.job.jobId) !== undefined;
}

function initLimit(state: RecordingState): number {
  return (state.startedAt ?? Infinity) + (state.settings?.maxIdleTime ?? 0) * 1000 + IDLE_LIMIT_GRACE;
}

/** What the bucket shows, with what only the announcement tells. */
function describedBy(announced: AnnouncedFile[]): (file: RecordedFile) => RecordedFile {
  const byKey = new Map(announced.map((file) => [file.object, file]));
  return (file) => {
    const told = byKey.get(file.object);
    if (!told || (told.bucket !== undefined && told.bucket !== file.bucket)) return file;
    return {
      ...file,
      ...(told.duration !== undefined && { duration: told.duration }),
      ...(told.startTime !== undefined && { startTime: told.startTime }),
      ...(told.endTime !== undefined && { endTime: told.endTime }),
      ...(told.width !== undefined && { width: told.width }),
      ...(told.height !== undefined && { height: told.height }),
    };
  };
}

function cut(warnings: string[]): string[] {
  if (warnings.length <= MAX_LISTED) return warnings;
  const shown = warnings.slice(0, MAX_LISTED - 1);
  return [...shown, `${warnings.length - shown.length} more warnings are left out.`];
}
