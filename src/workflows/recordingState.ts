import type { RecordingEvent } from '../recording/event.js';
import type { RecordingSettings } from '../recording/input.js';
import { MAX_LISTED, type RecordingResult } from '../recording/result.js';
import type { Phase, RecordingStatus, StepName, StepProgress } from '../recording/status.js';
import type { AnnouncedFile, Job, JobAnswer, RecordPlace } from '../recording/steps.js';

/**
 * Everything that a run knows; plain data, so that it can be handed on when a long history continues as new.
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
  asked?: { by: 'stop' | 'maxDuration'; at: number };
  stop?: { sentAt: number; questions: number };
  over?: { by: 'callback' | 'reconciliation'; at: number };
  /** How often in a row the vendor said that it does not know our job. */
  notFoundInARow: number;
  lastEvent?: { eventType: string; at: number };
  lastReconcile?: { at: number; state: string };
  result?: RecordingResult;
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
  /** By `bucket/object`: a repeated event changes nothing. */
  announced: Record<string, AnnouncedFile>;
}

/** A job is gone only when the vendor has said so as often as this, one after the other. */
export const NOT_FOUND_IS_GONE = 3;

const QUESTIONS_UNTIL_NEXT_STOP = 3;

/** Jobs that are not known to be ours are remembered up to this number, in case one of them is. */
const MAX_NEWS_OF_OTHERS = 50;

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
    if (!state.warnings.includes(warning) && state.warnings.length < MAX_LISTED) state.warnings.push(warning);
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

/** The jobs of ours that may be running still, for all that is known. */
export function stillRunning(state: RecordingState): Job[] {
  const contradicted = state.over && ['INIT', 'RUNNING'].includes(stateSinceEnd(state) ?? '');
  const main = state.job && (!state.over || contradicted) ? [state.job] : [];
  return [...main, ...state.extraJobs.filter((job) => job.state !== 'STOPPED' && !newsOf(state, job.jobId)?.over)];
}

/** What the vendor answered about our job after its end had been told; absent when it was not asked, or did not answer. */
export function stateSinceEnd(state: RecordingState): string | undefined {
  const { over, lastReconcile } = state;
  return over && lastReconcile && lastReconcile.at >= over.at ? lastReconcile.state : undefined;
}

/** The files announced for all of our jobs, by `bucket/object`. */
export function announcedFiles(state: RecordingState): Map<string, AnnouncedFile> {
  return new Map(ourJobs(state).flatMap((job) => Object.entries(newsOf(state, job.jobId)?.announced ?? {})));
}

/** Jobs that events speak of and that may be the fruit of an unanswered start, oldest news first. */
export function candidates(state: RecordingState): string[] {
  if (state.unanswered.length === 0) return [];
  const ours = new Set(ourJobs(state).map((job) => job.jobId));
  return state.news.map((news) => news.jobId).filter((id) => !ours.has(id) && !state.strangers.includes(id));
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
export function addExtraJob(state: RecordingState, job: Job): Job {
  state.extraJobs.push(job);
  return job;
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

/** Takes one event in. Never throws, whatever was sent. Says whether it was about this recording. */
export function takeEvent(state: RecordingState, sent: unknown, now: number): boolean {
  const event = readEvent(sent);
  const jobId = event.jobId ?? jobOfStream(state, event.streamName);
  if (!event.eventType || jobId === undefined || !mayBeOurs(state, event, jobId)) return false;

  const news = newsOf(state, jobId) ?? addNews(state, jobId);
  if (!news) return false;
  if (event.streamName && !news.streamNames.includes(event.streamName)) news.streamNames.push(event.streamName);
  switch (event.eventType) {
    case 'RECORD_NEW_FILE_START':
      news.begun = true;
      break;
    case 'RECORD_FILE_COMPLETE':
      announce(news, event);
      break;
    case 'CLOUD_RECORD_OVER':
    case 'CLOUD_RECORD_SERVER_OVER':
      news.over = true;
      break;
    default:
      return false;
  }
  state.lastEvent = { eventType: event.eventType, at: now };
  noteEnd(state, now);
  return true;
}

export function statusOf(state: RecordingState): RecordingStatus {
  const announced = [...announcedFiles(state).values()];
  const streamName = state.job?.streamName;
  return {
    phase: state.phase,
    ...(state.settings && { input: state.settings }),
    steps: state.steps,
    ...(state.appId !== undefined && { appId: state.appId }),
    ...(state.ruleId !== undefined && { ruleId: state.ruleId }),
    ...(state.job && { jobId: state.job.jobId }),
    ...(streamName !== undefined && { streamName }),
    ...(state.startedAt !== undefined && { startedAt: iso(state.startedAt) }),
    ...(state.asked && { stopAskedBy: state.asked.by }),
    files: state.result?.files ?? announced.slice(0, MAX_LISTED),
    fileCount: state.result?.fileCount ?? announced.length,
    ...(state.lastEvent && { lastEvent: { ...state.lastEvent, at: iso(state.lastEvent.at) } }),
    ...(state.lastReconcile && { lastReconcile: { ...state.lastReconcile, at: iso(state.lastReconcile.at) } }),
    warnings: state.result?.warnings ?? state.warnings,
    ...(state.result && { result: state.result }),
  };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

/** The first word of our job's end is the one that counts. */
function noteEnd(state: RecordingState, now: number): void {
  if (!state.over && state.job && newsOf(state, state.job.jobId)?.over) state.over = { by: 'callback', at: now };
}

function mayBeOurs(state: RecordingState, event: RecordingEvent, jobId: string): boolean {
  // Before the first try no job of ours exists: whatever is told is of an earlier recording or of somebody else's.
  if (state.startTriedAt === undefined || !state.settings) return false;
  if (event.appId !== undefined && event.appId !== state.appId) return false;
  if (event.roomId !== undefined && event.roomId !== state.settings.roomId) return false;
  if (ourJobs(state).some((job) => job.jobId === jobId)) return true;
  if (state.strangers.includes(jobId)) return false;
  return state.job === undefined || state.unanswered.length > 0;
}

/** The job id is optional in an event; the name of our own stream tells as much. */
function jobOfStream(state: RecordingState, streamName: string | undefined): string | undefined {
  if (streamName === undefined) return undefined;
  return ourJobs(state).find((job) => job.streamName === streamName)?.jobId;
}

function addNews(state: RecordingState, jobId: string): JobNews | undefined {
  const ours = ourJobs(state).some((job) => job.jobId === jobId);
  if (!ours && state.news.length >= MAX_NEWS_OF_OTHERS) return undefined;
  const news: JobNews = { jobId, begun: false, unnamedFile: false, over: false, streamNames: [], announced: {} };
  state.news.push(news);
  return news;
}

/** Once a job is ours and every start was answered, nobody else's events can matter any more. */
function forgetOthers(state: RecordingState): void {
  if (state.unanswered.length > 0) return;
  const ours = ourJobs(state).map((job) => job.jobId);
  state.news = state.news.filter((news) => ours.includes(news.jobId));
}

function announce(news: JobNews, event: RecordingEvent): void {
  if (!event.obsObject) {
    news.unnamedFile = true;
    return;
  }
  const file: AnnouncedFile = {
    ...(event.obsBucket && { bucket: event.obsBucket }),
    object: event.obsObject,
    ...(event.recordFormat && { format: event.recordFormat }),
    ...(event.recordDuration !== undefined && { duration: event.recordDuration }),
    ...(event.startTime && { startTime: event.startTime }),
    ...(event.endTime && { endTime: event.endTime }),
    ...(event.width !== undefined && { width: event.width }),
    ...(event.height !== undefined && { height: event.height }),
  };
  const key = `${file.bucket ?? ''}/${file.object}`;
  const known = news.announced[key];
  // A playlist may be announced again when it has grown; the longest is the last, whatever order the events came in.
  if (!known || (file.duration ?? 0) > (known.duration ?? 0)) news.announced[key] = file;
}

const TEXTS = [
  'eventType',
  'appId',
  'roomId',
  'jobId',
  'streamName',
  'recordFormat',
  'startTime',
  'endTime',
  'obsBucket',
  'obsObject',
] as const;
const NUMBERS = ['recordDuration', 'width', 'height'] as const;

/** A signal's argument is whatever its sender wrote: only fields of the right kind are taken. */
function readEvent(sent: unknown): RecordingEvent {
  const event: RecordingEvent = {};
  if (typeof sent !== 'object' || sent === null) return event;
  const given = sent as Record<string, unknown>;
  for (const name of TEXTS) {
    const value = given[name];
    if (typeof value === 'string' && value !== '') event[name] = value;
    else if (typeof value === 'number') event[name] = String(value);
  }
  for (const name of NUMBERS) {
    const value = given[name];
    if (typeof value === 'number' && Number.isFinite(value)) event[name] = value;
  }
  return event;
}
