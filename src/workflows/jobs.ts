import { CancellationScope, condition, isCancellation, log, sleep } from '@temporalio/workflow';
import type { RecordingSettings } from '../contract/input.js';
import { NOT_FOUND_IS_GONE, type Job, type JobAnswer, type JobPoll } from '../contract/activityTypes.js';
import { getIndividualStreamJob, pollIndividualStreamJob, stopIndividualStreamJob } from './activities.js';
import {
  addExtraJob,
  adopt,
  candidates,
  disown,
  jobOf,
  mayBeRunning,
  newsOf,
  noteAnswer,
  runningExtraJobs,
  settingsOf,
  unansweredStarts,
  warn,
  type RecordingState,
  type UnansweredStart,
} from './state.js';

/* The jobs of a recording at the vendor: the one that records, and those that unanswered starts may have created. */

/** A job in these states has not ended. */
export const RUNNING_STATES = ['INIT', 'RUNNING'];

/** How often a stop is sent that has no effect. */
const MOST_STOPS = 5;

/** The pauses in which a stopped job is looked up, until it has ended or the stop is sent again. */
export const PAUSES_AFTER_STOP = [5_000, 10_000, 20_000];

/** How well the clocks of two workers agree, and each with the server's. */
const CLOCKS_AGREE = 500;

/** Polls our job until the vendor reports a state that is not known, and notes it. */
export async function pollJob(state: RecordingState, poll: Omit<JobPoll, 'appId' | 'jobId'>, within?: number) {
  const job = jobOf(state);
  if (!job) return;
  const answer = await pollIndividualStreamJob({ appId: state.appId ?? '', jobId: job.jobId, ...poll }, within);
  noteAnswer(state, answer, Date.now());
}

/**
 * Whether a start whose response was lost has created this job: it was created while the start was open. A worker took
 * both times around its call, and the vendor's clock gives the job's age: no late workflow task makes them less exact.
 */
export function isOurs(
  { job, createdBetween }: JobAnswer,
  settings: Pick<RecordingSettings, 'roomId' | 'userId' | 'videoType'>,
  unanswered: UnansweredStart[],
): boolean {
  if (!job || !createdBetween) return false;
  if (job.roomId !== settings.roomId || job.userId !== settings.userId) return false;
  if (job.videoType !== undefined && job.videoType !== settings.videoType) return false;
  const { from, until } = createdBetween;
  return unanswered.some((start) => until >= start.from - CLOCKS_AGREE && from <= start.until + CLOCKS_AGREE);
}

/** Until its scope is cancelled: examines jobs that events name, and stops those of ours that are not to record. */
export async function handleOtherJobs(state: RecordingState): Promise<never> {
  for (;;) {
    await condition(() => candidates(state).length > 0 || runningExtraJobs(state).length > 0);
    await examineCandidates(state);
    for (const extra of runningExtraJobs(state)) await stopExtraJob(state, extra);
  }
}

export async function examineCandidates(state: RecordingState): Promise<void> {
  for (let [jobId] = candidates(state); jobId !== undefined; [jobId] = candidates(state)) await examine(state, jobId);
}

/** However a run ends, it leaves no job running that no one watches. */
export async function stopAllJobs(state: RecordingState): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    do {
      await examineCandidates(state);
      await Promise.all(runningExtraJobs(state).map((job) => stopExtraJob(state, job)));
      const job = jobOf(state);
      if (job && mayBeRunning(state)) await stopForGood(state, job);
    } while (candidates(state).length > 0);
  });
}

/** Stops a job of ours. Returns whether to wait for its end: an accepted stop may have no effect. */
export async function stopJob(state: RecordingState, job: Job): Promise<boolean> {
  if (job.state === 'STOPPED') return false;
  for (let stops = 1; ; stops++) {
    const { alreadyOver } = await stopIndividualStreamJob({ appId: state.appId ?? '', jobId: job.jobId });
    if (!alreadyOver) return true;
    // "Not found" and "already done" are believed only when the job's own state does not say otherwise.
    if (await isOver(state, job)) return false;
    if (stops >= MOST_STOPS) {
      warnOfNoEffect(state, job);
      return false;
    }
    await sleep('2 seconds', { summary: 'Before the stop is sent again' });
  }
}

/** Looks up a job that an event names: it becomes ours where a start whose response was lost has created it. */
async function examine(state: RecordingState, jobId: string): Promise<void> {
  const answer = await getJob(state, jobId, {
    log: 'A job that may belong to this recording could not be looked up',
    warning: `Job ${jobId} may belong to an unanswered start, but the vendor would not tell: it was left alone.`,
  });
  const now = Date.now();
  if (!answer.job || !isOurs(answer, settingsOf(state), unansweredStarts(state))) {
    disown(state, jobId);
  } else if (!jobOf(state)) {
    adopt(state, answer.job, answer.createdBetween?.from ?? now, now);
  } else {
    addExtraJob(state, answer.job);
    warn(state, `Job ${jobId} of an unanswered start turned up later and was stopped; what it recorded is listed too.`);
  }
}

async function stopExtraJob(state: RecordingState, extra: Job): Promise<void> {
  await stopForGood(state, extra);
  extra.state = 'STOPPED';
}

/** Stops a job whose end nothing else waits for, and verifies that it ends. */
async function stopForGood(state: RecordingState, job: Job): Promise<void> {
  for (let stops = 1; stops <= MOST_STOPS; stops++) {
    if (!(await stopJob(state, job))) return;
    for (const pause of PAUSES_AFTER_STOP) {
      if (await condition(() => newsOf(state, job.jobId)?.over === true, pause)) return;
      if (await isOver(state, job)) return;
    }
  }
  warnOfNoEffect(state, job);
}

/** Whether a stopped job has ended. Where that cannot be read, it counts as ended: the vendor has accepted the stop. */
async function isOver(state: RecordingState, job: Job): Promise<boolean> {
  const answer = await getJob(state, job.jobId, {
    log: 'The end of a stopped job could not be verified',
    warning: `Job ${job.jobId} was stopped, but whether it has ended could not be verified.`,
  });
  if (answer.job && job.jobId === jobOf(state)?.jobId) noteAnswer(state, answer, Date.now());
  return !answer.job || answer.job.state === 'STOPPED';
}

/**
 * Looks a job up; one that was created this moment may not be found at once.
 * @param failed what is reported where the look-up fails
 */
async function getJob(
  state: RecordingState,
  jobId: string,
  failed: { log: string; warning: string },
): Promise<JobAnswer> {
  try {
    for (let responses = 1; ; responses++) {
      const answer = await getIndividualStreamJob({ appId: state.appId ?? '', jobId });
      if (answer.job || responses >= NOT_FOUND_IS_GONE) return answer;
      await sleep('2 seconds', { summary: 'Before a job that is not known yet is looked up again' });
    }
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn(failed.log, { jobId, error });
    warn(state, failed.warning);
    return {};
  }
}

function warnOfNoEffect(state: RecordingState, { jobId }: Job): void {
  warn(state, `Job ${jobId} is still running, although the vendor accepted every stop: its idle limit ends it.`);
}
