import { bytesOf, cut, RESULT_LIMITS } from '../contract/limits.js';
import type { RecordingSettings } from '../contract/input.js';
import type { RecordingResult } from '../contract/result.js';
import type { Phase, Reconciliation, RecordingStatus, StepName, StepProgress } from '../contract/status.js';
import type {
  AnnouncedFile,
  Job,
  JobResponse,
  LearnedFile,
  OutputLocation,
  ParticipantPoll,
} from '../contract/activityTypes.js';

/**
 * What a run knows, as plain data: continue-as-new passes it on. Times are milliseconds of the workflow's clock, but
 * for those of starts.
 */
export interface RecordingState {
  settings?: RecordingSettings;
  phase: Phase;
  steps: StepProgress[];
  warnings: string[];
  appId?: string;
  ruleId?: string;
  outputLocations: OutputLocation[];
  participantJoined: boolean;
  waitingSince?: number;
  /** Why a poll of the list of users was without effect: the list was not available for a while, or never will be. */
  userListProblems: { [until in ParticipantPoll['until']]?: 'unavailable' | 'rejected' };
  job: JobState;
  /** Earlier jobs that broke off, in order; each was followed by another one. */
  parts: EarlierPart[];
  /** When the first job started. */
  startedAt?: number;
  /** No job follows this one: another one could not be started, or the end was requested after this one's. */
  isLastPart?: true;
  /** Jobs of ambiguous starts that were found while another job was recording. */
  extraJobs: Job[];
  /** Jobs that were looked up and are not ours. */
  foreignJobs: string[];
  jobEvents: JobEvents[];
  /** The announced files that a listing has shown. */
  found: Announced;
  /** What the listings have learned of where this recording's files are. */
  learned?: LearnedFile[];
  /** How many file names continue-as-new has dropped: of files that were found, and of files that were not. */
  foundDropped: number;
  missingDropped: number;
  stopRequested?: { by: StopRequester; at: number };
  lastEvent?: { eventType: string; at: number };
  lastReconcile?: { at: number } & Pick<Reconciliation, 'state' | 'error'>;
  /** How many of the listed files have been inspected; absent unless an inspection is running. */
  mediaCheck?: NonNullable<RecordingStatus['mediaCheck']>;
  result?: RecordingResult;
  /** The type and message of the failure that the caller gets. */
  failure?: string;
}

export type StopRequester = NonNullable<RecordingStatus['stopRequestedBy']>;

export type JobState =
  | { status: 'notStarted' }
  | ({ status: 'starting' } & Starts)
  | ({ status: 'recording' } & KnownJob)
  /** The last job broke off, and the next one starts at a time. */
  | { status: 'betweenParts'; until: number; ambiguous: AmbiguousStart[] }
  | EndedJob;

interface Starts {
  /** When the first start was sent; events count from then on. */
  triedAt: number;
  /** Starts whose response was lost: each may have created a job, even while another one records. */
  ambiguous: AmbiguousStart[];
}

interface KnownJob extends Starts {
  job: Job;
  startedAt: number;
  /** A response has reported it as RUNNING. */
  wasRunning?: boolean;
}

export interface EndedJob extends KnownJob {
  status: 'ended';
  by: 'callback' | 'reconciliation';
  at: number;
  /** The vendor has reported how the job ended, or repeatedly that it does not know it any more. */
  confirmed: boolean;
  /** The state that the vendor has reported since then, if it is not STOPPED. */
  contradiction?: string;
}

export type EarlierPart = Omit<EndedJob, 'ambiguous'>;

/**
 * The time within which a start whose response was lost may have created a job: by the worker's clock, or by the
 * workflow's if the activity timed out.
 */
export interface AmbiguousStart {
  from: number;
  until: number;
}

/** What the callbacks have reported about one job. */
export interface JobEvents {
  jobId: string;
  /** RECORD_NEW_FILE_START came. A flag, not a count: a repeat and a second file look the same. */
  fileStarted: boolean;
  /** RECORD_FILE_COMPLETE came without the object's name. */
  unnamedFile: boolean;
  /** Files that were started and are not complete; absent before the first file event. */
  openFiles?: { format: string; startedAt: number }[];
  /** The last event of a file: it was completed, or started. */
  lastFileEvent?: { complete: boolean; at: number };
  ended: boolean;
  streamNames: string[];
  /** The announced files that no listing has shown yet. */
  missing: Announced;
}

/** Files by `bucket/object`, or `/object` if the event names no bucket. */
export type Announced = Record<string, FileDetails>;

export type FileDetails = Omit<AnnouncedFile, 'bucket' | 'object'>;

/** How many jobs are kept that are not ours, and how many of which that is not known yet. */
export const MAX_UNKNOWN_JOBS = 50;

/** How many file names continue-as-new passes on, of those found and of those missing: in all well below 2 MiB. */
const STATE_LIMITS = { entries: 2_000, bytes: 640 * 1024 };

export function newState(): RecordingState {
  return {
    phase: 'preparing',
    steps: [],
    warnings: [],
    outputLocations: [],
    participantJoined: false,
    userListProblems: {},
    job: { status: 'notStarted' },
    parts: [],
    extraJobs: [],
    foreignJobs: [],
    jobEvents: [],
    found: {},
    foundDropped: 0,
    missingDropped: 0,
  };
}

export function settingsOf(state: RecordingState): RecordingSettings {
  if (!state.settings) throw new Error('the input has not been checked yet');
  return state.settings;
}

export function appIdOf(state: RecordingState): string {
  if (state.appId === undefined) throw new Error('the application has not been found yet');
  return state.appId;
}

export function ruleIdOf(state: RecordingState): string {
  if (state.ruleId === undefined) throw new Error('the recording template has not been found yet');
  return state.ruleId;
}

export function warn(state: RecordingState, ...warnings: string[]): void {
  const all = new Set([...state.warnings, ...warnings]);
  state.warnings = [...all].slice(0, RESULT_LIMITS.warnings.entries);
}

export function beginStep(state: RecordingState, step: StepName, now: number): StepProgress {
  const running = state.steps.find((other) => other.step === step && other.state === 'running');
  const progress: StepProgress = running ?? { step, state: 'running', startedAt: iso(now) };
  state.steps = [...state.steps.filter((other) => other.step !== step), progress];
  return progress;
}

export function endStep(
  progress: StepProgress,
  outcome: Exclude<StepProgress['state'], 'running'>,
  now: number,
): void {
  progress.state = outcome;
  progress.endedAt = iso(now);
}

export function jobOf({ job }: RecordingState): Job | undefined {
  return 'job' in job ? job.job : undefined;
}

/** Every job that this recording created; the one that records comes first. */
export function ourJobs(state: RecordingState): Job[] {
  return [jobOf(state) ?? [], state.parts.map(({ job }) => job), state.extraJobs].flat();
}

export function ambiguousStarts({ job }: RecordingState): AmbiguousStart[] {
  return 'ambiguous' in job ? job.ambiguous : [];
}

export function eventsOf(state: RecordingState, jobId: string | undefined): JobEvents | undefined {
  return state.jobEvents.find((events) => events.jobId === jobId);
}

export function eventsOfOurJobs(state: RecordingState): JobEvents[] {
  return ourJobs(state).flatMap(({ jobId }) => eventsOf(state, jobId) ?? []);
}

/** Whether a job was started and no end of it was reported. */
export function isRecording({ job }: RecordingState): boolean {
  return job.status === 'recording';
}

/** Whether the job may still be running, even if its end was reported. */
export function mayBeRunning(state: RecordingState): boolean {
  return isRecording(state) || (state.job.status === 'ended' && state.job.contradiction !== undefined);
}

/** Whether no poll can tell more of the end: the vendor has reported how the job ended, or no longer knows it. */
export function isEndConfirmed({ job }: RecordingState): boolean {
  return job.status === 'ended' && job.confirmed;
}

/** Whether every file that was started is complete, at least one: the next one starts soon, or the job has ended. */
export function isBetweenFiles(state: RecordingState): boolean {
  return eventsOf(state, jobOf(state)?.jobId)?.openFiles?.length === 0;
}

/**
 * When the last file event was a completion, its time; before any, the job's start. The next file may be open all the
 * same, if its start came before that event.
 */
export function silentSince(state: RecordingState): number | undefined {
  if (!('startedAt' in state.job)) return undefined;
  const { lastFileEvent = { complete: true, at: state.job.startedAt } } = eventsOf(state, state.job.job.jobId) ?? {};
  return lastFileEvent.complete ? lastFileEvent.at : undefined;
}

/** `maxDuration` runs from the first job's start. */
export function maxDurationEndsAt({ startedAt = Infinity, settings }: RecordingState): number {
  return startedAt + (settings?.maxDuration ?? Infinity);
}

export function runningExtraJobs(state: RecordingState): Job[] {
  return state.extraJobs.filter((job) => job.state !== 'STOPPED' && !eventsOf(state, job.jobId)?.ended);
}

/** Jobs that events name and that an ambiguous start may have created, the oldest first. */
export function unidentifiedJobs(state: RecordingState): string[] {
  if (ambiguousStarts(state).length === 0) return [];
  const ours = new Set(ourJobs(state).map((job) => job.jobId));
  return state.jobEvents.map((events) => events.jobId).filter((id) => !ours.has(id));
}

/** The first request counts: the result names it. After the job's end it only prevents another part. */
export function requestStop(state: RecordingState, by: StopRequester, now: number): void {
  if (state.job.status === 'ended' && !mayBeRunning(state)) state.isLastPart = true;
  else state.stopRequested ??= { by, at: now };
}

export function addAmbiguousStart({ job }: RecordingState, start: AmbiguousStart): void {
  if ('ambiguous' in job) job.ambiguous = [...job.ambiguous, start];
}

export function beginStart(state: RecordingState, now: number): void {
  const ambiguous = ambiguousStarts(state);
  if (state.job.status === 'notStarted' || state.job.status === 'betweenParts')
    state.job = { status: 'starting', triedAt: now, ambiguous };
}

/**
 * Makes this job the one that records. Its events that came before count too.
 * @param createdAt not exact, but no start of ours can have created it before it was sent
 */
export function adopt(state: RecordingState, job: Job, createdAt: number, now: number): void {
  const ambiguous = ambiguousStarts(state);
  const triedAt = 'triedAt' in state.job ? state.job.triedAt : createdAt;
  const startedAt = Math.max(triedAt, createdAt);
  state.startedAt ??= startedAt;
  const wasRunning = job.state === 'RUNNING';
  state.job = { status: 'recording', triedAt, ambiguous, job, startedAt, ...(wasRunning && { wasRunning }) };
  // Without an ambiguous start, events of other jobs no longer matter.
  if (ambiguous.length === 0) state.jobEvents = eventsOfOurJobs(state);
  applyEndEvent(state, now);
  if (job.state === 'STOPPED' && state.job.status === 'recording')
    state.job = endJob(state.job, 'reconciliation', now);
}

/** Drops the events of a job that is not ours, and ignores later ones. */
export function markForeign(state: RecordingState, jobId: string): void {
  state.foreignJobs = [...state.foreignJobs, jobId].slice(-MAX_UNKNOWN_JOBS);
  state.jobEvents = state.jobEvents.filter((events) => events.jobId !== jobId);
}

export function applyJobState(state: RecordingState, response: JobResponse, now: number): void {
  const { job: known } = state;
  if (!('job' in known)) return;
  const { lastReconcile } = state;
  const reported = response.job?.state;
  if (!lastReconcile || lastReconcile.state !== reported) {
    state.lastReconcile = { at: now, ...(reported ? { state: reported } : { error: 'notFound' }) };
  }
  const job = { ...known.job, ...response.job };
  if (reported !== undefined && reported !== 'STOPPED') {
    const running = { job, ...(reported === 'RUNNING' && { wasRunning: true }) };
    state.job = { ...known, ...running, ...(known.status === 'ended' && { contradiction: reported }) };
    return;
  }
  const end = known.status === 'ended' ? { ...known } : endJob(known, 'reconciliation', now);
  delete end.contradiction;
  state.job = { ...end, job, confirmed: true };
  if (!response.job && known.status !== 'ended') {
    warn(state, `SparkRTC does not know job ${job.jobId} any more; how it ended is unknown.`);
  }
}

/** Only the first report of our job's end counts. */
export function applyEndEvent(state: RecordingState, now: number): void {
  const { job } = state;
  if (job.status !== 'recording') return;
  if (eventsOf(state, job.job.jobId)?.ended) state.job = endJob(job, 'callback', now);
}

function endJob(job: KnownJob, by: EndedJob['by'], at: number): EndedJob {
  return { ...job, status: 'ended', by, at, confirmed: job.job.state === 'STOPPED' };
}

/** The state for the next run, with as many file names as fit, and the number of the others. */
export function stateForNextRun(state: RecordingState): RecordingState {
  // In the order of the keys, as the result is cut.
  const foundByPath = Object.entries(state.found).sort(([a], [b]) => (a < b ? -1 : 1));
  const found = cut(foundByPath, STATE_LIMITS);
  let bytes = STATE_LIMITS.bytes;
  let dropped = 0;
  const jobEvents = state.jobEvents.map((one) => {
    const missing = cut(Object.entries(one.missing), { entries: Infinity, bytes });
    bytes -= bytesOf(missing);
    dropped += Object.keys(one.missing).length - missing.length;
    return { ...one, missing: Object.fromEntries(missing) };
  });
  return {
    ...state,
    found: Object.fromEntries(found),
    foundDropped: state.foundDropped + foundByPath.length - found.length,
    jobEvents,
    missingDropped: state.missingDropped + dropped,
  };
}

export function iso(time: number): string {
  return new Date(time).toISOString();
}
