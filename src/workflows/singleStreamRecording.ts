import {
  ApplicationFailure,
  CancellationScope,
  ContinueAsNew,
  isCancellation,
  log,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { RecordingResult } from '../contract/result.js';
import type { Listing, LookUp } from '../contract/activityTypes.js';
import { checkInput } from './activities.js';
import { collectFiles } from './collectFiles.js';
import { takeEvent } from './events.js';
import { toWorkflowFailure } from './failure.js';
import { stopAllJobs } from './jobs.js';
import { participantJoined, recordingEvent, recordingStatus, stopRecording } from './messages.js';
import {
  authenticate,
  configureRecordCallback,
  ensureApplication,
  ensureRecordRule,
  fromMemoryFirst,
  waitForParticipant,
} from './prepare.js';
import { recordUntilEnd } from './recordUntilEnd.js';
import { buildResult } from './result.js';
import { isEndRequested, untilEndRequested, type Run } from './run.js';
import { startJob } from './startJob.js';
import { newState, requestStop, settingsOf, type RecordingState } from './state.js';
import { countRecording, setPhase, statusOf, updateCurrentDetails } from './visibility.js';

/**
 * Records what one user sends in one room, by the vendor's documented procedure, and names the files that really lie in the bucket.
 *
 * @param input see `RecordingInput`; anything else fails with `InvalidInput`, naming every field, before any call is made
 * @param previous only from a run of this workflow to the next one of the same recording (continue-as-new)
 * @throws {ApplicationFailure} of one of the types in `FailureType`, with a message that says what to do
 * Source: SparkRTC API reference, "Example 1: Creating a Single Stream Recording Job"
 */
export async function singleStreamRecording(input: unknown, previous?: RecordingState): Promise<RecordingResult> {
  const isContinued = workflowInfo().continuedFromExecutionRunId !== undefined;
  const state = (isContinued && previous) || newState();
  const run: Run = { input, state, root: CancellationScope.current() };
  handleMessages(state);

  try {
    state.settings ??= await checkInput(input);

    const prepare = async (lookUp: LookUp) => {
      await authenticate(state, lookUp); //            1  user token
      await ensureApplication(state, lookUp); //       2  application
      await ensureRecordRule(state, lookUp); //        3  recording template
      await configureRecordCallback(state, lookUp); // 4  event callback
    };
    if (state.job.status === 'notStarted') {
      await untilEndRequested(run, () => fromMemoryFirst(state, prepare));
      if (settingsOf(state).waitForParticipant && !isEndRequested(run)) {
        await waitForParticipant(run); //              5  the user joins the room
      }
    }
    await startJob(run, prepare); //                   6  single stream recording job
    await recordUntilEnd(run);
    return complete(state, await collectFiles(run)); // 7  the files in the bucket
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    throw await fail(state, error);
  } finally {
    updateCurrentDetails(state);
  }
}

function complete(state: RecordingState, listing: Listing | undefined): RecordingResult {
  const result = buildResult(state, listing);
  state.result = result;
  setPhase(state, 'completed');
  countRecording(state);
  log.info('The recording is over', { outcome: result.outcome, jobId: result.jobId });
  return result;
}

async function fail(state: RecordingState, error: unknown): Promise<unknown> {
  const phase = isCancellation(error) ? 'cancelled' : 'failed';
  setPhase(state, phase, { lasts: false });
  try {
    await stopAllJobs(state);
  } catch (left) {
    log.error('A job of this recording may be running still: it could not be stopped', { error: left });
  }
  setPhase(state, phase);
  countRecording(state);
  const failure = toWorkflowFailure(error, state);
  if (failure instanceof ApplicationFailure) state.failure = `${failure.type}: ${failure.message}`;
  return failure;
}

/** Messages may come from the first moment on. Whatever they bring, a handler never throws: that would stop the workflow for good. */
function handleMessages(state: RecordingState): void {
  setHandler(
    recordingEvent,
    (event) => {
      if (takeEvent(state, event, Date.now())) updateCurrentDetails(state);
    },
    { description: "One of the vendor's callbacks, from the receiver. In any order, any number of times." },
  );
  setHandler(
    participantJoined,
    () => {
      state.participantJoined = true;
    },
    { description: 'The user is in the room: a recording with waitForParticipant starts its job. No argument.' },
  );
  setHandler(
    stopRecording,
    () => {
      requestStop(state, 'stop', Date.now());
      return statusOf(state);
    },
    { description: 'Ends the recording; answers with its status at once, and the result has the files. No argument.' },
  );
  setHandler(recordingStatus, () => statusOf(state), {
    description: 'What is going on, or how it ended: phase, steps, job, files so far, last event. No argument.',
  });
}
