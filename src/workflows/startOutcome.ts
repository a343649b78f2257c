import { ActivityFailure, ApplicationFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow';
import { StepFailure, type StartUnansweredDetail } from '../recording/failureTypes.js';
import type { Job } from '../recording/steps.js';
import { wasCutShort } from './cutShort.js';
import type { UnansweredStart } from './recordingState.js';

/** A request that was never answered may still be waiting at the vendor when we have stopped listening. */
const LATE_EFFECT = 60_000;

/** What has come of one start of the job. */
export type StartOutcome =
  | { kind: 'started'; job: Job }
  | { kind: 'unanswered'; window: UnansweredStart; error: unknown }
  | { kind: 'alreadyRunning'; error: unknown }
  | { kind: 'gone'; error: unknown }
  | { kind: 'refused'; error: unknown }
  | { kind: 'cutShort' };

/** Reads from a failed start whether a job may have come of it. */
export function whatHappened(error: unknown, scheduledAt: number, now: number): StartOutcome {
  // While a start waits for its next try, none is under way: nothing has happened.
  if (isCancellation(error)) return { kind: 'cutShort' };
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof TimeoutFailure) {
    if (cause.timeoutType === 'SCHEDULE_TO_START') return { kind: 'refused', error };
    return { kind: 'unanswered', window: { from: scheduledAt, until: now + LATE_EFFECT }, error };
  }
  if (!(cause instanceof ApplicationFailure)) return { kind: 'refused', error };
  if (cause.type !== StepFailure.StartUnanswered && wasCutShort(error)) return { kind: 'cutShort' };
  switch (cause.type) {
    case StepFailure.StartUnanswered: {
      // The worker's own times: this task may come long after the failure.
      const { from, until, mayTakeEffectLater } = cause.details?.[0] as StartUnansweredDetail;
      return { kind: 'unanswered', window: { from, until: until + (mayTakeEffectLater ? LATE_EFFECT : 0) }, error };
    }
    case StepFailure.JobRunning:
      return { kind: 'alreadyRunning', error };
    case StepFailure.NotFound:
      return { kind: 'gone', error };
    default:
      return { kind: 'refused', error };
  }
}
