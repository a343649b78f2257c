import { condition, sleep } from '@temporalio/workflow';
import { continueAsNewWithFewNames, findAnnouncedFiles } from './collectFiles.js';
import { jobStartTimedOut } from './failure.js';
import { handleOtherJobs, PAUSES_AFTER_STOP, pollJob, RUNNING_STATES, stopJob } from './jobs.js';
import { isEndDue, shouldContinueAsNew, untilAll, untilFirst, type Run } from './run.js';
import {
  beginStopping,
  durationLimit,
  isHeardOf,
  isRecording,
  jobOf,
  requestStop,
  settingsOf,
  type RecordingState,
} from './state.js';
import { countJobEnd, setPhase, step } from './visibility.js';

/** What the vendor's own idle limit may need to take effect. */
const IDLE_LIMIT_GRACE = 10_000;

/** Waits until an event or the poll reports that the job has ended. What else has to happen ends with this wait. */
export async function recordUntilEnd(run: Run): Promise<void> {
  const { state } = run;
  if (!jobOf(state) || state.phase === 'settling') return;
  await step(state, 'recordingEvents', async () => {
    while (isRecording(state)) {
      await untilFirst(
        () => condition(() => !isRecording(state) || shouldContinueAsNew(run)),
        () =>
          untilAll(
            () => pollUntilStopRequested(run),
            () => stopWhenRequested(run),
            () => handleOtherJobs(state),
            () => findAnnouncedFiles(state),
          ),
      );
      if (isRecording(state)) await continueAsNewWithFewNames(run);
    }
  });
  countJobEnd(state);
}

/** Callbacks may be lost: the vendor is polled too, and the longest duration is enforced. */
async function pollUntilStopRequested(run: Run): Promise<void> {
  const { state } = run;
  setPhase(state, 'recording');
  await untilFirst(
    () => condition(() => isEndDue(run)),
    async () => {
      // One timer for both: most recordings are over before it fires.
      await sleep(Math.max(1, Math.min(pauseBeforePoll(state), durationLimit(state) - Date.now())), {
        summary: 'Until the state of the job is polled',
      });
      if (Date.now() >= durationLimit(state)) return requestStop(state, 'maxDuration', Date.now());
      await untilFirst(
        () => enforceMaxDuration(state),
        () => pollUntilEnded(state),
      );
    },
  );
}

async function enforceMaxDuration(state: RecordingState): Promise<void> {
  await sleep(Math.max(1, durationLimit(state) - Date.now()), { summary: 'The longest duration' });
  requestStop(state, 'maxDuration', Date.now());
}

async function pollUntilEnded(state: RecordingState): Promise<void> {
  while (isRecording(state)) {
    const knownStates = isHeardOf(state) ? RUNNING_STATES : lastKnownState(state);
    await pollJob(state, { knownStates, intervals: [settingsOf(state).reconcileInterval] });
    if (neverStarted(state, Date.now())) throw jobStartTimedOut(state);
    await sleep(pauseBeforePoll(state), { summary: 'Until the state of the job is polled' });
  }
}

/** When a job that never began has surely reached its idle limit. */
export function initLimit({ job, settings }: RecordingState): number {
  return 'startedAt' in job ? job.startedAt + (settings?.maxIdleTime ?? 0) * 1000 + IDLE_LIMIT_GRACE : Infinity;
}

/** A job in INIT may wait for its publisher until its idle limit; one that is in INIT after that never started. */
export function neverStarted(state: RecordingState, now: number): boolean {
  return state.lastReconcile?.state === 'INIT' && now > initLimit(state) && !isHeardOf(state);
}

/** A job that was never heard of is polled once its idle limit has passed, not only after a long interval. */
function pauseBeforePoll(state: RecordingState): number {
  const { reconcileInterval } = settingsOf(state);
  const untilInitLimit = initLimit(state) + 1 - Date.now();
  return !isHeardOf(state) && untilInitLimit > 0 ? Math.min(reconcileInterval, untilInitLimit) : reconcileInterval;
}

/** INIT is no known state: whether the job is still in it decides whether it ever starts. */
function lastKnownState({ lastReconcile }: RecordingState): string[] {
  return lastReconcile && lastReconcile.state !== 'INIT' ? [lastReconcile.state] : [];
}

async function stopWhenRequested(run: Run): Promise<void> {
  const { state } = run;
  await condition(() => isEndDue(run));
  beginStopping(state);
  setPhase(state, 'stopping');
  const { reconcileInterval } = settingsOf(state);
  const [first = 0, ...intervals] = PAUSES_AFTER_STOP.map((pause) => Math.min(pause, reconcileInterval));
  for (let job = jobOf(state); job && isRecording(state); job = jobOf(state)) {
    await stopJob(state, job);
    await sleep(first, { summary: 'Until the stopped job is polled' });
    await pollJob(state, { knownStates: RUNNING_STATES, intervals, responses: PAUSES_AFTER_STOP.length });
  }
}
