import {
  ApplicationFailure,
  CancelledFailure,
  ContinueAsNew,
  isCancellation,
  log,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { RecordingResult } from '../recording/result.js';
import { awaitEnd } from './awaitEnd.js';
import { buildResult } from './ending.js';
import { takeEvent } from './events.js';
import { wasCutShort } from './cutShort.js';
import { explainFailure } from './explainFailure.js';
import { examineCandidates, leaveNothingRunning } from './jobs.js';
import { participantJoined, recordingEvent, recordingStatus, stopRecording } from './messages.js';
import { countJobEnd, countRecording } from './metrics.js';
import { awaitParticipant, prepare } from './prepare.js';
import { candidates, settingsOf, type RecordingState } from './recordingState.js';
import { askToStop, beginRun, interruptibly, step, type Run } from './run.js';
import { settle } from './settle.js';
import { startJob } from './startJob.js';
import { statusOf } from './status.js';
import { showDetails, tellAttributes } from './webPage.js';

/**
 * Records what one user sends in one room, by the vendor's documented procedure, and names the files that really lie in the bucket.
 *
 * @param input see `RecordingInput`; anything else fails with `InvalidInput`, naming every field, before any call is made
 * @param carried only from a run of this workflow to the next one of the same recording (continue-as-new)
 * @throws {ApplicationFailure} of one of the types in `FailureType`, with a message that says what to do
 * Source: SparkRTC API reference, "Example 1: Creating a Single Stream Recording Job"
 */
export async function singleStreamRecording(input: unknown, carried?: RecordingState): Promise<RecordingResult> {
  const continued = workflowInfo().continuedFromExecutionRunId !== undefined;
  const run = beginRun(input, continued ? carried : undefined);
  const { state, activities } = run;
  listen(run);

  try {
    if (!state.settings) {
      const { procedure, rememberedAppId, ...settings } = await activities.checkInput(input);
      Object.assign(state, { settings, procedure, rememberedAppId });
    }

    if (!state.job) await obtainJob(run);
    if (!state.job) await lookOnceMore(run);

    if (state.job) {
      state.phase = state.asked ? 'stopping' : 'recording';
      tellAttributes(state);
      await step(run, 'recordingEvents', () => awaitEnd(run));
      countJobEnd(state);
      state.phase = 'settling';
    }
    const listing = state.job && (await step(run, 'listRecordingFiles', () => settle(run)));
    state.result = buildResult(state, listing);
    state.phase = 'completed';
    tellAttributes(state);
    countRecording(state);
    log.info('The recording is over', { outcome: state.result.outcome, jobId: state.job?.jobId });
    return state.result;
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    state.phase = isCancellation(error) ? 'cancelled' : 'failed';
    try {
      await leaveNothingRunning(run);
    } catch (left) {
      log.error('A job of this recording may be running still: it could not be stopped', { error: left });
    }
    tellAttributes(state);
    countRecording(state);
    const failure = explainFailure(error, state);
    if (failure instanceof ApplicationFailure) state.failure = `${failure.type}: ${failure.message}`;
    throw failure;
  } finally {
    showDetails(state);
  }
}

/** Steps 1 to 6. Returns without a job when the recording was stopped before it had one. */
async function obtainJob(run: Run): Promise<void> {
  const { state } = run;
  if (state.startTriedAt === undefined) {
    try {
      await interruptibly(run, () => prepare(run, { fresh: false }));
      if (settingsOf(state).waitForParticipant) await awaitParticipant(run);
    } catch (error) {
      if (!wasCutShort(error)) throw error;
      throwIfCancelled(run);
    }
  }
  throwIfCancelled(run);
  if (state.asked) return;

  state.phase = 'starting';
  await step(run, 'startIndividualStreamJob', () => startJob(run));
  throwIfCancelled(run);
}

/** The recording is to end without a job. Until its very last task an event may speak of one: then it is ours, and its files are. */
async function lookOnceMore(run: Run): Promise<void> {
  const { state } = run;
  do {
    await examineCandidates(run);
    // A run that closes in the task that answers an update loses the answer when anything else happens meanwhile.
    if (!state.job) await sleep(1, { summary: 'Until the answer to the stop is stored' });
  } while (!state.job && candidates(state).length > 0);
  throwIfCancelled(run);
}

function throwIfCancelled(run: Run): void {
  if (run.root.consideredCancelled) throw new CancelledFailure('The recording was cancelled');
}

/** Messages may come from the first moment on. Whatever they bring, a handler never throws: that would stop the workflow for good. */
function listen(run: Run): void {
  const { state } = run;
  setHandler(
    recordingEvent,
    (event) => {
      if (takeEvent(state, event, Date.now())) showDetails(state);
    },
    { description: "One of the vendor's callbacks, from the receiver. In any order, any number of times." },
  );
  setHandler(
    participantJoined,
    () => {
      state.participantJoined = true;
      run.changes += 1;
    },
    { description: 'The user is in the room: a recording with waitForParticipant starts its job. No argument.' },
  );
  setHandler(
    stopRecording,
    () => {
      askToStop(run, 'stop');
      return statusOf(state);
    },
    { description: 'Ends the recording; answers with its status at once, and the result has the files. No argument.' },
  );
  setHandler(recordingStatus, () => statusOf(state), {
    description: 'What is going on, or how it ended: phase, steps, job, files so far, last event. No argument.',
  });
}
