import { ActivityFailure, ApplicationFailure, condition, sleep } from '@temporalio/workflow';
import { reasonOf } from './failure.js';
import { identifyAndStopExtraJobs } from './jobs.js';
import { endWithLastPart } from './parts.js';
import {
  continueAsNewIfSuggested,
  enforceMaxDuration,
  isDueToCancellation,
  isEndRequestAcknowledged,
  shouldContinueAsNew,
  untilFirst,
  type Run,
} from './run.js';
import { startJob, type Prepare } from './startJob.js';
import { jobOf, runningExtraJobs, warn, type RecordingState } from './state.js';
import { setPhase } from './visibility.js';

/**
 * Step 6, of each part. A later part that cannot be started ends the recording with what it has. Without a first job
 * the steps that follow have nothing to do.
 */
export async function startPart(run: Run, prepare: Prepare): Promise<void> {
  const { state } = run;
  await untilNextPart(run);
  try {
    await startJob(run, prepare);
  } catch (error) {
    if (state.parts.length === 0 || jobOf(state) || isDueToCancellation(error)) throw error;
    if (!(error instanceof ActivityFailure || error instanceof ApplicationFailure)) throw error;
    const reason = error instanceof ActivityFailure ? reasonOf(error.cause) : error.message;
    warn(state, `The recording was not continued in another job: ${reason}`);
  }
  if (jobOf(state) || state.parts.length === 0) return;
  endWithLastPart(state);
  // recordUntilEnd returns at once in this phase: the end of this part was counted.
  setPhase(state, 'settling', { searchable: false });
}

/** The pause after a job that broke off; also until no job of a lost start is running beside it. */
async function untilNextPart(run: Run): Promise<void> {
  const { state } = run;
  while (state.job.status === 'betweenParts' && !isEndRequestAcknowledged(run)) {
    const { until } = state.job;
    if (Date.now() >= until && runningExtraJobs(state).length === 0) return;
    setPhase(state, 'waitingForNextPart');
    await continueAsNewIfSuggested(run);
    await untilFirst(
      () => pauseUntil(state, until),
      () => condition(() => jobOf(state) !== undefined || isEndRequestAcknowledged(run) || shouldContinueAsNew(run)),
      () => identifyAndStopExtraJobs(state),
      () => enforceMaxDuration(state),
    );
  }
}

async function pauseUntil(state: RecordingState, until: number): Promise<void> {
  await sleep(Math.max(1, until - Date.now()), { summary: 'Until the next part' });
  await condition(() => runningExtraJobs(state).length === 0);
}
