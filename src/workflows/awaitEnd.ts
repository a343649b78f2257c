import { ApplicationFailure } from '@temporalio/workflow';
import { FAILURES } from '../recording/failureCatalog.js';
import { FailureType } from '../recording/failureTypes.js';
import { Alarm } from './alarm.js';
import { ASKED_AT_ONCE, unseenPlaces } from './announcements.js';
import { Beside } from './beside.js';
import { lookMeanwhile } from './bucket.js';
import { durationLimit, neverStarted, nextQuestionAt } from './ending.js';
import { askForState, lookAfterOtherJobs, otherJobsWait, stop } from './jobs.js';
import { settingsOf } from './recordingState.js';
import { askToStop, goOnInNewRun, isTooLong, type Run } from './run.js';
import { showDetails, tellAttributes } from './webPage.js';

/**
 * Waits until the job is over, as an event tells or as the vendor answers when asked. Sees to it that a stop, the longest duration and jobs
 * of unanswered starts are acted on meanwhile, and that announced files do not pile up.
 */
export async function awaitEnd(run: Run): Promise<void> {
  const { state } = run;
  const alarm = new Alarm('Until the next question for the state of the job');
  const asking = new Beside(run);
  const stopping = new Beside(run);
  const looking = new Beside(run);
  let unseenAtLastLook = 0;
  const tooManyUnseen = () => unseenPlaces(state).length >= unseenAtLastLook + ASKED_AT_ONCE.entries;

  while (!state.over && state.job) {
    if (isTooLong(run)) await goOnInNewRun(run);
    const now = Date.now();
    if (now >= durationLimit(state)) askToStop(run, 'maxDuration');
    if (neverStarted(state)) throw startTimedOut(run);

    const seen = run.changes;
    const { job } = state;
    if (state.asked && !state.stop) {
      state.phase = 'stopping';
      tellAttributes(state);
      stopping.begin(async () => {
        await stop(run, job);
        state.stop = { sentAt: Date.now(), questions: 0 };
      });
    }
    lookAfterOtherJobs(run);
    if (now >= nextQuestionAt(state)) asking.begin(() => askForState(run));

    if (tooManyUnseen()) {
      looking.begin(async () => {
        await lookMeanwhile(run);
        unseenAtLastLook = unseenPlaces(state).length;
      });
    }

    showDetails(state);
    const limit = state.asked ? Infinity : durationLimit(state);
    const wakeAt = asking.busy ? limit : Math.min(limit, nextQuestionAt(state));
    const isToBeActedOn = () =>
      run.changes !== seen ||
      state.over !== undefined ||
      otherJobsWait(run) ||
      (tooManyUnseen() && !looking.busy) ||
      isTooLong(run);
    await alarm.wait(isToBeActedOn, wakeAt);
  }
}

function startTimedOut({ state }: Run): ApplicationFailure {
  return ApplicationFailure.create({
    type: FailureType.JobStartTimedOut,
    nonRetryable: true,
    message:
      `Job ${state.job?.jobId} is still in INIT although its idle limit of ${settingsOf(state).maxIdleTime} s has passed; it was stopped. ` +
      FAILURES.JobStartTimedOut.whatToDo,
  });
}
