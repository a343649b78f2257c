import { condition, sleep } from '@temporalio/workflow';
import { continueAsNewWithFewNames, findAnnouncedFiles } from './collectFiles.js';
import { identifyAndStopExtraJobs, PAUSES_AFTER_STOP, pollJob, RUNNING_STATES, stopJob } from './jobs.js';
import { requestEndAfterAbsence } from './participant.js';
import {
  enforceMaxDuration,
  isEndRequestAcknowledged,
  shouldContinueAsNew,
  untilAll,
  untilFirst,
  type Run,
} from './run.js';
import {
  maxDurationEndsAt,
  eventsOf,
  isBetweenFiles,
  isRecording,
  jobOf,
  requestStop,
  settingsOf,
  type RecordingState,
} from './state.js';
import { countJobEnd, setPhase, step } from './visibility.js';

/** How much later than its idle limit the vendor may end a job. */
const IDLE_LIMIT_GRACE = 10_000;

/** The next file of a running job starts within this time after a complete one. */
const NEXT_FILE_WITHIN = 10_000;

/** Then the job is polled after these pauses; longer ones are those of the regular poll. */
const PAUSES_AFTER_FILE = [10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 640_000];

/** Waits until an event or the poll reports that the job has ended. Everything else here is cancelled then. */
export async function recordUntilEnd(run: Run): Promise<void> {
  const { state } = run;
  // In step 7 already, with the end counted: in the previous run, or because an earlier part is the last one.
  if (!jobOf(state) || state.phase === 'settling') return;
  setPhase(state, isEndRequestAcknowledged(run) ? 'stopping' : 'recording');
  await step(state, 'recordingEvents', async () => {
    while (isRecording(state)) {
      await untilFirst(
        () => condition(() => !isRecording(state) || shouldContinueAsNew(run)),
        () =>
          // Never ends by itself: some of these return early, which must not end the others.
          untilAll(
            () => pollAndEnforceMaxDuration(run),
            () => pollAfterLastFile(run),
            () => stopWhenRequested(run),
            () => requestEndAfterAbsence(run),
            () => identifyAndStopExtraJobs(state),
            () => findAnnouncedFiles(state),
          ),
      );
      if (isRecording(state)) await continueAsNewWithFewNames(run);
    }
  });
  countJobEnd(state);
}

/** Callbacks may be lost, so the vendor is polled too, until a stop is requested. */
async function pollAndEnforceMaxDuration(run: Run): Promise<void> {
  const { state } = run;
  const { maxIdleTime, reconcileInterval } = settingsOf(state);
  // If no one joins the room, the job has ended by then.
  const idleLimit = hasEvents(state) ? Infinity : maxIdleTime * 1000 + IDLE_LIMIT_GRACE;
  const firstPollAfter = Math.min(reconcileInterval, idleLimit);
  await untilFirst(
    () => condition(() => isEndRequestAcknowledged(run)),
    async () => {
      // One timer for both: most recordings end before it fires.
      await sleep(Math.max(1, Math.min(firstPollAfter, maxDurationEndsAt(state) - Date.now())), {
        summary: 'Until the state of the job is polled',
      });
      if (Date.now() >= maxDurationEndsAt(state)) return requestStop(state, 'maxDuration', Date.now());
      await untilFirst(
        () => enforceMaxDuration(state),
        () => pollUntilEnded(state),
      );
    },
  );
}

function hasEvents(state: RecordingState): boolean {
  return eventsOf(state, jobOf(state)?.jobId) !== undefined;
}

/** Without events each change of state is of interest: the status shows it. */
async function pollUntilEnded(state: RecordingState): Promise<void> {
  const { reconcileInterval } = settingsOf(state);
  while (isRecording(state)) {
    const lastState = state.lastReconcile?.state;
    const knownStates = hasEvents(state) ? RUNNING_STATES : lastState ? [lastState] : [];
    await pollJob(state, { knownStates, intervals: [reconcileInterval] });
    await sleep(reconcileInterval, { summary: 'Until the state of the job is polled' });
  }
}

/** The vendor may send no end event: after a complete file the job is polled sooner, until another file starts. */
async function pollAfterLastFile(run: Run): Promise<never> {
  const { state } = run;
  const { reconcileInterval } = settingsOf(state);
  const pauses = PAUSES_AFTER_FILE.filter((pause) => pause < reconcileInterval);
  const poll = {
    knownStates: RUNNING_STATES,
    intervals: [...pauses, reconcileInterval],
    responses: pauses.length + 1,
  };
  const mayHaveEnded = () => isBetweenFiles(state) && !isEndRequestAcknowledged(run);
  for (;;) {
    await condition(mayHaveEnded);
    if (await condition(() => !mayHaveEnded(), NEXT_FILE_WITHIN)) continue;
    await untilFirst(
      () => pollJob(state, poll),
      () => condition(() => !mayHaveEnded()),
    );
    await condition(() => !mayHaveEnded());
  }
}

async function stopWhenRequested(run: Run): Promise<void> {
  const { state } = run;
  await condition(() => isEndRequestAcknowledged(run));
  setPhase(state, 'stopping');
  const { reconcileInterval } = settingsOf(state);
  const [first = 0, ...intervals] = PAUSES_AFTER_STOP.map((pause) => Math.min(pause, reconcileInterval));
  for (let job = jobOf(state); job && isRecording(state); job = jobOf(state)) {
    await stopJob(state, job);
    await sleep(first, { summary: 'Until the stopped job is polled' });
    await pollJob(state, { knownStates: RUNNING_STATES, intervals, responses: PAUSES_AFTER_STOP.length });
  }
}
