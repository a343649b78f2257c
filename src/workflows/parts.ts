import { present } from '../contract/present.js';
import type { Gap, Part } from '../contract/result.js';
import { maxDurationEndsAt, iso, type EarlierPart, type EndedJob, type RecordingState } from './state.js';

/* A recording outlives the vendor's job: when one breaks off, another one follows. Each job is one part. */

/** The pause after the first, second, … part that breaks off in a row; after further ones the longest. */
const PAUSES = [0, 5_000, 15_000, 45_000];
const LONGEST_PAUSE = 120_000;

/** A part that recorded for so long begins a new row. */
const LONG_PART = 10 * 60_000;

const MOST_IN_A_ROW = 10;

/** However long the recording is and whatever the vendor does, the state must stay small. */
const MOST_PARTS = 500;

/** Whether another job is to follow the one that has ended: the vendor broke it off, and no one wanted its end. */
export function shouldResume(state: RecordingState, now: number): boolean {
  return isResumable(state) && pauseBeforeNextPart(state) !== undefined && now < maxDurationEndsAt(state);
}

/** Whether the number of broken jobs prevents another one. */
export function isGivenUp(state: RecordingState): boolean {
  return isResumable(state) && pauseBeforeNextPart(state) === undefined;
}

function isResumable(state: RecordingState): boolean {
  const { job, settings, stopRequested, isLastPart } = state;
  if (!settings?.resumeAfterError || stopRequested || isLastPart) return false;
  return job.status === 'ended' && job.confirmed && job.job.stopReason === 'INTERNAL_ERROR';
}

/** The pause before the next part, in milliseconds from when it is decided on; undefined if there is none. */
export function pauseBeforeNextPart({ parts, job }: RecordingState): number | undefined {
  if (job.status !== 'ended' || parts.length + 1 >= MOST_PARTS) return undefined;
  const all = [...parts, job];
  const firstOfRow = Math.max(
    0,
    all.findLastIndex((part) => lengthOf(part) >= LONG_PART),
  );
  const nth = all.length - 1 - firstOfRow;
  return nth < MOST_IN_A_ROW ? (PAUSES[nth] ?? LONGEST_PAUSE) : undefined;
}

/** By the vendor's times: a poll may learn of the end much later. */
function lengthOf({ job, startedAt, at }: EarlierPart): number {
  const length = Date.parse(job.stopTime ?? '') - Date.parse(job.startTime ?? '');
  return Number.isNaN(length) ? at - startedAt : length;
}

/** Makes the job that broke off an earlier part. Its events still count. */
export function beginNextPart(state: RecordingState, now: number): void {
  const pause = pauseBeforeNextPart(state);
  if (state.job.status !== 'ended' || pause === undefined) return;
  const { ambiguous, ...part } = state.job;
  state.parts.push(part);
  state.job = { status: 'betweenParts', until: now + pause, ambiguous };
  state.steps = state.steps.filter(({ step }) => step !== 'listRecordingFiles');
  // It was that of the ended job.
  delete state.lastReconcile;
}

/** There is no next job: the last one that recorded is the last part. */
export function endWithLastPart(state: RecordingState): void {
  const ambiguous = 'ambiguous' in state.job ? state.job.ambiguous : [];
  const part = state.parts.pop();
  if (part) state.job = { ...part, ambiguous };
  state.isLastPart = true;
}

/** @param files those of which the parts' files are counted */
export function partsOf(state: RecordingState, files: readonly { jobId?: string }[]): Part[] {
  return jobsInOrder(state).map(({ job: { jobId, startTime, stopTime, stopReason } }) => ({
    jobId,
    ...present({ startTime, stopTime, stopReason }),
    fileCount: files.filter((file) => file.jobId === jobId).length,
  }));
}

/** The vendor's times as far as they are known. */
export function gapsOf(state: RecordingState): Gap[] {
  const parts = jobsInOrder(state);
  return state.parts.slice(0, parts.length - 1).map(({ job, at }, index) => {
    const next = parts[index + 1];
    return {
      from: job.stopTime ?? iso(at),
      to: next?.job.startTime ?? iso(next?.startedAt ?? at),
      reason: job.stopReason ?? 'INTERNAL_ERROR',
    };
  });
}

function jobsInOrder({ parts, job }: RecordingState): Pick<EndedJob, 'job' | 'startedAt'>[] {
  return 'job' in job ? [...parts, job] : parts;
}
