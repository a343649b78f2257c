import { ApplicationFailure, ContinueAsNew, isCancellation, log } from '@temporalio/workflow';
import type { RecordingResult } from '../contract/result.js';
import type { Listing, LookUp } from '../contract/activityTypes.js';
import { checkInput } from './activities.js';
import { collectFiles } from './collectFiles.js';
import { toWorkflowFailure } from './failure.js';
import { stopAllJobs } from './jobs.js';
import { handleMessages } from './messages.js';
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
import { createRun, isEndRequested, untilEndRequested } from './run.js';
import { startJob } from './startJob.js';
import { settingsOf, type RecordingState } from './state.js';
import { countRecording, setPhase, updateCurrentDetails } from './visibility.js';

/**
 * Records what one user sends in one room, by the vendor's documented procedure, and names the files that really lie in
 * the bucket. Source: SparkRTC API reference, "Example 1: Creating a Single Stream Recording Job".
 *
 * @param input see `RecordingInput`; anything else fails with `InvalidInput`, naming every field, before any call
 * @param previous only from a run of this workflow to the next one of the same recording (continue-as-new)
 * @throws {ApplicationFailure} of one of the types in `FailureType`, with a message that says what to do
 */
export async function singleStreamRecording(input: unknown, previous?: RecordingState): Promise<RecordingResult> {
  const run = createRun(input, previous);
  const { state } = run;
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
