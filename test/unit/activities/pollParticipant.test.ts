import { describe, expect, it } from 'vitest';
import { continueParticipantPoll } from '../../../src/activities/pollParticipant.js';
import type { ParticipantPollProgress } from '../../../src/contract/activityTypes.js';
import { StatusError, TimeoutError } from '../../../src/huawei/errors.js';

const CALL = { call: 'SparkRTC GET /v1/{project_id}/rtc/users' };
const rejected = new StatusError('It was rejected.', { ...CALL, status: 403 });
const throttled = new StatusError('Too many.', { ...CALL, status: 429 });
const lost = new TimeoutError('no response', CALL);

const online = (at: number) => ({ last: { online: true, at } });
const offline = (at: number) => ({ last: { online: false, at } });
const REACHED = { result: { outcome: 'reached' } };

type Attempt = Omit<Parameters<typeof continueParticipantPoll>[1], 'retryIn'>;

/** Continues until the result, or to the end of the attempts. */
function after(poll: Parameters<typeof continueParticipantPoll>[0], ...attempts: Attempt[]) {
  let progress: ParticipantPollProgress | undefined;
  for (const [index, attempt] of attempts.entries()) {
    const next = continueParticipantPoll(poll, { ...attempt, retryIn: 10_000 }, progress);
    if ('result' in next) return { ...next, attempt: index + 1 };
    progress = next.progress;
  }
  return { progress };
}

describe('the poll until a user is present', () => {
  it.each([
    ['ends when the user is listed', [offline(0), online(10_000)], { ...REACHED, attempt: 2 }],
    ['continues without a list', [{}, {}], { progress: { failures: 0 } }],
    ['continues while throttled', [{ error: throttled }, { error: lost }], { progress: { failures: 2 } }],
    ['ends after a rejection', [{ error: rejected }], { result: { outcome: 'rejected', reason: 'It was rejected.' } }],
  ])('%s', (_what, attempts, expected) => {
    expect(after({ until: 'present' }, ...attempts)).toMatchObject(expected);
  });
});

describe('the poll until a user is absent', () => {
  it.each([
    ['needs two requests', [offline(0), offline(10_000)], { ...REACHED, attempt: 2 }],
    ['needs 10 s between them', [offline(0), offline(0), offline(9_999)], { progress: { absentSince: 0 } }],
    [
      'begins again when the user is back',
      [offline(0), online(10_000), offline(20_000)],
      { progress: { absentSince: 20_000 } },
    ],
    [
      'ends in spite of a failure in between',
      [offline(0), { error: lost }, offline(20_000)],
      { ...REACHED, attempt: 3 },
    ],
    ['continues while the user is listed', [online(0), online(10_000)], { progress: { failures: 0 } }],
    [
      'reports an outage',
      [{ error: lost }, { error: throttled }, { error: lost }],
      { result: { outcome: 'unavailable' } },
    ],
    [
      'counts failures in a row only',
      [{ error: lost }, offline(0), { error: lost }, {}, { error: lost }],
      { progress: { failures: 2 } },
    ],
  ])('%s', (_what, attempts, expected) => {
    expect(after({ until: 'absent', reportsOutage: true }, ...attempts)).toMatchObject(expected);
  });
});
