import { ApplicationFailure } from '@temporalio/workflow';
import { FailureType } from '../recording/failureTypes.js';
import { Alarm } from './alarm.js';
import { Beside } from './beside.js';
import { durationLimit, neverStarted, nextQuestionAt } from './ending.js';
import { askForState, examine, stop } from './jobs.js';
import { candidates, settingsOf } from './recordingState.js';
import { askToStop, continueAsNewIfLong, type Run } from './run.js';

/**
 * Waits until the job is over, as an event tells or as the vendor answers when asked. Sees to it that a stop, the longest duration and jobs
 * of unanswered starts are acted on meanwhile.
 */
export async function awaitEnd(run: Run): Promise<void> {
  const { state } = run;
  const alarm = new Alarm('Until the next question for the state of the job');
  const asking = new Beside(run);
  const examining = new Beside(run);
  const stopping = new Beside(run);

  while (!state.over && state.job) {
    await continueAsNewIfLong(run);
    const now = Date.now();
    if (now >= durationLimit(state)) askToStop(run, 'maxDuration');
    if (neverStarted(state)) throw startTimedOut(run);

    const seen = run.changes;
    const { job } = state;
    if (state.asked && !state.stop) {
      state.phase = 'stopping';
      stopping.begin(async () => {
        await stop(run, job);
        state.stop = { sentAt: Date.now(), questions: 0 };
      });
    }
    const candidate = candidates(state)[0];
    if (candidate !== undefined) examining.begin(() => examine(run, candidate));
    if (now >= nextQuestionAt(state)) asking.begin(() => askForState(run));

    const limit = state.asked ? Infinity : durationLimit(state);
    const wakeAt = asking.busy ? limit : Math.min(limit, nextQuestionAt(state));
    await alarm.wait(() => run.changes !== seen, wakeAt);
  }
}

function startTimedOut({ state }: Run): ApplicationFailure {
  return ApplicationFailure.create({
    type: FailureType.JobStartTimedOut,
    nonRetryable: true,
    message:
      `Job ${state.job?.jobId} is still in INIT although its idle limit of ${settingsOf(state).maxIdleTime} s has passed; it was stopped. ` +
      'Check that the user publishes in that room, and give a longer maxIdleTime if the recording is started before they do.',
  });
}
