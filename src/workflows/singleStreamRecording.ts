import {
  CancellationScope,
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
import { leaveNothingRunning } from './jobs.js';
import { participantJoined, recordingEvent, recordingStatus, stopRecording } from './messages.js';
import { awaitParticipant, prepare } from './prepare.js';
import type { RecordingState } from './recordingState.js';
import { askToStop, beginRun, interruptibly, step, type Run } from './run.js';
import { settle } from './settle.js';
import { startJob } from './startJob.js';
import { statusOf } from './status.js';

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
    state.settings ??= await activities.checkInput(input);

    if (!state.job) await obtainJob(run);

    if (state.job) {
      state.phase = state.asked ? 'stopping' : 'recording';
      await step(run, 'recordingEvents', () => awaitEnd(run));
      state.phase = 'settling';
    }
    const listing = state.job && (await step(run, 'listRecordingFiles', () => settle(run)));
    if (!listing) {
      await leaveNothingRunning(run);
      // A run that closes in the task that answers an update loses the answer when anything else happens meanwhile.
      await sleep(1, { summary: 'Until the answer to the stop is stored' });
    }
    state.result = buildResult(state, listing);
    state.phase = 'completed';
    return state.result;
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    state.phase = isCancellation(error) ? 'cancelled' : 'failed';
    try {
      await leaveNothingRunning(run);
    } catch (left) {
      log.error('A job of this recording may be running still: it could not be stopped', { error: left });
    }
    throw explainFailure(error, state);
  }
}

/** Steps 1 to 6. Returns without a job when the recording was stopped before it had one. */
async function obtainJob(run: Run): Promise<void> {
  const { state } = run;
  if (state.startTriedAt === undefined) {
    try {
      await interruptibly(run, () => prepare(run, { fresh: false }));
      await awaitParticipant(run);
    } catch (error) {
      if (!wasCutShort(error)) throw error;
      throwIfCancelled(run);
    }
  }
  throwIfCancelled(run);
  if (state.asked) return;

  state.phase = 'starting';
  await step(run, 'startIndividualStreamJob', () => CancellationScope.nonCancellable(() => startJob(run)));
  throwIfCancelled(run);
}

function throwIfCancelled(run: Run): void {
  if (run.root.consideredCancelled) throw new CancelledFailure('The recording was cancelled');
}

/** Messages may come from the first moment on. Whatever they bring, a handler never throws: that would stop the workflow for good. */
function listen(run: Run): void {
  const { state } = run;
  setHandler(recordingEvent, (event) => {
    takeEvent(state, event, Date.now());
    // One that tells nothing new wakes the run as well: it is in the history, which may have grown too long.
    run.changes += 1;
  });
  setHandler(participantJoined, () => {
    state.participantJoined = true;
    run.changes += 1;
  });
  setHandler(stopRecording, () => {
    askToStop(run, 'stop');
    return statusOf(state);
  });
  setHandler(recordingStatus, () => statusOf(state));
}
