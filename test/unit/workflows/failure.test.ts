import type { RetryState } from '@temporalio/common';
import { ActivityFailure, ApplicationFailure, CancelledFailure, TimeoutFailure } from '@temporalio/workflow';
import { describe, expect, it } from 'vitest';
import { StepFailure } from '../../../src/contract/failures.js';
import { classifyStart, toWorkflowFailure } from '../../../src/workflows/failure.js';
import { recordingState, T0 } from '../../support/given.js';

const SECOND = 1_000;

/** The workflow's task comes a minute after the start was scheduled: a worker died, or the server was busy. */
const NOW = T0 + 60 * SECOND;

const failed = (cause?: Error, retryState: RetryState = 'NON_RETRYABLE_FAILURE') => {
  const failure = new ActivityFailure('failed', 'startIndividualStreamJob', 'id', retryState, 'me', cause);
  return classifyStart(failure, T0, NOW);
};

const ambiguous = (mayTakeEffectLater: boolean) =>
  ApplicationFailure.nonRetryable('lost', StepFailure.StartOutcomeUnknown, {
    from: T0 + 5 * SECOND,
    until: T0 + 6 * SECOND,
    mayTakeEffectLater,
  });

describe('what has happened when a start failed', () => {
  it('has the time of the request, not that of the task that learns of it', () => {
    expect(failed(ambiguous(false))).toMatchObject({
      kind: 'ambiguous',
      window: { from: T0 + 5 * SECOND, until: T0 + 6 * SECOND },
    });
  });

  it('is a minute longer if the request may take effect later', () => {
    expect(failed(ambiguous(true))).toMatchObject({ window: { from: T0 + 5 * SECOND, until: T0 + 66 * SECOND } });
  });

  it.each(['START_TO_CLOSE', 'HEARTBEAT', 'SCHEDULE_TO_CLOSE'] as const)(
    'takes the whole time since the start was scheduled when its worker is gone: %s',
    (timeoutType) => {
      expect(failed(new TimeoutFailure('timeout', undefined, timeoutType))).toMatchObject({
        kind: 'ambiguous',
        window: { from: T0, until: NOW + 60 * SECOND },
      });
    },
  );

  it('knows that nothing was started when a stop came between rejected attempts', () => {
    const cause = ApplicationFailure.retryable('too many calls', 'VendorUnavailable');
    expect(failed(cause, 'CANCEL_REQUESTED').kind).toBe('cancelled');
  });

  it('stays ambiguous when the response of a start was lost because a stop came', () => {
    expect(failed(ambiguous(true), 'CANCEL_REQUESTED')).toMatchObject({
      kind: 'ambiguous',
      window: { from: T0 + 5 * SECOND },
    });
  });

  it.each([
    ['was never taken by a worker', new TimeoutFailure('timeout', undefined, 'SCHEDULE_TO_START'), 'rejected'],
    ['failed without a reason', undefined, 'rejected'],
    ['was rejected', ApplicationFailure.nonRetryable('no', 'JobRejected'), 'rejected'],
    ['met a job that runs', ApplicationFailure.nonRetryable('no', StepFailure.JobRunning), 'alreadyRunning'],
    ['met no application', ApplicationFailure.nonRetryable('no', StepFailure.NotFound), 'notFound'],
    ['was called off before it was sent', new CancelledFailure('stop'), 'cancelled'],
  ])('knows that nothing was started when it %s', (_what, cause, kind) => {
    expect(failed(cause).kind).toBe(kind);
  });
});

describe('the failure that the caller gets', () => {
  const failureOf = (activityType: string, type: string, retryState: RetryState = 'NON_RETRYABLE_FAILURE') =>
    toWorkflowFailure(
      new ActivityFailure('failed', activityType, 'id', retryState, 'me', ApplicationFailure.retryable('no', type)),
      recordingState(),
    );

  it.each(['AuthenticationFailed', 'PermissionDenied', 'VendorUnavailable'])(
    'is ListingFailed, which says that the files exist, if %s prevented their list',
    (type) => {
      expect(failureOf('listRecordingFiles', type)).toMatchObject({ type: 'ListingFailed' });
    },
  );

  it('is the cancellation if an attempt that was under way failed with an error of its own', () => {
    expect(failureOf('writeManifest', 'VendorUnavailable', 'CANCEL_REQUESTED')).toBeInstanceOf(CancelledFailure);
  });
});
