import {
  allHandlersFinished,
  condition,
  continueAsNew,
  workflowInfo,
  ActivityFailure,
  CancellationScope,
  CancelledFailure,
  isCancellation,
} from '@temporalio/workflow';
import { newState, stateForNextRun, type RecordingState } from './state.js';

/** One execution of the workflow. */
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

/** Whether a stop was requested, or the workflow cancelled. */
export function isEndRequested({ state, root }: Run): boolean {
  return state.stopRequested !== undefined || root.consideredCancelled;
}

/**
 * Whether a stop was requested and responded to, or the workflow cancelled: what ends a wait. The response comes before
 * everything that the stop sets off, with any interceptors, so that a replay by another worker agrees.
 */
export function isEndDue(run: Run): boolean {
  return isEndRequested(run) && allHandlersFinished();
}

type Coroutine = () => Promise<unknown>;

/**
 * Runs coroutines in one scope until the first has ended, then cancels the others and waits until they have ended too.
 * Which one was first does not matter: what has come of them is read from the state.
 */
export function untilFirst(...coroutines: Coroutine[]): Promise<void> {
  return inOneScope(coroutines, 'first');
}

/** Runs coroutines in one scope until all have ended; the first that fails cancels the others. */
export function untilAll(...coroutines: Coroutine[]): Promise<void> {
  return inOneScope(coroutines, 'all');
}

async function inOneScope(coroutines: Coroutine[], until: 'first' | 'all'): Promise<void> {
  await CancellationScope.cancellable(async () => {
    const running = coroutines.map((coroutine) => coroutine());
    await (until === 'first' ? Promise.race(running) : Promise.all(running)).catch(() => undefined);
    CancellationScope.current().cancel();
    // None may be left behind: its rejection would fail the workflow task, and its result would be lost.
    for (const ended of await Promise.allSettled(running)) {
      if (ended.status === 'rejected' && !isCancelled(ended.reason)) throw ended.reason;
    }
  });
  throwIfCancelled();
}

/** @throws `CancelledFailure` where the scope around is cancelled */
export function throwIfCancelled(): void {
  if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('The recording was cancelled');
}

/** Runs work that a stop or a cancel ends. */
export function untilEndRequested(run: Run, work: Coroutine): Promise<void> {
  return untilFirst(work, () => condition(() => isEndDue(run)));
}

/** Whether work was cancelled: an attempt that was running then may still fail, with its own error. */
export function isCancelled(error: unknown): boolean {
  return isCancellation(error) || (error instanceof ActivityFailure && error.retryState === 'CANCEL_REQUESTED');
}

/** Whether the run is to continue as new: a history has limits, and a run takes no more than 10,000 signals. */
export function shouldContinueAsNew({ root }: Run): boolean {
  // A cancel is for this run alone: the next one would not know of it.
  return workflowInfo().continueAsNewSuggested && !root.consideredCancelled;
}

/** Never inside of a coroutine: what comes while others are still being cancelled would be lost. */
export async function continueAsNewIfSuggested(run: Run): Promise<void> {
  if (!shouldContinueAsNew(run)) return;
  // Right after a message its handler still counts as unfinished.
  await condition(allHandlersFinished);
  if (!shouldContinueAsNew(run)) return;
  type NextRun = (input: unknown, previous: RecordingState) => Promise<unknown>;
  await continueAsNew<NextRun>(run.input, stateForNextRun(run.state));
}
