import { activityInfo, ApplicationFailure } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import type { ParticipantPoll, ParticipantPollProgress, ParticipantPollResult } from '../contract/activityTypes.js';
import { FailureType, StepFailure } from '../contract/failures.js';
import { utc } from '../contract/waitsFor.js';
import { classifyError } from '../huawei/errors.js';
import { LIST_INTERVAL, type Finding, type UserLists } from './userLists.js';
import { withHeartbeat } from './vendorCall.js';

/** So many attempts in a row without a list are an outage. */
const OUTAGE = 3;

/**
 * Polls whether a user is in a room, until the user is (step 5) or has left. Temporal retries attempts that fail with
 * `NotYet`. See docs/decisions/polling-by-retries.md.
 */
export function pollParticipant(users: UserLists) {
  return async (poll: ParticipantPoll): Promise<ParticipantPollResult> => {
    const before = activityInfo().heartbeatDetails as ParticipantPollProgress | undefined;
    return withHeartbeat(async (heartbeat) => {
      const finding = await users.find(poll);
      const next = continueParticipantPoll(poll, finding, before);
      if ('result' in next) return next.result;
      heartbeat(next.progress);
      throw ApplicationFailure.create({
        type: finding.error ? FailureType.VendorUnavailable : StepFailure.NotYet,
        message: describeFinding(poll, finding),
        nextRetryDelay: finding.retryIn,
        category: ApplicationFailureCategory.BENIGN,
      });
    });
  };
}

/** What to do after an attempt: complete with a result, or continue. */
export function continueParticipantPoll(
  { until, reportsOutage = false }: Pick<ParticipantPoll, 'until' | 'reportsOutage'>,
  { last, error }: Finding,
  before: ParticipantPollProgress = { failures: 0 },
): { result: ParticipantPollResult } | { progress: ParticipantPollProgress } {
  if (error) {
    const failures = before.failures + 1;
    if (!classifyError(error).retry) return { result: { outcome: 'rejected', reason: error.message } };
    if (reportsOutage && failures >= OUTAGE) return { result: { outcome: 'unavailable', reason: error.message } };
    return { progress: { ...before, failures } };
  }
  if (!last) return { progress: before };
  if (last.online)
    return until === 'present' ? { result: { outcome: 'reached' } } : { progress: { failures: 0, last } };
  const { absentSince = last.at } = before;
  // Two requests: one alone may have come while the user was reconnecting.
  if (until === 'absent' && last.at - absentSince >= LIST_INTERVAL) return { result: { outcome: 'reached' } };
  return { progress: { absentSince, failures: 0, last } };
}

function describeFinding({ userId, roomId }: ParticipantPoll, { last, error }: Finding): string {
  if (error) return error.message;
  if (!last) return `The list of users is requested in a moment, for ${userId} in ${roomId}.`;
  return `SparkRTC lists ${userId} as ${last.online ? 'online' : 'not online'} in ${roomId} at ${utc(last.at)}.`;
}
