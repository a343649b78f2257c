import type { RetryState } from '@temporalio/common';
import { ActivityFailure, ApplicationFailure, CancelledFailure, TimeoutFailure } from '@temporalio/workflow';
import { describe, expect, it } from 'vitest';
import { StepFailure } from '../../../src/contract/failures.js';
import { classifyStart } from '../../../src/workflows/failure.js';
import { T0 } from '../../support/given.js';

const SECOND = 1_000;

/** The workflow's task comes a minute after the start was scheduled: a worker died, or the server was busy. */
const NOW = T0 + 60 * SECOND;

const failed = (cause?: Error, retryState: RetryState = 'NON_RETRYABLE_FAILURE') => {
  const failure = new ActivityFailure('failed', 'startIndividualStreamJob', 'id', retryState, 'me', cause);
  return classifyStart(failure, T0, NOW);
};

const unanswered = (mayTakeEffectLater: boolean) =>
  ApplicationFailure.nonRetryable('lost', StepFailure.StartUnanswered, {
    from: T0 + 5 * SECOND,
    until: T0 + 6 * SECOND,
    mayTakeEffectLater,
  });

describe('what has happened when a start failed', () => {
  it('counts the time in which the request was under way, not the time of the task that hears of it', () => {
    expect(failed(unanswered(false))).toMatchObject({
      kind: 'unanswered',
      window: { from: T0 + 5 * SECOND, until: T0 + 6 * SECOND },
    });
  });

  it('counts a minute more where the vendor may yet act on the request', () => {
    expect(failed(unanswered(true))).toMatchObject({ window: { from: T0 + 5 * SECOND, until: T0 + 66 * SECOND } });
  });

  it.each(['START_TO_CLOSE', 'HEARTBEAT', 'SCHEDULE_TO_CLOSE'] as const)(
    'takes the whole time since the start was scheduled when its worker is gone: %s',
    (timeoutType) => {
      expect(failed(new TimeoutFailure('timeout', undefined, timeoutType))).toMatchObject({
        kind: 'unanswered',
        window: { from: T0, until: NOW + 60 * SECOND },
      });
    },
  );

  it('knows that nothing was started when a stop came while it was refused for now', () => {
    const cause = ApplicationFailure.retryable('too many calls', 'VendorUnavailable');
    expect(failed(cause, 'CANCEL_REQUESTED').kind).toBe('cutShort');
  });

  it('knows no better of a start that was never answered because a stop came', () => {
    expect(failed(unanswered(true), 'CANCEL_REQUESTED')).toMatchObject({
      kind: 'unanswered',
      window: { from: T0 + 5 * SECOND },
    });
  });

  it.each([
    ['was never taken by a worker', new TimeoutFailure('timeout', undefined, 'SCHEDULE_TO_START'), 'refused'],
    ['failed for no reason that is told', undefined, 'refused'],
    ['was refused', ApplicationFailure.nonRetryable('no', 'JobRejected'), 'refused'],
    ['met a job that runs', ApplicationFailure.nonRetryable('no', StepFailure.JobRunning), 'alreadyRunning'],
    ['met no application', ApplicationFailure.nonRetryable('no', StepFailure.NotFound), 'gone'],
    ['was called off before it was sent', new CancelledFailure('stop'), 'cutShort'],
  ])('knows that nothing was started when it %s', (_what, cause, kind) => {
    expect(failed(cause).kind).toBe(kind);
  });
});
