import type { RecordingSettings } from '../recording/input.js';
import { RESULT_LIMITS, type RecordingResult } from '../recording/result.js';
import type { Phase, StepName, StepProgress } from '../recording/status.js';
import type { AnnouncedFile, Job, JobAnswer, RecordPlace } from '../recording/steps.js';

/**
 * Everything that a run knows; plain data, so that it can be handed on when a long history continues as new.
 * Times are milliseconds of the workflow's own clock.
 */
export interface RecordingState {
  settings?: RecordingSettings;
  /** See `PROCEDURE`; absent in runs that are older than it. */
  procedure?: number;
  /** The application's id where the worker that checked the input remembered the outcome of steps 1 to 4. */
  rememberedAppId?: string;
  phase: Phase;
  steps: StepProgress[];
  warnings: string[];
  appId?: string;
  ruleId?: string;
  places: RecordPlace[];
  participantJoined: boolean;
  waitingSince?: number;
  /** When the job's start was first tried; events count from then on. */
  startTriedAt?: number;
  /** Starts whose answer never came: a job may have come of each. */
  unanswered: UnansweredStart[];
  job?: Job;
  startedAt?: number;
  /** Jobs of unanswered starts that turned up although another job was recording already. */
  extraJobs: Job[];
  /** Jobs that were looked at and are not ours. */
  strangers: string[];
  news: JobNews[];
  /** The announced files that a listing has shown. */
  seen: Announced;
  /** How many more were shown than are kept in `seen`, and how many announced files are not kept by name at all although none has shown them. */
  seenUnkept: number;
  unseenUnkept: number;
  asked?: { by: 'stop' | 'maxDuration'; at: number };
  stop?: { sentAt: number; questions: number };
  over?: { by: 'callback' | 'reconciliation'; at: number };
  /** How often in a row the vendor said that it does not know our job. */
  notFoundInARow: number;
  lastEvent?: { eventType: string; at: number };
  lastReconcile?: { at: number; state: string };
  result?: RecordingResult;
  /** Why it failed, as its caller is told. */
  failure?: string;
}

/** The time within which a job must have been created to be the fruit of one unanswered start. */
export interface UnansweredStart {
  from: number;
  until: number;
}

/** What the events have told of one job. */
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

/** Files by `bucket/object`, with nothing before the slash where the event names no bucket: a repeated event changes nothing. */
export type Announced = Record<string, FileDetails>;

/** What an announcement tells beside the place. */
export type FileDetails = Omit<AnnouncedFile, 'bucket' | 'object'>;

/** A job is gone only when the vendor has said so as often as this, one after the other. */
export const NOT_FOUND_IS_GONE = 3;

const QUESTIONS_UNTIL_NEXT_STOP = 3;

/** Jobs that are not known to be ours are remembered up to this number, in case one of them is. */
export const MAX_NEWS_OF_OTHERS = 50;

export function newState(): RecordingState {
  return {
    phase: 'preparing',
    steps: [],
    warnings: [],
    places: [],
    participantJoined: false,
    unanswered: [],
    extraJobs: [],
    strangers: [],
    news: [],
    seen: {},
    seenUnkept: 0,
    unseenUnkept: 0,
    notFoundInARow: 0,
  };
}

/** The settings of a run whose input has been checked; every step after the check may rely on them. */
export function settingsOf(state: RecordingState): RecordingSettings {
  if (!state.settings) throw new Error('the input has not been checked yet');
  return state.settings;
}

export function warn(state: RecordingState, ...warnings: string[]): void {
  for (const warning of warnings) {
    if (!state.warnings.includes(warning) && state.warnings.length < RESULT_LIMITS.warnings.entries)
      state.warnings.push(warning);
  }
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

/** Every job that this recording made, the one that records first. */
export function ourJobs(state: RecordingState): Job[] {
  return state.job ? [state.job, ...state.extraJobs] : state.extraJobs;
}

export function newsOf(state: RecordingState, jobId: string): JobNews | undefined {
  return state.news.find((news) => news.jobId === jobId);
}

/** Whether the job that records may be running still, for all that is known. */
export function mayBeRunning(state: RecordingState): boolean {
  return !state.over || ['INIT', 'RUNNING'].includes(stateSinceEnd(state) ?? '');
}

/** The other jobs of ours that may be running still. */
export function runningExtraJobs(state: RecordingState): Job[] {
  return state.extraJobs.filter((job) => job.state !== 'STOPPED' && !newsOf(state, job.jobId)?.over);
}

/** What the vendor answered about our job after its end had been told; absent when it was not asked, or did not answer. */
export function stateSinceEnd(state: RecordingState): string | undefined {
  const { over, lastReconcile } = state;
  return over && lastReconcile && lastReconcile.at >= over.at ? lastReconcile.state : undefined;
}

/** Jobs that events speak of and that may be the fruit of an unanswered start, oldest news first. */
export function candidates(state: RecordingState): string[] {
  if (state.unanswered.length === 0) return [];
  const ours = new Set(ourJobs(state).map((job) => job.jobId));
  return state.news.map((news) => news.jobId).filter((id) => !ours.has(id));
}

/** This job records for us from now on. Its events that came before are counted. */
export function adopt(state: RecordingState, job: Job, startedAt: number, now: number): void {
  state.job = job;
  state.startedAt = startedAt;
  forgetOthers(state);
  noteEnd(state, now);
}

/** This job is not ours: its events are no longer kept. */
export function disown(state: RecordingState, jobId: string): void {
  state.strangers = [...state.strangers, jobId].slice(-MAX_NEWS_OF_OTHERS);
  state.news = state.news.filter((news) => news.jobId !== jobId);
}

/** This job is ours as well, although another one is recording. */
export function addExtraJob(state: RecordingState, job: Job): void {
  state.extraJobs.push(job);
}

/** Takes in what the vendor answered to the question for our job's state. */
export function noteAnswer(state: RecordingState, answer: JobAnswer, now: number): void {
  state.lastReconcile = { at: now, state: answer.job?.state ?? 'NOT FOUND' };
  if (state.stop) state.stop.questions += 1;
  if (answer.job) {
    state.notFoundInARow = 0;
    state.job = { ...state.job, ...answer.job };
    if (answer.job.state === 'STOPPED') state.over ??= { by: 'reconciliation', at: now };
    // The stop was taken, but had no effect: it is sent again.
    else if (state.stop && state.stop.questions >= QUESTIONS_UNTIL_NEXT_STOP) delete state.stop;
    return;
  }
  state.notFoundInARow += 1;
  if (state.notFoundInARow >= NOT_FOUND_IS_GONE && !state.over) {
    state.over = { by: 'reconciliation', at: now };
    warn(state, `The vendor does not know job ${state.job?.jobId} any more; how it ended cannot be told.`);
  }
}

export function iso(time: number): string {
  return new Date(time).toISOString();
}

/** The first word of our job's end is the one that counts. */
export function noteEnd(state: RecordingState, now: number): void {
  if (!state.over && state.job && newsOf(state, state.job.jobId)?.over) state.over = { by: 'callback', at: now };
}

/** Once a job is ours and every start was answered, nobody else's events can matter any more. */
function forgetOthers(state: RecordingState): void {
  if (state.unanswered.length > 0) return;
  const ours = ourJobs(state).map((job) => job.jobId);
  state.news = state.news.filter((news) => ours.includes(news.jobId));
}
