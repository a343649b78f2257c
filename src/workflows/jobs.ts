import { CancellationScope, condition, isCancellation, sleep } from '@temporalio/workflow';
import type { Job, JobAnswer } from '../recording/steps.js';
import { isOurs } from './ownership.js';
import {
  addExtraJob,
  adopt,
  candidates,
  disown,
  mayBeRunning,
  newsOf,
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
    const { getIndividualStreamJob } = run.activities;
    noteAnswer(state, await getIndividualStreamJob({ appId: state.appId ?? '', jobId: state.job.jobId }), Date.now());
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
  await stopForGood(run, extra);
  // The main flow may have learned more of it meanwhile.
  for (const job of run.state.extraJobs) if (job.jobId === extra.jobId) job.state = 'STOPPED';
}

/** How often a stop is sent that has no effect. */
const MOST_STOPS = 5;

/** When a stopped job is asked for, until it is over; an event of its end comes before that, as a rule. */
const ASKED_AFTER_STOP = [5_000, 10_000, 20_000];

/** Stops a job of ours; nothing interrupts that. Says what has come of it: the vendor may accept a stop that has no effect. */
export async function stop(run: Run, job: Job): Promise<'accepted' | 'over' | 'withoutEffect'> {
  if (job.state === 'STOPPED') return 'over';
  const { stopIndividualStreamJob } = run.activities;
  const target = { appId: run.state.appId ?? '', jobId: job.jobId };
  return CancellationScope.nonCancellable(async () => {
    for (let stops = 1; ; stops++) {
      const { alreadyOver } = await stopIndividualStreamJob(target);
      if (!alreadyOver) return 'accepted';
      // "Not found" and "already done" are believed only when the job's own state does not say otherwise.
      if (await isOver(run, job)) return 'over';
      if (stops >= MOST_STOPS) {
        warn(run.state, unstoppable(job));
        return 'withoutEffect';
      }
      await sleep('2 seconds', { summary: 'Before the stop is sent again' });
    }
  });
}

/** Stops a job whose end nothing else waits for, and sees to it that it ends. */
async function stopForGood(run: Run, job: Job): Promise<void> {
  for (let stops = 1; ; stops++) {
    if ((await stop(run, job)) !== 'accepted') return;
    for (const pause of ASKED_AFTER_STOP) {
      if (await condition(() => newsOf(run.state, job.jobId)?.over === true, pause)) return;
      if (await isOver(run, job)) return;
    }
    if (stops >= MOST_STOPS) return void warn(run.state, unstoppable(job));
  }
}

async function isOver(run: Run, job: Job): Promise<boolean> {
  const seen = await askPatiently(run, job.jobId);
  if (seen.job && job.jobId === run.state.job?.jobId) noteAnswer(run.state, seen, Date.now());
  return !seen.job || seen.job.state === 'STOPPED';
}

function unstoppable({ jobId }: Job): string {
  return `Job ${jobId} is still running, although the vendor accepted every stop: its idle limit ends it.`;
}

/** Examines every job that may be the fruit of an unanswered start; nothing interrupts that. */
export async function examineCandidates(run: Run): Promise<void> {
  const { state, otherJobs } = run;
  await CancellationScope.nonCancellable(async () => {
    // What is under way already is not begun a second time.
    await condition(() => !otherJobs.busy);
    for (let [jobId] = candidates(state); jobId !== undefined; [jobId] = candidates(state)) await examine(run, jobId);
  });
}

/** Whatever the end of a run, no job of it is left running that nobody watches. */
export async function leaveNothingRunning(run: Run): Promise<void> {
  const { state } = run;
  await CancellationScope.nonCancellable(async () => {
    do {
      await examineCandidates(run);
      await Promise.all(runningExtraJobs(state).map((job) => stopExtra(run, job)));
      if (state.job && mayBeRunning(state)) await stopForGood(run, state.job);
    } while (candidates(state).length > 0);
  });
}

/** A job that was created this moment may not be found at once; and an outage must not leave one running. */
async function askPatiently(run: Run, jobId: string): Promise<JobAnswer> {
  for (let questions = 1; ; questions++) {
    const answer = await run.activities.lookUpJob({ appId: run.state.appId ?? '', jobId });
    if (answer.job || questions >= NOT_FOUND_IS_GONE) return answer;
    await sleep('2 seconds', { summary: 'Before asking again for a job that is not known yet' });
  }
}
