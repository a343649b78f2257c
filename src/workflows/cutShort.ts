import { ActivityFailure, isCancellation } from '@temporalio/workflow';

/** Did this work end because a stop or a cancel cut it short? A try that was under way and failed is not repeated then, but fails with its own error. */
export function wasCutShort(error: unknown): boolean {
  return isCancellation(error) || (error instanceof ActivityFailure && error.retryState === 'CANCEL_REQUESTED');
}
