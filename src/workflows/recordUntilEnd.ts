import { ApplicationFailure, condition, sleep } from '@temporalio/workflow';
import { FAILURES, FailureType } from '../contract/failures.js';
import { continueAsNewWithFewNames, findAnnouncedFiles } from './collectFiles.js';
import { doublingPauses, handleOtherJobs, pollJob, RUNNING_STATES, stopJob } from './jobs.js';
import { isEndDue, shouldContinueAsNew, untilAll, untilFirst, type Run } from './run.js';
import {
  beginStopping,
  durationLimit,
  initLimit,
  isHeardOf,
  isRecording,
  jobOf,
  neverStarted,
  requestStop,
  settingsOf,
  type RecordingState,
} from './state.js';
import { countJobEnd, setPhase, step } from './visibility.js';

/** After a stop the end is near: polled after so long, then twice as long each time. */
const FIRST_POLL_AFTER_STOP = 5_000;

/** So many polls may say that the job is still running, until the stop is sent again. */
const POLLS_UNTIL_NEXT_STOP = 3;

/**
 * Waits until the job has ended, as an event or the poll reports. Everything else that has to happen meanwhile runs in the
 * same scope and ends with the wait.
 */
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
    if (neverStarted(state, Date.now())) throw startTimedOut(state);
    await sleep(pauseBeforePoll(state), { summary: 'Until the state of the job is polled' });
  }
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
  const [first = 0, ...intervals] = doublingPauses(POLLS_UNTIL_NEXT_STOP, FIRST_POLL_AFTER_STOP, reconcileInterval);
  for (let job = jobOf(state); job && isRecording(state); job = jobOf(state)) {
    await stopJob(state, job);
    await sleep(first, { summary: 'Until the stopped job is polled' });
    await pollJob(state, { knownStates: RUNNING_STATES, intervals, responses: POLLS_UNTIL_NEXT_STOP });
  }
}

function startTimedOut(state: RecordingState): ApplicationFailure {
  return ApplicationFailure.create({
    type: FailureType.JobStartTimedOut,
    nonRetryable: true,
    message:
      `Job ${jobOf(state)?.jobId} is still in INIT although its idle limit of ${settingsOf(state).maxIdleTime} s has passed; it was stopped. ` +
      FAILURES.JobStartTimedOut.whatToDo,
  });
}
