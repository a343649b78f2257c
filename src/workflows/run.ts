import {
  allHandlersFinished,
  condition,
  continueAsNew,
  sleep,
  workflowInfo,
  ActivityFailure,
  CancellationScope,
  CancelledFailure,
  isCancellation,
  TemporalFailure,
} from '@temporalio/workflow';
import { maxDurationEndsAt, newState, requestStop, stateForNextRun, type RecordingState } from './state.js';

export interface Run {
  readonly input: unknown;
  readonly state: RecordingState;
  /** Cancelled when the workflow is. */
  readonly root: CancellationScope;
}

/** @param previous only from a run of the same recording that has continued as new */
export function createRun(input: unknown, previous?: RecordingState): Run {
  const isContinued = workflowInfo().continuedFromExecutionRunId !== undefined;
  return { input, state: (isContinued && previous) || newState(), root: CancellationScope.current() };
}

/** Decides whether anything is still begun. */
export function isEndRequested({ state, root }: Run): boolean {
  return state.stopRequested !== undefined || root.consideredCancelled;
}

/** Ends a wait: the end was requested, and a stop has its response, which a run that closes before would lose. */
export function isEndRequestAcknowledged(run: Run): boolean {
  return isEndRequested(run) && allHandlersFinished();
}

type Coroutine = () => Promise<unknown>;

/** Runs coroutines until the first has ended, then cancels and awaits the others. The state shows which one. */
export function untilFirst(...coroutines: Coroutine[]): Promise<void> {
  return inOneScope(coroutines, 'first');
}

/** Runs coroutines until all have ended; the first failure cancels the others. */
export function untilAll(...coroutines: Coroutine[]): Promise<void> {
  return inOneScope(coroutines, 'all');
}

async function inOneScope(coroutines: Coroutine[], until: 'first' | 'all'): Promise<void> {
  await CancellationScope.cancellable(async () => {
    const running = coroutines.map((coroutine) => coroutine());
    await (until === 'first' ? Promise.race(running) : Promise.all(running)).catch(() => undefined);
    CancellationScope.current().cancel();
    // The rejection of one that is left behind would fail the workflow task.
    for (const ended of await Promise.allSettled(running)) {
      if (ended.status === 'rejected' && !isDueToCancellation(ended.reason)) throw ended.reason;
    }
  });
  throwIfCancelled();
}

export function throwIfCancelled(): void {
  if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('The recording was cancelled');
}

/** Runs work until it has ended, or until the end is requested and acknowledged. */
export function untilEndRequested(run: Run, work: Coroutine): Promise<void> {
  return untilFirst(work, () => condition(() => isEndRequestAcknowledged(run)));
}

/** Until its scope is cancelled: requests the end when `maxDuration` has passed. */
export async function enforceMaxDuration(state: RecordingState): Promise<void> {
  const limit = maxDurationEndsAt(state);
  if (limit < Infinity) {
    await sleep(Math.max(1, limit - Date.now()), { summary: 'Until maxDuration' });
    requestStop(state, 'maxDuration', Date.now());
  }
  await condition(() => false);
}

/** Whether the error is due to cancellation: a running attempt may then still fail with an error of its own. */
export function isDueToCancellation(error: unknown): boolean {
  return isCancellation(error) || (error instanceof ActivityFailure && error.retryState === 'CANCEL_REQUESTED');
}

/** Whether an activity has failed for good: neither a cancellation nor a defect of ours, which fails the task. */
export function isActivityError(error: unknown): boolean {
  return error instanceof TemporalFailure && !isDueToCancellation(error);
}

/** Histories have limits, and a run accepts at most 10,000 signals. */
export function shouldContinueAsNew({ root }: Run): boolean {
  // A cancellation concerns this run only; the next one would not know about it.
  return workflowInfo().continueAsNewSuggested && !root.consideredCancelled;
}

/** Not inside a coroutine: signals that arrive while others are being cancelled would be lost. */
export async function continueAsNewIfSuggested(run: Run): Promise<void> {
  if (!shouldContinueAsNew(run)) return;
  // Right after a message, its handler still counts as unfinished.
  await condition(allHandlersFinished);
  if (!shouldContinueAsNew(run)) return;
  type NextRun = (input: unknown, previous: RecordingState) => Promise<unknown>;
  await continueAsNew<NextRun>(run.input, stateForNextRun(run.state));
}
