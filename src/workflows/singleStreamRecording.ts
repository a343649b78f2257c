import { ApplicationFailure, log, TemporalFailure } from '@temporalio/workflow';
import type { RecordingResult } from '../contract/result.js';
import type { LookUp } from '../contract/activityTypes.js';
import { checkInput } from './activities.js';
import { collectFiles } from './collectFiles.js';
import { toWorkflowFailure } from './failure.js';
import { stopAllJobs } from './jobs.js';
import { withManifest } from './manifest.js';
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
import { createRun, isDueToCancellation, isEndRequested, untilEndRequested } from './run.js';
import { beginNextPart, shouldResume } from './parts.js';
import { startPart } from './startPart.js';
import { settingsOf, type RecordingState } from './state.js';
import { countRecording, setPhase, updateCurrentDetails } from './visibility.js';

export { credentialAttempts } from './credentialAttempts.js';

/**
 * Records the stream of one user in one room by the vendor's documented procedure, and lists the files in the bucket.
 * Source: SparkRTC API reference, "Example 1: Creating a Single Stream Recording Job".
 *
 * @param input a `RecordingInput`; anything else fails with `InvalidInput`, which names every wrong field
 * @param previous the state of the previous run (continue-as-new only)
 * @throws {ApplicationFailure} with one of the types in `FailureType` and a message that says what to do
 */
export async function singleStreamRecording(input: unknown, previous?: RecordingState): Promise<RecordingResult> {
  const run = createRun(input, previous);
  const { state } = run;
  handleMessages(state);

  try {
    state.settings ??= await checkInput(input);

    const prepare = async (lookUp: LookUp) => {
      await authenticate(state, lookUp); //            1  user token, or access key
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
    for (;;) {
      await startPart(run, prepare); //                6  single stream recording job
      await recordUntilEnd(run);
      const listing = await collectFiles(run); //      7  the files in the bucket
      if (!shouldResume(state, Date.now()))
        return complete(state, await withManifest(state, buildResult(state, listing)));
      beginNextPart(state, Date.now()); //             the vendor broke the job off: back to step 6
    }
  } catch (error) {
    // ContinueAsNew passes through. Anything else is a defect of ours: it fails the workflow task, which Temporal
    // repeats until it is fixed.
    if (!(error instanceof TemporalFailure)) throw error;
    throw await fail(state, error);
  } finally {
    updateCurrentDetails(state);
  }
}

function complete(state: RecordingState, result: RecordingResult): RecordingResult {
  state.result = result;
  setPhase(state, 'completed');
  countRecording(state);
  log.info('The recording has ended', { outcome: result.outcome, jobId: result.jobId });
  return result;
}

async function fail(state: RecordingState, error: unknown): Promise<unknown> {
  setPhase(state, 'stopping', { searchable: false });
  try {
    await stopAllJobs(state);
  } catch (stopError) {
    if (!(stopError instanceof TemporalFailure)) throw stopError;
    log.error('A job of this recording may still be running: it could not be stopped', { error: stopError });
  }
  setPhase(state, isDueToCancellation(error) ? 'cancelled' : 'failed');
  countRecording(state);
  const failure = toWorkflowFailure(error, state);
  if (failure instanceof ApplicationFailure) state.failure = `${failure.type}: ${failure.message}`;
  return failure;
}
