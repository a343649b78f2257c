import { activityInfo, ApplicationFailure, log } from '@temporalio/activity';
import { HuaweiError } from '../huawei/errors.js';
import { backOff, judge, type Verdict } from '../huawei/retry.js';
import { FailureType, StepFailure } from '../recording/failureTypes.js';
import { beating, type Note } from './beating.js';

/**
 * Does a step's calls to the vendor and turns what they fail with into the failure that the retry policy and the workflow understand.
 * @param rejectedAs the type of a plain refusal of this step
 */
export async function vendorCall<T>(rejectedAs: FailureType, work: (note: Note) => Promise<T>): Promise<T> {
  try {
    return await beating(work);
  } catch (error) {
    throw vendorFailure(error, rejectedAs);
  }
}

export function vendorFailure(error: unknown, rejectedAs: FailureType): unknown {
  if (!(error instanceof HuaweiError)) return error;
  const verdict = judge(error);
  const type = typeOf(verdict, rejectedAs);
  const { attempt } = activityInfo();
  log.warn('The vendor did not do what was asked', {
    call: error.call,
    status: error.status,
    requestId: error.requestId,
    verdict: verdict.kind,
    attempt,
  });
  return ApplicationFailure.create({
    type,
    message: error.message,
    // Wrong credentials are left to the step's retry policy: before the job they are final, after it they may be mended meanwhile.
    nonRetryable: !verdict.retry && type !== FailureType.AuthenticationFailed && type !== FailureType.PermissionDenied,
    // Never zero, whatever the vendor asked for: the server takes that for "no time is left" and gives up.
    ...(verdict.kind === 'throttled' && { nextRetryDelay: verdict.delayMs || backOff(attempt) }),
  });
}

function typeOf({ kind }: Verdict, rejectedAs: FailureType): string {
  switch (kind) {
    case 'authentication':
      return FailureType.AuthenticationFailed;
    case 'permission':
      return FailureType.PermissionDenied;
    case 'notFound':
      return StepFailure.NotFound;
    case 'rejected':
    case 'unexpected':
      return rejectedAs;
    default:
      return FailureType.VendorUnavailable;
  }
}
