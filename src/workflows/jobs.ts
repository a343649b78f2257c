import { CancellationScope, condition, isCancellation, sleep } from '@temporalio/workflow';
import type { Job, JobAnswer } from '../recording/steps.js';
import { isOurs } from './ownership.js';
import {
  addExtraJob,
  adopt,
  candidates,
  disown,
  mayBeRunning,
  NOT_FOUND_IS_GONE,
  noteAnswer,
  runningExtraJobs,
  settingsOf,
  warn,
} from './recordingState.js';
import type { Run } from './run.js';

/*
 * The questions and stops that a run sends to the vendor about its jobs.
 */

/** Asks for the state of our job and notes the answer; that there was none is noted too. */
export async function askForState(run: Run): Promise<void> {
  const { state } = run;
  if (!state.job) return;
  try {
    noteAnswer(state, await ask(run, state.job.jobId), Date.now());
  } catch (error) {
    if (isCancellation(error)) throw error;
    // Not fatal: the callbacks go on, and the next question may be answered.
    state.lastReconcile = { at: Date.now(), state: 'NO ANSWER' };
  }
}

/** Finds out whether a job that an event spoke of is the fruit of an unanswered start: then it becomes ours. */
async function examine(run: Run, jobId: string): Promise<void> {
  const { state } = run;
  let answer: JobAnswer;
  try {
    answer = await askPatiently(run, jobId);
  } catch (error) {
    if (isCancellation(error)) throw error;
    disown(state, jobId);
    warn(state, `Job ${jobId} may belong to an unanswered start, but the vendor would not tell: it was left alone.`);
    return;
  }
  const now = Date.now();
  if (!answer.job || !isOurs(answer, settingsOf(state), state.unanswered)) {
    disown(state, jobId);
  } else if (!state.job) {
    adopt(state, answer.job, answer.createdBetween?.from ?? now, now);
  } else {
    addExtraJob(state, answer.job);
    warn(state, `Job ${jobId} of an unanswered start turned up later and was stopped; what it recorded is listed too.`);
  }
}

/** Whether {@link lookAfterOtherJobs} has something to begin. */
export function otherJobsWait({ state, otherJobs }: Run): boolean {
  return !otherJobs.busy && (candidates(state).length > 0 || runningExtraJobs(state).length > 0);
}

/**
 * Sees to the jobs that events speak of beside the one that records: one that may be the fruit of an unanswered start is examined, and one more of ours is
 * stopped. One at a time, beside the main flow.
 */
export function lookAfterOtherJobs(run: Run): void {
  const { state, otherJobs } = run;
  const candidate = candidates(state)[0];
  const extra = runningExtraJobs(state)[0];
  if (candidate !== undefined) otherJobs.begin(() => examine(run, candidate));
  else if (extra) otherJobs.begin(() => stopExtra(run, extra));
}

async function stopExtra(run: Run, extra: Job): Promise<void> {
  await stop(run, extra);
  // The main flow may have learned more of it meanwhile.
  for (const job of run.state.extraJobs) if (job.jobId === extra.jobId) job.state = 'STOPPED';
}

/** How often a stop is sent whose answer the job's own state denies. */
const MOST_STOPS = 5;

/** Stops a job of ours for good; nothing interrupts that. */
export async function stop(run: Run, job: Job): Promise<void> {
  if (job.state === 'STOPPED') return;
  const { stopIndividualStreamJob } = run.activities;
  const target = { appId: run.state.appId ?? '', jobId: job.jobId };
  await CancellationScope.nonCancellable(async () => {
    for (let stops = 1; ; stops++) {
      const { alreadyOver } = await stopIndividualStreamJob(target);
      if (!alreadyOver) return;
      // "Not found" and "already done" are believed only when the job's own state does not say otherwise.
      const seen = await askPatiently(run, job.jobId);
      if (seen.job && job.jobId === run.state.job?.jobId) noteAnswer(run.state, seen, Date.now());
      if (!seen.job || seen.job.state === 'STOPPED') return;
      if (stops >= MOST_STOPS) return void warn(run.state, unstoppable(job));
      await sleep('2 seconds', { summary: 'Before the stop is sent again' });
    }
  });
}

function unstoppable({ jobId }: Job): string {
  return `The vendor calls job ${jobId} over whenever it is to be stopped, and running whenever it is asked for: its idle limit ends it.`;
}

/** Whatever the end of a run, no job of it is left running that nobody watches. */
export async function leaveNothingRunning(run: Run): Promise<void> {
  const { state, otherJobs } = run;
  await CancellationScope.nonCancellable(async () => {
    // What is under way already is not begun a second time.
    await condition(() => !otherJobs.busy);
    for (const jobId of candidates(state)) await examine(run, jobId);
    await Promise.all(runningExtraJobs(state).map((job) => stopExtra(run, job)));
    if (state.job && mayBeRunning(state)) await stop(run, state.job);
  });
}

/** A job that was created this moment may not be found at once. */
async function askPatiently(run: Run, jobId: string): Promise<JobAnswer> {
  for (let questions = 1; ; questions++) {
    const answer = await ask(run, jobId);
    if (answer.job || questions >= NOT_FOUND_IS_GONE) return answer;
    await sleep('2 seconds', { summary: 'Before asking again for a job that is not known yet' });
  }
}

function ask(run: Run, jobId: string) {
  return run.activities.getIndividualStreamJob({ appId: run.state.appId ?? '', jobId });
}
