import { bytesOf, cut, RESULT_LIMITS } from '../contract/limits.js';
import type { RecordingSettings } from '../contract/input.js';
import type { RecordingResult } from '../contract/result.js';
import type { Phase, StepName, StepProgress } from '../contract/status.js';
import type { AnnouncedFile, Job, JobAnswer, RecordPlace } from '../contract/activityTypes.js';

/**
 * Everything that a run knows, as plain data: a long history continues as new with it.
 * Times are milliseconds of the workflow's own clock.
 */
export interface RecordingState {
  settings?: RecordingSettings;
  phase: Phase;
  steps: StepProgress[];
  warnings: string[];
  appId?: string;
  ruleId?: string;
  places: RecordPlace[];
  participantJoined: boolean;
  waitingSince?: number;
  job: JobState;
  /** Jobs of unanswered starts that turned up although another job was recording already. */
  extraJobs: Job[];
  /** Jobs that were examined and are not ours. */
  strangers: string[];
  news: JobNews[];
  /** The announced files that a listing has shown. */
  seen: Announced;
  /** How many files were found beyond those in `seen`, and how many announced ones were dropped without being found. */
  seenUnkept: number;
  unseenUnkept: number;
  stopRequested?: { by: 'stop' | 'maxDuration'; at: number };
  lastEvent?: { eventType: string; at: number };
  lastReconcile?: { at: number; state: string };
  result?: RecordingResult;
  /** Why it failed: the type and message that its caller gets. */
  failure?: string;
}

/** The job that records, from its start on. */
export type JobState =
  | { status: 'notStarted' }
  | ({ status: 'starting' } & Starts)
  | ({ status: 'recording' | 'stopping' } & KnownJob)
  | EndedJob;

interface Starts {
  /** When the job's start was first tried; events count from then on. */
  triedAt: number;
  /** Starts whose response never came: a job may have come of each, even while another one records. */
  unanswered: UnansweredStart[];
}

interface KnownJob extends Starts {
  job: Job;
  startedAt: number;
}

export interface EndedJob extends KnownJob {
  status: 'ended';
  by: 'callback' | 'reconciliation';
  at: number;
  /** The vendor itself has said how the job ended, or often enough that it does not know it any more. */
  confirmed: boolean;
  /** The state that the vendor has reported since then, where it is not STOPPED. */
  contradiction?: string;
}

/** The time within which a start whose response was lost may have created a job. */
export interface UnansweredStart {
  from: number;
  until: number;
}

/** What events have reported of one job. */
export interface JobNews {
  jobId: string;
  /** RECORD_NEW_FILE_START came. A flag, never a count: a repeat and a second file look the same. */
  begun: boolean;
  /** A RECORD_FILE_COMPLETE came that names no object. */
  unnamedFile: boolean;
  over: boolean;
  streamNames: string[];
  /** The announced files that no listing has shown yet. */
  announced: Announced;
}

/** Files by `bucket/object`, without the bucket where the event names none: a repeated event changes nothing. */
export type Announced = Record<string, FileDetails>;

export type FileDetails = Omit<AnnouncedFile, 'bucket' | 'object'>;

/** Jobs that are not known to be ours are remembered up to this number, in case one of them is. */
export const MAX_NEWS_OF_OTHERS = 50;

/** How much of the files, found and not found, a run hands over to the next one: well below 2 MiB in all. */
const CARRIED = { entries: 2_000, bytes: 640 * 1024 };

export function newState(): RecordingState {
  return {
    phase: 'preparing',
    steps: [],
    warnings: [],
    places: [],
    participantJoined: false,
    job: { status: 'notStarted' },
    extraJobs: [],
    strangers: [],
    news: [],
    seen: {},
    seenUnkept: 0,
    unseenUnkept: 0,
  };
}

/** The settings of a run whose input has been checked; every step after the check may rely on them. */
export function settingsOf(state: RecordingState): RecordingSettings {
  if (!state.settings) throw new Error('the input has not been checked yet');
  return state.settings;
}

export function warn(state: RecordingState, ...warnings: string[]): void {
  const all = new Set([...state.warnings, ...warnings]);
  state.warnings = [...all].slice(0, RESULT_LIMITS.warnings.entries);
}

export function beginStep(state: RecordingState, step: StepName, now: number): StepProgress {
  const begun = state.steps.find((other) => other.step === step && other.state === 'running');
  const progress: StepProgress = begun ?? { step, state: 'running', startedAt: iso(now) };
  state.steps = [...state.steps.filter((other) => other.step !== step), progress];
  return progress;
}

export function endStep(progress: StepProgress, outcome: 'done' | 'failed', now: number): void {
  progress.state = outcome;
  progress.endedAt = iso(now);
}

/** The job that records or has recorded. */
export function jobOf({ job }: RecordingState): Job | undefined {
  return 'job' in job ? job.job : undefined;
}

/** Every job that this recording made, the one that records first. */
export function ourJobs(state: RecordingState): Job[] {
  const job = jobOf(state);
  return job ? [job, ...state.extraJobs] : state.extraJobs;
}

export function unansweredStarts({ job }: RecordingState): UnansweredStart[] {
  return 'unanswered' in job ? job.unanswered : [];
}

export function newsOf(state: RecordingState, jobId: string | undefined): JobNews | undefined {
  return state.news.find((news) => news.jobId === jobId);
}

export function newsOfOurJobs(state: RecordingState): JobNews[] {
  return ourJobs(state).flatMap(({ jobId }) => newsOf(state, jobId) ?? []);
}

/** Whether the job records, as far as is known: no end was reported. */
export function isRecording({ job }: RecordingState): boolean {
  return job.status === 'recording' || job.status === 'stopping';
}

/** Whether the job that records may still be running, although its end was reported. */
export function mayBeRunning(state: RecordingState): boolean {
  return isRecording(state) || (state.job.status === 'ended' && state.job.contradiction !== undefined);
}

/** The vendor has confirmed the end, so that its reason is known. */
export function isEndConfirmed({ job }: RecordingState): boolean {
  return job.status === 'ended' && job.confirmed;
}

/** Whether an event of our job has come. */
export function isHeardOf(state: RecordingState): boolean {
  return newsOf(state, jobOf(state)?.jobId) !== undefined;
}

/** When the recording must be stopped at the latest. */
export function durationLimit({ job, settings }: RecordingState): number {
  return 'startedAt' in job ? job.startedAt + (settings?.maxDuration ?? Infinity) : Infinity;
}

export function runningExtraJobs(state: RecordingState): Job[] {
  return state.extraJobs.filter((job) => job.state !== 'STOPPED' && !newsOf(state, job.jobId)?.over);
}

/** Jobs that events name and that a start whose response was lost may have created, the oldest first. */
export function candidates(state: RecordingState): string[] {
  if (unansweredStarts(state).length === 0) return [];
  const ours = new Set(ourJobs(state).map((job) => job.jobId));
  return state.news.map((news) => news.jobId).filter((id) => !ours.has(id));
}

/** The result names the first who requested the end. */
export function requestStop(state: RecordingState, by: 'stop' | 'maxDuration', now: number): void {
  state.stopRequested ??= { by, at: now };
}

export function beginStart(state: RecordingState, now: number): void {
  if (state.job.status === 'notStarted') state.job = { status: 'starting', triedAt: now, unanswered: [] };
}

/** This job records for us from now on. Its events that came before are counted. */
export function adopt(state: RecordingState, job: Job, startedAt: number, now: number): void {
  const { triedAt, unanswered } = 'triedAt' in state.job ? state.job : { triedAt: startedAt, unanswered: [] };
  state.job = { status: 'recording', triedAt, unanswered, job, startedAt };
  // Where no start's response was lost, events of other jobs no longer matter.
  if (unanswered.length === 0) state.news = newsOfOurJobs(state);
  noteEnd(state, now);
  if (job.state === 'STOPPED' && state.job.status === 'recording') state.job = ended(state.job, 'reconciliation', now);
}

export function beginStopping(state: RecordingState): void {
  if (state.job.status === 'recording') state.job = { ...state.job, status: 'stopping' };
}

/** This job is not ours: its events are no longer kept. */
export function disown(state: RecordingState, jobId: string): void {
  state.strangers = [...state.strangers, jobId].slice(-MAX_NEWS_OF_OTHERS);
  state.news = state.news.filter((news) => news.jobId !== jobId);
}

export function addExtraJob(state: RecordingState, job: Job): void {
  state.extraJobs.push(job);
}

/** Takes in what the vendor has said about our job. */
export function noteAnswer(state: RecordingState, answer: JobAnswer, now: number): void {
  const { job: known } = state;
  if (!('job' in known)) return;
  const reported = answer.job?.state ?? 'NOT FOUND';
  if (state.lastReconcile?.state !== reported) state.lastReconcile = { at: now, state: reported };
  const job = { ...known.job, ...answer.job };
  if (answer.job && reported !== 'STOPPED') {
    state.job = known.status === 'ended' ? { ...known, job, contradiction: reported } : { ...known, job };
    return;
  }
  const end = known.status === 'ended' ? { ...known } : ended(known, 'reconciliation', now);
  delete end.contradiction;
  state.job = { ...end, job, confirmed: true };
  if (!answer.job && known.status !== 'ended') {
    warn(state, `The vendor does not know job ${job.jobId} any more; how it ended cannot be told.`);
  }
}

/** Only the first report of our job's end counts. */
export function noteEnd(state: RecordingState, now: number): void {
  const { job } = state;
  if (job.status !== 'recording' && job.status !== 'stopping') return;
  if (newsOf(state, job.job.jobId)?.over) state.job = ended(job, 'callback', now);
}

function ended(job: KnownJob, by: EndedJob['by'], at: number): EndedJob {
  return { ...job, status: 'ended', by, at, confirmed: job.job.state === 'STOPPED' };
}

/** The state for the next run: with as many names of files as can be handed on, and the number of the others. */
export function stateForNextRun(state: RecordingState): RecordingState {
  // The names that a result would show: it is cut in the order of the keys.
  const seenByKey = Object.entries(state.seen).sort(([a], [b]) => (a < b ? -1 : 1));
  const seen = cut(seenByKey, CARRIED);
  let bytes = CARRIED.bytes;
  let unkept = 0;
  const news = state.news.map((one) => {
    const announced = cut(Object.entries(one.announced), { entries: Infinity, bytes });
    bytes -= bytesOf(announced);
    unkept += Object.keys(one.announced).length - announced.length;
    return { ...one, announced: Object.fromEntries(announced) };
  });
  return {
    ...state,
    seen: Object.fromEntries(seen),
    seenUnkept: state.seenUnkept + seenByKey.length - seen.length,
    news,
    unseenUnkept: state.unseenUnkept + unkept,
  };
}

export function iso(time: number): string {
  return new Date(time).toISOString();
}
