import { describe, expect, it } from 'vitest';
import {
  globMatches,
  type Call,
  type CallbackEffect,
  type Fault,
  type RequestEffect,
} from '../../../simulator/faults.js';
import { prepare, startReceiver, startSimulator } from './vendorClient.js';

const START_JOB = 'POST /v2/apps/*/individual-stream-jobs';

it.each([
  [START_JOB, 'POST /v2/apps/a1/individual-stream-jobs', true],
  [START_JOB, 'GET /v2/apps/a1/individual-stream-jobs', false],
  [START_JOB, 'POST /v2/apps/a1/individual-stream-jobs/j1', false],
  [START_JOB, 'POST /v2/apps/a/b/individual-stream-jobs', false],
  ['* /v2/**', 'DELETE /v2/apps/a/b', true],
  ['GET /v3.0/*', 'GET /v3x0/a', false],
])('%s matches %s: %s', (glob, request, matches) => {
  expect(globMatches(glob, request)).toBe(matches);
});

/** Starts a job under a fault; a broken connection is an Error. */
async function startUnder(effect: RequestEffect) {
  const simulator = await startSimulator({ faults: [{ match: START_JOB, effect }] });
  const { startJob } = await prepare(simulator);
  const startedAt = performance.now();
  const response = await startJob().catch((error: unknown) => error as Error);
  return { response, ms: performance.now() - startedAt, jobs: simulator.jobs.length, simulator, startJob };
}

describe('a request fault', () => {
  it('responds instead of the service', async () => {
    const body = { error_code: 'RTC.00001021', error_msg: 'no permission' };
    const { response, jobs } = await startUnder({
      kind: 'respond',
      status: 403,
      body,
      headers: { 'retry-after': '1' },
    });
    expect(response).toMatchObject({ status: 403, body });
    expect('headers' in response && response.headers.get('retry-after')).toBe('1');
    expect(jobs).toBe(0);
  });

  it('responds an internal error unless it says what', async () => {
    const { response } = await startUnder({ kind: 'respond', status: 500 });
    expect(response).toMatchObject({ status: 500, body: { error_code: 'RTC.00002003' } });
  });

  it.each([
    ['RTC.00001010', 400, 'LayoutTemplateNotExist'],
    ['RTC.00001013', 400, 'RuleForbidDelete'],
    ['RTC.00002002', 500, 'InternalError.DbErr'],
    ['RTC.00002003', 500, 'InternalError.Transcode4xxError'],
    ['APIGW.0308', 429, 'The throttling threshold has been reached'],
  ] as const)('rejects with the documented %s: %d %s', async (code, status, text) => {
    const { response, jobs } = await startUnder({ kind: 'reject', code });
    expect(response).toMatchObject({ status, body: { error_code: code, error_msg: `${text}: by plan` } });
    expect(jobs).toBe(0);
  });

  it('hangs, then breaks the connection; nothing is done', async () => {
    const { response, ms, jobs } = await startUnder({ kind: 'hang', ms: 150 });
    expect(response).toBeInstanceOf(Error);
    expect(ms).toBeGreaterThan(140);
    expect(jobs).toBe(0);
  });

  it('breaks the connection before the work', async () => {
    const { response, jobs, simulator } = await startUnder({ kind: 'resetBefore' });
    expect(response).toBeInstanceOf(Error);
    expect(jobs).toBe(0);
    expect(simulator.requests.at(-1)).not.toHaveProperty('status');
  });

  it('breaks the connection after the work', async () => {
    const { response, jobs, simulator } = await startUnder({ kind: 'resetAfter' });
    expect(response).toBeInstanceOf(Error);
    expect(jobs).toBe(1);
    expect(simulator.requests.at(-1)).not.toHaveProperty('status');
  });

  it('responds late; the work is done at once', async () => {
    const { response, ms, jobs } = await startUnder({ kind: 'delayAfter', ms: 150 });
    expect(response).toMatchObject({ status: 201 });
    expect(ms).toBeGreaterThan(140);
    expect(jobs).toBe(1);
  });

  it('responds with a page of a proxy', async () => {
    const { response, jobs } = await startUnder({ kind: 'garbage' });
    expect(response).toMatchObject({ status: 200, text: expect.stringContaining('<html>') as string });
    expect(jobs).toBe(0);
  });

  it('cuts the response; the work is done', async () => {
    const { response, jobs } = await startUnder({ kind: 'truncate' });
    expect(response).toBeInstanceOf(SyntaxError);
    expect(jobs).toBe(1);
  });

  it('does the work and rejects all the same', async () => {
    const { response, jobs } = await startUnder({ kind: 'respondAfter', status: 500 });
    expect(response).toMatchObject({ status: 500, body: { error_code: 'RTC.00002003' } });
    expect(jobs).toBe(1);
  });

  it('is used up', async () => {
    const { response, startJob } = await startUnder({ kind: 'respond', status: 503 });
    expect(response).toMatchObject({ status: 503 });
    expect((await startJob()).status).toBe(201);
  });

  it('skips, hits so often, and can be cleared', async () => {
    const simulator = await startSimulator();
    const { call } = await prepare(simulator);
    const statuses = async (count: number) => {
      const seen = [];
      for (let i = 0; i < count; i += 1) seen.push((await call('GET', '/v2/apps')).status);
      return seen;
    };
    const effect = { kind: 'respond', status: 503 } as const;
    simulator.addFault({ match: 'GET /v2/apps', effect, skip: 1, times: 2 });
    expect(await statuses(5)).toEqual([200, 503, 503, 200, 200]);
    simulator.addFault({ match: 'GET /v2/apps', effect, times: 'always' });
    expect(await statuses(3)).toEqual([503, 503, 503]);
    simulator.clearFaults();
    expect(await statuses(1)).toEqual([200]);
  });

  it('has to be one that is known', async () => {
    const simulator = await startSimulator();
    const unknown = { match: 'GET /v2/apps', effect: { kind: 'explode' } } as unknown as Fault;
    expect(() => simulator.addFault(unknown)).toThrow(/known kind/);
  });
});

describe('dynamic faults', () => {
  it('get the stream and the number of a call, and decide if no fault does', async () => {
    const calls: Call[] = [];
    const ofRequest = (call: Call): RequestEffect | undefined => {
      if (call.stream !== undefined) calls.push(call);
      return call.method === 'GET' && call.nth === 1 ? { kind: 'respond', status: 503 } : undefined;
    };
    const simulator = await startSimulator({ dynamicFaults: { ofRequest } });
    const { call, startJob, jobs } = await prepare(simulator);
    simulator.addFault({ match: START_JOB, effect: { kind: 'respond', status: 500 } });
    expect((await startJob()).status).toBe(500);
    expect((await startJob()).status).toBe(201);
    const [job] = simulator.jobs;
    const jobPath = `${jobs}/${job?.job_id}`;
    const statuses = [];
    for (let i = 0; i < 3; i += 1) statuses.push((await call('GET', jobPath)).status);
    expect(statuses).toEqual([200, 503, 200]);

    const stream = { roomId: job?.room_id, userId: job?.user_id, videoType: job?.video_type };
    expect(calls.map(({ method, nth }) => `${method} ${nth}`)).toEqual(['POST 0', 'GET 0', 'GET 1', 'GET 2']);
    for (const each of calls) expect(each.stream).toEqual(stream);
  });

  it('is requested each event', async () => {
    const receiver = await startReceiver();
    const ofCallback = ({ event_type }: { event_type: string }): CallbackEffect | undefined =>
      event_type === 'RECORD_NEW_FILE_START' ? { kind: 'drop' } : undefined;
    const simulator = await startSimulator({ timeScale: 50, publishDurationMs: 1000, dynamicFaults: { ofCallback } });
    const { startJob } = await prepare(simulator, receiver.url);
    await startJob();
    await expect.poll(receiver.types).toEqual(['RECORD_FILE_COMPLETE', 'CLOUD_RECORD_OVER']);
  });
});
