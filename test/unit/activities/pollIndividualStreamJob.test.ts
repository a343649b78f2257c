import { setTimeout } from 'node:timers/promises';
import type { Info as ActivityInfo } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { describe, expect, it, vi } from 'vitest';
import { continuePoll, pollIndividualStreamJob } from '../../../src/activities/pollIndividualStreamJob.js';
import { StatusError, TimeoutError } from '../../../src/huawei/errors.js';
import type { SparkRtcClient } from '../../../src/huawei/sparkrtc.js';
import type { JobResponse, JobPoll, JobPollProgress } from '../../../src/contract/activityTypes.js';
import { givenJob } from '../../support/given.js';

const SECOND = 1_000;

const POLL: JobPoll = {
  appId: 'app1',
  jobId: 'j1',
  knownStates: ['INIT', 'RUNNING'],
  intervals: [10 * SECOND, 20 * SECOND, 40 * SECOND],
};

/** What the vendor responds to one request: the job in a state, or an error. */
type Response = string | Error;

const rejection = (status: number, errorCode?: string, retryAfterMs?: number) =>
  new StatusError(`The vendor responded with ${status}.`, {
    call: 'SparkRTC GET /job',
    status,
    errorCode,
    retryAfterMs,
  });

const notFound = rejection(404, 'RTC.00001024');

interface Attempt {
  completed?: JobResponse;
  failure?: ApplicationFailure;
  /** The details of the last heartbeat. */
  details?: JobPollProgress;
}

type Show = SparkRtcClient['showIndividualStreamJob'];

const pollWith = (showIndividualStreamJob: Show) =>
  pollIndividualStreamJob({ showIndividualStreamJob } as SparkRtcClient);

/** What an activity logs of a failure is no news here. */
const quietEnvironment = (info: Partial<ActivityInfo> = {}) =>
  new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR') });

/** One attempt, which finds the heartbeat details of the one before. */
async function attempt(
  poll: JobPoll,
  showIndividualStreamJob: Show,
  heartbeatDetails?: JobPollProgress,
  number = 1,
): Promise<Attempt> {
  const environment = quietEnvironment({ attempt: number, heartbeatDetails });
  let details = heartbeatDetails;
  environment.on('heartbeat', (heartbeat: JobPollProgress) => (details = heartbeat));
  const heartbeat = () => details && { details };
  try {
    return { completed: await environment.run(pollWith(showIndividualStreamJob), poll), ...heartbeat() };
  } catch (error) {
    expect(error).toBeInstanceOf(ApplicationFailure);
    return { failure: error as ApplicationFailure, ...heartbeat() };
  }
}

/** One attempt after the other, until one completes or the vendor has nothing more to say. */
async function attempts(poll: JobPoll, ...responses: Response[]): Promise<Attempt[]> {
  const all: Attempt[] = [];
  for (const [index, response] of responses.entries()) {
    const show = () =>
      response instanceof Error
        ? Promise.reject(response)
        : Promise.resolve({ job: { ...givenJob(), state: response } });
    const one = await attempt(poll, show, all.at(-1)?.details, index + 1);
    all.push(one);
    if (one.completed) break;
  }
  return all;
}

const delays = (all: Attempt[]) => all.map(({ failure }) => failure?.nextRetryDelay);

describe('a poll of the state of a job', () => {
  it('completes with the first state that is not known, by one request', async () => {
    const show = vi.fn(() => Promise.resolve({ job: { ...givenJob(), state: 'STOPPED' } }));
    const { completed, details } = await attempt(POLL, show);
    expect(completed).toEqual({ job: { ...givenJob(), state: 'STOPPED' } });
    expect(show).toHaveBeenCalledExactlyOnceWith('app1', 'j1', undefined);
    expect(details).toBeUndefined();
  });

  it('fails with what Temporal retries, and counts as no error, while the state is known', async () => {
    const [{ failure } = {}] = await attempts(POLL, 'RUNNING');
    expect(failure).toMatchObject({
      type: 'NotYet',
      nonRetryable: false,
      category: ApplicationFailureCategory.BENIGN,
      nextRetryDelay: 10 * SECOND,
    });
    expect(failure?.message).toContain('j1 is in RUNNING');
  });

  it('knows no state where none is named: the first response completes it', async () => {
    const [{ completed } = {}] = await attempts({ ...POLL, knownStates: [] }, 'RUNNING');
    expect(completed?.job?.state).toBe('RUNNING');
  });

  it('waits for one interval after the other, the last one again and again', async () => {
    const all = await attempts(POLL, 'INIT', 'INIT', 'RUNNING', 'RUNNING', 'RUNNING', 'STOPPED');
    expect(delays(all)).toEqual([10, 20, 40, 40, 40].map((seconds) => seconds * SECOND).concat(undefined as never));
    expect(all.at(-1)?.completed?.job?.state).toBe('STOPPED');
  });

  it('never waits for 0 ms, which may end the retries', async () => {
    expect(delays(await attempts({ ...POLL, intervals: [] }, notFound, 'RUNNING', 'STOPPED'))).toEqual([
      SECOND,
      SECOND,
      undefined,
    ]);
  });

  it('hands on to the next attempt how many responses came, and the last of them', async () => {
    const before = Date.now();
    const all = await attempts(POLL, 'INIT', 'RUNNING', notFound);
    expect(all.map(({ details }) => details)).toEqual([
      { responses: 1, notFound: 0, last: { state: 'INIT', at: expect.any(Number) as number } },
      { responses: 2, notFound: 0, last: { state: 'RUNNING', at: expect.any(Number) as number } },
      { responses: 3, notFound: 1, last: { at: expect.any(Number) as number } },
    ]);
    for (const { details } of all) {
      expect(details?.last.at).toBeGreaterThanOrEqual(before);
      expect(details?.last.at).toBeLessThanOrEqual(Date.now());
    }
  });

  it('brings the response to a request that is under way when it is cancelled', async () => {
    const environment = quietEnvironment();
    const show = vi.fn(async () => {
      environment.cancel();
      await new Promise((resolve) => setImmediate(resolve));
      return { job: { ...givenJob(), state: 'STOPPED', stopReason: 'INTERNAL_ERROR' } };
    });
    const completed = await environment.run(pollWith(show), POLL);
    expect(completed).toMatchObject({ job: { stopReason: 'INTERNAL_ERROR' } });
  });
});

describe('a job that a poll does not find', () => {
  it('is looked for again at once or soon, and is gone when it was not found three times in a row', async () => {
    const all = await attempts(POLL, notFound, notFound, notFound);
    expect(all.slice(0, 2).map(({ failure }) => failure)).toMatchObject([
      { type: 'NotYet', category: ApplicationFailureCategory.BENIGN, nextRetryDelay: 5 * SECOND },
      { type: 'NotYet', category: ApplicationFailureCategory.BENIGN, nextRetryDelay: 5 * SECOND },
    ]);
    expect(all[0]?.failure?.message).toContain('Job j1 was not found');
    expect(all[2]).toMatchObject({ completed: {} });
    expect(all[2]?.completed).toStrictEqual({});
  });

  it('is never looked for later than a job that runs would be', async () => {
    const all = await attempts({ ...POLL, intervals: [2 * SECOND] }, notFound);
    expect(delays(all)).toEqual([2 * SECOND]);
  });

  it('is not gone while it is found between', async () => {
    const all = await attempts(POLL, notFound, notFound, 'RUNNING', notFound, notFound, notFound);
    expect(all.map(({ details }) => details?.notFound)).toEqual([1, 2, 0, 1, 2, 2]);
    expect(all.map(({ completed }) => completed !== undefined)).toEqual([false, false, false, false, false, true]);
  });

  it('is no nearer to being gone by a request without a response', async () => {
    const all = await attempts(POLL, notFound, rejection(503), notFound, rejection(503), notFound);
    expect(all.map(({ failure }) => failure?.type)).toEqual([
      'NotYet',
      'VendorUnavailable',
      'NotYet',
      'VendorUnavailable',
      undefined,
    ]);
    expect(all.at(-1)?.completed).toStrictEqual({});
  });
});

describe('the most responses of a poll', () => {
  const limited = { ...POLL, responses: 3 };

  it('complete it, although the state is known', async () => {
    const all = await attempts(limited, 'RUNNING', 'RUNNING', 'RUNNING');
    expect(all.map(({ failure }) => failure?.type)).toEqual(['NotYet', 'NotYet', undefined]);
    expect(all.at(-1)?.completed?.job?.state).toBe('RUNNING');
  });

  it('include those that did not find the job, which alone never complete it', async () => {
    expect((await attempts(limited, notFound, 'RUNNING', 'RUNNING')).at(-1)?.completed?.job?.state).toBe('RUNNING');
    const all = await attempts(limited, 'RUNNING', 'RUNNING', notFound, 'RUNNING');
    expect(all.map(({ failure }) => failure?.type)).toEqual(['NotYet', 'NotYet', 'NotYet', undefined]);
    expect(all.at(-1)?.completed?.job?.state).toBe('RUNNING');
  });

  it('do not include requests without a response', async () => {
    const all = await attempts(limited, 'RUNNING', rejection(503), 'RUNNING', 'RUNNING');
    expect(all.map(({ failure }) => failure?.type)).toEqual(['NotYet', 'VendorUnavailable', 'NotYet', undefined]);
  });
});

describe('a poll without a response', () => {
  /** Late enough for a rejected token to be no young one. */
  const LATER = 5;

  const failed = async (
    error: Error,
    { number = LATER, before }: { number?: number; before?: JobPollProgress } = {},
  ) => (await attempt(POLL, () => Promise.reject(error), before, number)).failure;

  it.each([
    ['the credentials', 401, undefined, 'AuthenticationFailed'],
    ['the rights', 403, undefined, 'PermissionDenied'],
    ['the request', 400, 'RTC.00001003', 'RequestRejected'],
  ])(
    'because the vendor rejects %s is tried again after an interval, without end',
    async (_what, status, code, type) => {
      const error = rejection(status, code);
      expect(await failed(error)).toMatchObject({ type, nonRetryable: false, nextRetryDelay: 10 * SECOND });
      const before = { responses: 1, notFound: 0, last: { state: 'RUNNING', at: 1 } };
      expect(await failed(error, { number: 1_000, before })).toMatchObject({
        type,
        nonRetryable: false,
        nextRetryDelay: 20 * SECOND,
      });
    },
  );

  it.each([
    ['a vendor that is not available', rejection(503)],
    ['a vendor that does not respond', new TimeoutError('No response.', { call: 'SparkRTC GET /job' })],
  ])('because of %s is left to the retry policy', async (_what, error) => {
    const failure = await failed(error);
    expect(failure).toMatchObject({ type: 'VendorUnavailable', nonRetryable: false });
    expect(failure?.nextRetryDelay).toBeUndefined();
  });

  it('because the token is young is left to the retry policy', async () => {
    const failure = await failed(rejection(401), { number: 1 });
    expect(failure).toMatchObject({ type: 'VendorUnavailable', nonRetryable: false });
    expect(failure?.nextRetryDelay).toBeUndefined();
  });

  it('because the vendor asks to wait is tried again when it says', async () => {
    expect(await failed(rejection(429, undefined, 7 * SECOND))).toMatchObject({
      type: 'VendorUnavailable',
      nonRetryable: false,
      nextRetryDelay: 7 * SECOND,
    });
  });

  it('takes nothing away from what the attempts before have found', async () => {
    const all = await attempts(POLL, 'RUNNING', rejection(401), 'RUNNING');
    expect(all.map(({ details }) => details?.responses)).toEqual([1, 1, 2]);
  });

  it('beats meanwhile, with what the attempts before have found', async () => {
    const before = { responses: 4, notFound: 2, last: { at: 1 } };
    const beats: unknown[] = [];
    const environment = quietEnvironment({ heartbeatDetails: before });
    environment.on('heartbeat', (details) => beats.push(details));
    // In real time: the interval between two beats is a timer of the activity's context.
    const show = async () => {
      await setTimeout(2.5 * SECOND);
      throw rejection(503);
    };
    await expect(environment.run(pollWith(show), POLL)).rejects.toMatchObject({ type: 'VendorUnavailable' });
    expect(beats).not.toEqual([]);
    expect(new Set(beats)).toEqual(new Set([before]));
  });
});

describe('what one response means for a poll', () => {
  const found = (state: string): JobResponse => ({ job: { ...givenJob(), state } });

  it('is that it continues, with the progress for the next attempt', () => {
    expect(continuePoll(POLL, found('RUNNING'), undefined, 7)).toStrictEqual({
      progress: { responses: 1, notFound: 0, last: { state: 'RUNNING', at: 7 } },
      nextRetryDelay: 10 * SECOND,
    });
    const before = { responses: 1, notFound: 1, last: { at: 7 } };
    expect(continuePoll(POLL, {}, before, 8)).toStrictEqual({
      progress: { responses: 2, notFound: 2, last: { at: 8 } },
      nextRetryDelay: 5 * SECOND,
    });
  });

  it('is that it completes', () => {
    expect(continuePoll(POLL, found('STOPPED'), undefined, 7)).toBeUndefined();
    expect(continuePoll(POLL, {}, { responses: 2, notFound: 2, last: { at: 6 } }, 7)).toBeUndefined();
  });
});
