import { CancellationScope, condition, log, sleep } from '@temporalio/workflow';
import type { RecordingSettings } from '../contract/input.js';
import { NOT_FOUND_LIMIT, type Job, type JobResponse, type JobPoll } from '../contract/activityTypes.js';
import { getIndividualStreamJob, pollIndividualStreamJob, stopIndividualStreamJob } from './activities.js';
import { isActivityError } from './run.js';
import {
  adopt,
  appIdOf,
  unidentifiedJobs,
  markForeign,
  jobOf,
  mayBeRunning,
  eventsOf,
  applyJobState,
  runningExtraJobs,
  settingsOf,
  ambiguousStarts,
  warn,
  type RecordingState,
  type AmbiguousStart,
} from './state.js';

export const RUNNING_STATES = ['INIT', 'RUNNING'];

/** After so many stops in a row without effect there is a warning, and `stopAllJobs` gives up. */
const MAX_STOPS = 5;

/** The pauses before each poll of a stopped job; then the stop is sent again. */
export const PAUSES_AFTER_STOP = [5_000, 10_000, 20_000];

/** The largest expected difference between the clocks of two workers, or of a worker and the server. */
const CLOCK_TOLERANCE = 500;

/** Polls our job until the vendor reports another than the known states, and applies the response. */
export async function pollJob(state: RecordingState, poll: Omit<JobPoll, 'appId' | 'jobId'>, within?: number) {
  const job = jobOf(state);
  if (!job) return;
  const response = await pollIndividualStreamJob({ appId: appIdOf(state), jobId: job.jobId, ...poll }, within);
  applyJobState(state, response, Date.now());
}

/**
 * Whether an ambiguous start created this job. The times are a worker's, unless the activity of the start timed out:
 * then a late workflow task widens the window.
 */
export function isOurs(
  { job, createdBetween }: JobResponse,
  settings: Pick<RecordingSettings, 'roomId' | 'userId' | 'videoType'>,
  ambiguous: AmbiguousStart[],
): boolean {
  if (!job || !createdBetween) return false;
  if (job.roomId !== settings.roomId || job.userId !== settings.userId) return false;
  if (job.videoType !== undefined && job.videoType !== settings.videoType) return false;
  const { from, until } = createdBetween;
  return ambiguous.some((start) => until >= start.from - CLOCK_TOLERANCE && from <= start.until + CLOCK_TOLERANCE);
}

/**
 * Until its scope is cancelled: looks up the jobs that events name, and stops those of ours that are not to record.
 */
export async function identifyAndStopExtraJobs(state: RecordingState): Promise<never> {
  for (;;) {
    await condition(() => unidentifiedJobs(state).length > 0 || runningExtraJobs(state).length > 0);
    await identifyJobs(state);
    for (const extra of runningExtraJobs(state)) await stopExtraJob(state, extra);
  }
}

export async function identifyJobs(state: RecordingState): Promise<void> {
  for (let [jobId] = unidentifiedJobs(state); jobId !== undefined; [jobId] = unidentifiedJobs(state))
    await identifyJob(state, jobId);
}

/** Stops every job of ours, also when the workflow was cancelled: no job is left running unwatched. */
export async function stopAllJobs(state: RecordingState): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    do {
      await identifyJobs(state);
      await Promise.all(runningExtraJobs(state).map((job) => stopExtraJob(state, job)));
      const job = jobOf(state);
      if (job && mayBeRunning(state)) await stopAndConfirm(state, job);
    } while (unidentifiedJobs(state).length > 0);
  });
}

/** Sends a stop. Returns whether the job's end is still to be awaited. */
export async function stopJob(state: RecordingState, job: Job): Promise<boolean> {
  if (job.state === 'STOPPED') return false;
  for (let stops = 1; ; stops++) {
    const { alreadyEnded } = await stopIndividualStreamJob({ appId: appIdOf(state), jobId: job.jobId });
    if (!alreadyEnded) return true;
    // "Not found" and "already stopped" count only if the job's own state agrees.
    if (await hasEnded(state, job)) return false;
    if (stops >= MAX_STOPS) {
      warnOfIneffectiveStops(state, job, 'reported it as ended');
      return false;
    }
    await sleep('2 seconds', { summary: 'Pause before the stop is sent again' });
  }
}

/** Looks up a job that an event names: it is ours if an ambiguous start has created it. */
async function identifyJob(state: RecordingState, jobId: string): Promise<void> {
  const warning = `Job ${jobId} may belong to this recording, but could not be looked up: it was left untouched.`;
  const response = await getJob(state, jobId, warning);
  const now = Date.now();
  if (!response.job || !isOurs(response, settingsOf(state), ambiguousStarts(state))) {
    markForeign(state, jobId);
  } else if (!jobOf(state)) {
    adopt(state, response.job, response.createdBetween?.from ?? now, now);
  } else {
    state.extraJobs.push(response.job);
    warn(state, `Job ${jobId}, created by a start whose response was lost, is stopped; its files are listed too.`);
  }
}

async function stopExtraJob(state: RecordingState, extra: Job): Promise<void> {
  await stopAndConfirm(state, extra);
  // Even if the stops had no effect: no more are sent.
  extra.state = 'STOPPED';
}

async function stopAndConfirm(state: RecordingState, job: Job): Promise<void> {
  const hasEndEvent = () => eventsOf(state, job.jobId)?.ended === true;
  // One that came before the stop proves nothing: SparkRTC has contradicted it.
  const isEndEventNew = !hasEndEvent();
  for (let stops = 1; stops <= MAX_STOPS; stops++) {
    if (!(await stopJob(state, job))) return;
    for (const pause of PAUSES_AFTER_STOP) {
      if (await condition(() => isEndEventNew && hasEndEvent(), pause)) return;
      if (await hasEnded(state, job)) return;
    }
  }
  warnOfIneffectiveStops(state, job, 'accepted every stop');
}

/** Whether a stopped job has ended. If that cannot be read it counts as ended: SparkRTC has responded to the stop. */
async function hasEnded(state: RecordingState, job: Job): Promise<boolean> {
  const response = await getJob(state, job.jobId, `Job ${job.jobId} was stopped, but its end could not be verified.`);
  if (response.job && job.jobId === jobOf(state)?.jobId) applyJobState(state, response, Date.now());
  return !response.job || response.job.state === 'STOPPED';
}

/** Looks a job up; one that was just created may not be found at once. `warning` is added if the request fails. */
async function getJob(state: RecordingState, jobId: string, warning: string): Promise<JobResponse> {
  try {
    for (let responses = 1; ; responses++) {
      const response = await getIndividualStreamJob({ appId: appIdOf(state), jobId });
      if (response.job || responses >= NOT_FOUND_LIMIT) return response;
      await sleep('2 seconds', { summary: 'Pause before an unknown job is looked up again' });
    }
  } catch (error) {
    // An attempt that was under way may fail with an error of its own: that says nothing about the job.
    if (!isActivityError(error)) throw error;
    log.warn(warning, { jobId, error });
    warn(state, warning);
    return {};
  }
}

function warnOfIneffectiveStops(state: RecordingState, { jobId }: Job, response: string): void {
  warn(state, `Job ${jobId} is still running, although SparkRTC ${response}: its idle limit will end it.`);
}
