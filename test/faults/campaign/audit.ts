import type { SentCallback } from '../../../simulator/callbacks.js';
import type { JobResponse } from '../../../simulator/job.js';
import { lengthOf, type Interval } from '../../support/intervals.js';
import { coverageOf } from './coverage.js';
import type { CellFacts, RecordingFacts } from './facts.js';
import { RECONCILE_INTERVAL, type RecordingPlan } from './plan.js';

/** A promise that was not kept. */
export interface Violation {
  what: string;
  plan?: RecordingPlan;
  end?: RecordingFacts['end'];
}

export interface Audit {
  violations: Violation[];
  /** How the recordings ended: `recorded`, `partial`, `empty`, `cancelled`, `failed`, `open`. */
  ends: Record<string, number>;
  /**
   * Jobs of which neither the response to the start nor any event reached the recording: the one exception of the
   * promise that no job goes unwatched.
   */
  unheardJobs: number;
  /** Jobs beside the one that records: found, stopped and named. */
  extraJobs: number;
  /** Recordings in whose room another client had a job of the same user. */
  besideStrangers: number;
  coverage: CoverageFigures;
}

/** The user's seconds that are in no file, of completed recordings that another job continued. */
export interface CoverageFigures {
  /** For how long the users of these recordings were live. */
  live: number;
  /** What each break-off lost: where no fault excuses more than the bound, and where one does. */
  lost: number[];
  lostWithExcuse: number[];
}

/** A break-off loses at most so much after its end was or could be known, in milliseconds: see {@link isExcused}. */
const MOST_LOST = 15_000;

/** An attempt that was with a killed worker is tried again after so long. */
const HEARTBEAT_TIMEOUT = 10_000;

/** Compares what happened with what was promised. Pure: a table of cases tests it. */
export function audit(cell: CellFacts): Audit {
  const coverage = { live: 0, lost: [], lostWithExcuse: [] };
  const result: Audit = { violations: [], ends: {}, unheardJobs: 0, extraJobs: 0, besideStrangers: 0, coverage };
  for (const recording of cell.recordings) auditRecording(cell, recording, result);
  for (const { job_id, user_id, video_type } of strangersThatWereStopped(cell)) {
    const plan = cell.recordings.find((recording) => recording.plan.userId === user_id)?.plan;
    result.violations.push({ what: `a stranger's job was stopped: ${job_id} (${video_type})`, ...(plan && { plan }) });
  }
  for (const job of ownJobs(cell)) {
    if (job.state !== 'STOPPED') result.violations.push({ what: `job ${job.job_id} is left running for good` });
  }
  if (cell.exposedSecrets.length > 0)
    result.violations.push({ what: `${cell.exposedSecrets.length} secrets were exposed` });
  return result;
}

function auditRecording(cell: CellFacts, recording: RecordingFacts, result: Audit): void {
  const { plan, end } = recording;
  const breaks = (what: string) => result.violations.push({ what, plan, end });
  const jobs = ownJobs(cell).filter((job) => isOf(job, plan));
  const unheard = jobs.filter((job) => wasUnheard(cell, recording, job.job_id));
  const heard = jobs.filter((job) => !unheard.includes(job));
  count(result.ends, end.kind === 'completed' ? end.result.outcome : end.kind);
  result.unheardJobs += unheard.length;
  if (plan.stranger) result.besideStrangers += 1;

  for (const job of heard) {
    if (recording.runningAtEnd.includes(job.job_id)) breaks(`job ${job.job_id} ran on when the recording was over`);
  }
  for (const { job_id, stop_reason } of unheard) {
    if (stop_reason === 'TENANT_STOP') breaks(`job ${job_id} was stopped, although no one could have heard of it`);
  }
  for (const event of forgotten(cell, recording, heard))
    breaks(`a callback got 200 and is not in the history: ${event}`);

  switch (end.kind) {
    case 'open':
      return void breaks('the recording did not end');
    case 'failed':
      return void breaks(`no planned fault justifies this failure: ${end.type}`);
    case 'cancelled':
      if (plan.caller.does !== 'cancel') breaks('the recording was cancelled, but no one had requested that');
      return;
    case 'completed':
  }

  const { outcome, files, fileCount, parts, gaps, warnings } = end.result;
  const isPart = ({ job_id }: JobResponse) => parts.some(({ jobId }) => jobId === job_id);
  const extra = heard.filter((job) => !isPart(job));
  result.extraJobs += extra.length;
  for (const { job_id } of extra) {
    if (!warnings.some((warning) => warning.includes(job_id))) breaks(`job ${job_id} is not named in the result`);
  }

  const recorded = cell.objects.filter((key) => heard.some((job) => key.includes(job.stream_name)));
  const playable = recorded.filter((key) => !key.endsWith('.ts'));
  const named = files.map(({ object }) => object);
  for (const key of playable) if (!named.includes(key)) breaks(`an object of the bucket is not in the result: ${key}`);
  for (const key of named)
    if (!cell.objects.includes(key)) breaks(`the result names what is not in the bucket: ${key}`);
  const segments = files.reduce((sum, file) => sum + (file.segments ?? 0), 0);
  if (segments !== recorded.length - playable.length)
    breaks(`the result counts ${segments} segments, the bucket has ${recorded.length - playable.length}`);
  if (fileCount !== files.length) breaks(`the result counts ${fileCount} files and names ${files.length}`);
  if (outcome === 'recorded' && fileCount === 0) breaks('recorded, but there is no file');

  const brokenOff = jobs.some((job) => job.stop_reason === 'INTERNAL_ERROR');
  if (outcome === 'partial' && !brokenOff) breaks('partial, but no fault of the plan loses a file');
  if (outcome !== 'partial' && heard.some((job) => isPart(job) && job.stop_reason === 'INTERNAL_ERROR')) {
    breaks(`the vendor broke the job off, but the result says ${outcome}`);
  }
  if (gaps.length !== Math.max(0, parts.length - 1)) breaks(`${parts.length} parts, but ${gaps.length} gaps`);
  const isWanted = plan.caller.does === 'nothing' || plan.caller.does === 'participant';
  if (isWanted && parts.at(-1)?.stopReason === 'INTERNAL_ERROR') breaks('no job followed the one that broke off');
  for (const what of auditCoverage(cell, recording, result.coverage)) breaks(what);
  // Without a stop the user publishes for two seconds at least: there must be something.
  const mayBeEmpty = plan.caller.does === 'stop' || plan.caller.does === 'cancel' || brokenOff;
  if (outcome === 'empty' && !mayBeEmpty) breaks('empty, but the user published');
}

/** Adds to the figures; returns what was lost although it should not have been. */
function auditCoverage(cell: CellFacts, recording: RecordingFacts, figures: CoverageFigures): string[] {
  const { live, lost, unexplained } = coverageOf(cell, recording);
  figures.live += live / 1000;
  const broken = unexplained.map(({ from, to }) => `${to - from} ms of the user are in no file and in no gap`);
  for (const intervals of lost) {
    const length = lengthOf(intervals);
    const excused = isExcused(cell, recording, intervals);
    (excused ? figures.lostWithExcuse : figures.lost).push(length / 1000);
    if (!excused && length > MOST_LOST + untilKnown(recording.plan))
      broken.push(`${length} ms of the user are in no file after a break-off`);
  }
  return broken;
}

/** Without the end event the next poll reports the end. */
function untilKnown({ events }: RecordingPlan): number {
  const effect = events['*'] ?? events.CLOUD_RECORD_OVER;
  return effect?.kind === 'drop' || effect?.kind === 'delay' ? RECONCILE_INTERVAL : 0;
}

/**
 * Whether a fault lets a break-off lose more. By plan: the request for the reason of its end fails, or the start of
 * the next job, which may be a later one of the planned starts. By chance: a worker or the receiver was killed, IAM
 * failed or SparkRTC throttled, shortly before or until the next job recorded.
 */
function isExcused({ disturbances }: CellFacts, { plan }: RecordingFacts, lost: Interval[]): boolean {
  const { show, start } = plan.calls;
  const from = Math.min(...lost.map((one) => one.from)) - HEARTBEAT_TIMEOUT;
  const to = Math.max(...lost.map((one) => one.to));
  const isDisturbed = disturbances.some((one) => one.kind !== 'tokens revoked' && one.from < to && one.to > from);
  return show.length > 0 || start.length > 1 || isDisturbed;
}

function ownJobs({ jobs, strangers }: CellFacts): JobResponse[] {
  return jobs.filter((job) => !strangers.has(job.job_id));
}

function isOf(job: JobResponse, { roomId, userId, videoType }: RecordingPlan): boolean {
  return job.room_id === roomId && job.user_id === userId && job.video_type === videoType;
}

/**
 * Whether the recording never learned of this job: the response to its start and every event of it were lost, or came
 * after the end.
 */
function wasUnheard({ callbacks }: CellFacts, recording: RecordingFacts, jobId: string): boolean {
  const { startedJobs, storedEvents } = recording;
  return (
    !startedJobs.includes(jobId) &&
    !storedEvents.some((event) => event.jobId === jobId) &&
    !callbacks.some((callback) => callback.event.job_id === jobId && wasTakenWhileOpen(callback, recording))
  );
}

/** Sent and accepted (200) while the recording was open. */
function wasTakenWhileOpen(
  { status, at, respondedAt }: SentCallback,
  { openedAt, closedAt }: RecordingFacts,
): boolean {
  return status === 200 && at > openedAt && respondedAt < closedAt;
}

/** Callbacks that got 200 while the recording was open, but are not in its history. */
function forgotten({ callbacks }: CellFacts, recording: RecordingFacts, jobs: JobResponse[]): string[] {
  const { storedEvents } = recording;
  return callbacks
    .filter((callback) => wasTakenWhileOpen(callback, recording))
    .filter(({ event }) => jobs.some((job) => job.job_id === event.job_id))
    .filter(
      ({ event }) =>
        !storedEvents.some(
          (stored) =>
            stored.jobId === event.job_id &&
            stored.eventType === event.event_type &&
            stored.obsObject === event.obs_object,
        ),
    )
    .map(({ event }) => `${event.event_type} of ${event.job_id}`);
}

function strangersThatWereStopped({ requests, jobs, strangers }: CellFacts): JobResponse[] {
  const stops = requests.filter(({ method }) => method === 'DELETE');
  return jobs.filter(({ job_id }) => strangers.has(job_id) && stops.some(({ path }) => path.endsWith(`/${job_id}`)));
}

export function count(counts: Record<string, number>, name: string, by = 1): void {
  counts[name] = (counts[name] ?? 0) + by;
}
