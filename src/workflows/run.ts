import { allHandlersFinished, CancellationScope, condition, continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { StepName } from '../recording/status.js';
import { ASKED_AT_ONCE, carried, unseenPlaces } from './announcements.js';
import { Beside } from './beside.js';
import { lookMeanwhile } from './bucket.js';
import { beginStep, endStep, newState, type RecordingState } from './recordingState.js';
import { stepActivities, type StepActivities } from './stepPolicies.js';
import { showDetails } from './webPage.js';

/** One execution of the workflow: what it knows, what it can do, and what may interrupt it. */
export interface Run {
  readonly input: unknown;
  readonly state: RecordingState;
  readonly activities: StepActivities;
  /** Cancelled when the workflow is. */
  readonly root: CancellationScope;
  /**
   * Goes up with everything that may concern a waiting step, but for events: who waits for what they tell looks at the state. A wait that ended and began
   * anew with each event would leave something behind in the SDK each time.
   */
  changes: number;
  /** The examining and stopping of jobs other than the one that records. */
  readonly otherJobs: Beside;
  /** What is done in here is cut short by a stop or a cancel. One for the whole run, because neither is ever taken back. */
  readonly interruptible: CancellationScope;
}

export function beginRun(input: unknown, handedOn: RecordingState | undefined): Run {
  const base: Omit<Run, 'otherJobs'> = {
    input,
    state: handedOn ?? newState(),
    activities: stepActivities(),
    root: CancellationScope.current(),
    changes: 0,
    interruptible: new CancellationScope(),
  };
  const run: Run = Object.assign(base, { otherJobs: new Beside(base) });
  run.root.cancelRequested.catch(() => interrupt(run));
  if (run.state.asked) run.interruptible.cancel();
  return run;
}

/** Ends the recording early. The first to ask is named in the result. */
export function askToStop(run: Run, by: 'stop' | 'maxDuration'): void {
  if (run.state.asked) return;
  run.state.asked = { by, at: Date.now() };
  interrupt(run);
}

export function isInterrupted(run: Run): boolean {
  return run.state.asked !== undefined || run.root.consideredCancelled;
}

/** Runs work that a stop or a cancel cuts short, with a `CancelledFailure`. */
export function interruptibly<T>(run: Run, work: () => Promise<T>): Promise<T> {
  return run.interruptible.run(work);
}

/**
 * Does one step of the procedure and keeps the book of it. Here and where else the path of a plain recording leads, no function awaits what it could pass on:
 * the SDK tracks each promise.
 * @param learn takes what the step has found out
 */
export function step<T>(run: Run, name: StepName, work: () => Promise<T>, learn?: (found: T) => void): Promise<T> {
  const progress = beginStep(run.state, name, Date.now());
  showDetails(run.state);
  return work().then(
    (result) => {
      learn?.(result);
      endStep(progress, 'done', Date.now());
      return result;
    },
    (error: unknown) => {
      endStep(progress, 'failed', Date.now());
      throw error;
    },
  );
}

/** Whether the run is to go on in a new one: a history has limits, and a run takes no more than 10,000 signals. */
export function isTooLong(run: Run): boolean {
  // A cancel is for this run alone: one that goes on in a new run would forget it.
  return workflowInfo().continueAsNewSuggested && !run.root.consideredCancelled;
}

/** Goes on in a new run, which is handed everything that this one knows. Returns only where a cancel has come meanwhile. */
export async function goOnInNewRun(run: Run): Promise<void> {
  // What was seen in the bucket is no burden for the next run; what was not must be handed on by name.
  if (unseenPlaces(run.state).length > ASKED_AT_ONCE.entries) await lookMeanwhile(run);
  // Right after a message its handler still counts as unfinished.
  await condition(allHandlersFinished);
  if (!isTooLong(run)) return;
  await continueAsNew<(input: unknown, handedOn: RecordingState) => Promise<unknown>>(run.input, carried(run.state));
}

function interrupt(run: Run): void {
  run.changes += 1;
  run.interruptible.cancel();
}
