import { describe, expect, it } from 'vitest';
import type { SimulatorOptions } from '../../../simulator/options.js';
import { secondsStamp } from '../../../simulator/stamps.js';
import { SEED } from './seed.js';
import { prepare, send, signIn, startReceiver, startSimulator } from './vendorClient.js';

const LIMIT = { timeout: 60_000 };

/** What nobody says, or what is said in two ways, is a switch; here both its positions. */

async function startedJob(options: SimulatorOptions) {
  const simulator = await startSimulator({ initDelayMs: 0, ...options });
  const prepared = await prepare(simulator);
  const answer = await prepared.startJob();
  return { simulator, ...prepared, answer, job: `${prepared.jobs}/${answer.body.job_id}` };
}

describe('a time that has not come', () => {
  it.for([
    [{}, '0001-01-01T00:00:00Z'],
    [{ unsetTimes: 'absent' }, undefined],
    [{ unsetTimes: 'null' }, null],
  ] as const)('is written with %j as %j', async ([options, written]) => {
    const { answer } = await startedJob(options);
    expect(answer.body.stop_time).toBe(written);
  });
});

it.for([
  [0, '2021-04-07T12:05:18Z'],
  [1, '2021-04-07T12:05:18.0Z'],
  [3, '2021-04-07T12:05:18.071Z'],
  [9, '2021-04-07T12:05:18.071500000Z'],
] as const)('writes times with %d digits after the second', ([digits, written]) => {
  expect(secondsStamp(Date.UTC(2021, 3, 7, 12, 5, 18) + 71.5, digits)).toBe(written);
});

it('writes the times of jobs, rules and events with as many digits as are asked for', async () => {
  const receiver = await startReceiver();
  const simulator = await startSimulator({ initDelayMs: 0, fractionDigits: 3, publishDurationMs: 100 });
  const { call, appId, ruleId, startJob } = await prepare(simulator, receiver.url);
  const milliseconds = /^2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
  expect((await call('GET', `/v2/apps/${appId}/record-rules/${ruleId}`)).body.create_time).toMatch(milliseconds);
  expect((await startJob()).body.create_time).toMatch(milliseconds);
  await expect.poll(() => receiver.types(), LIMIT).toContain('RECORD_FILE_COMPLETE');
  expect(receiver.events().at(-1)?.event['end_time']).toMatch(milliseconds);
});

it('leaves the request id out where that is asked for, of a refusal of the gateway too', async () => {
  const simulator = await startSimulator({ requestIds: false });
  const { status, headers, body } = await send(`${simulator.url}/v2/apps`, 'GET');
  expect(status).toBe(401);
  expect(headers.has('x-request-id')).toBe(false);
  expect(body).not.toHaveProperty('request_id');
});

describe('the probe of a callback URL', () => {
  it.for([
    ['noFailure', 404, 200],
    ['noFailure', 500, 400],
    ['200', 200, 200],
    ['200', 202, 400],
  ] as const)('that wants %s takes %d for %d', async ([probeWants, answered, status]) => {
    const receiver = await startReceiver([answered]);
    const { call, appId } = await prepare(await startSimulator({ probeWants }));
    const path = `/v2/apps/${appId}/record-callback`;
    expect((await call('PUT', path, { ...SEED.callbackRequest, url: receiver.url })).status).toBe(status);
  });
});

describe('a bad token', () => {
  it.for([
    ['gateway', 401, 'APIGW.0301'],
    ['service', 400, 'RTC.00001001'],
  ] as const)('is refused by the %s', async ([authRefusedBy, status, code]) => {
    const simulator = await startSimulator({ authRefusedBy });
    const answer = await send(`${simulator.url}/v2/apps`, 'GET', undefined, { 'x-auth-token': 'made-up' });
    expect([answer.status, answer.body.error_code]).toEqual([status, code]);
  });
});

it('says after how many seconds to come back, where that is asked for', async () => {
  const call = await signIn(await startSimulator({ rateLimits: true, retryAfterSeconds: 7 }));
  const answers = [];
  for (let i = 0; i < 3; i += 1) answers.push(await call('GET', '/v2/rtc-ops/buckets'));
  expect(answers.map(({ headers }) => headers.get('retry-after'))).toEqual([null, null, '7']);
});

it('refuses to tell of buckets who may not ask for them, and lets him do the rest', async () => {
  const call = await signIn(await startSimulator({ mayAskForBuckets: false }));
  expect(await call('GET', '/v2/rtc-ops/buckets')).toMatchObject({ status: 403, body: { error_code: 'RTC.00001021' } });
  expect((await call('POST', '/v2/apps', SEED.appRequest)).status).toBe(201);
});

describe('the stop of a job that is over', () => {
  it.for([
    ['jobDone', 400, 'RTC.00001009'],
    ['notFound', 404, 'RTC.00001003'],
  ] as const)('is answered %s', async ([stopOfFinishedJob, status, code]) => {
    const { call, job } = await startedJob({ stopOfFinishedJob });
    await expect.poll(async () => (await call('DELETE', job)).status, LIMIT).toBe(204);
    expect(await call('DELETE', job)).toMatchObject({ status, body: { error_code: code } });
    expect((await call('GET', job)).body.state).toBe('STOPPED');
  });
});

describe('an event', () => {
  it.for([
    ['usual', { file_size: true, detail_message: false }],
    ['fewest', { file_size: false, detail_message: false }],
    ['most', { file_size: true, detail_message: true }],
  ] as const)('has the %s fields', async ([eventFields, present]) => {
    const receiver = await startReceiver();
    const simulator = await startSimulator({ initDelayMs: 0, eventFields, publishDurationMs: 100 });
    await (await prepare(simulator, receiver.url)).startJob();
    await expect.poll(() => receiver.types(), LIMIT).toContain('RECORD_FILE_COMPLETE');
    const event = receiver.events().at(-1)?.event ?? {};
    for (const [field, expected] of Object.entries(present)) expect(field in event, field).toBe(expected);
    expect(event).toHaveProperty('obs_object');
  });

  it('is sent again when its answer takes longer than is waited for', async () => {
    const receiver = await startReceiver([], 1_000);
    const simulator = await startSimulator({ initDelayMs: 0, callbackTimeoutMs: 50, callbackRetryDelaysMs: [10] });
    await (await prepare(simulator, receiver.url)).startJob();
    await expect.poll(() => receiver.types(), LIMIT).toEqual(['RECORD_NEW_FILE_START', 'RECORD_NEW_FILE_START']);
    await expect.poll(() => simulator.callbacks.map(({ status }) => status), LIMIT).toEqual(['failed', 'failed']);
  });
});

it('gives SparkRTC access to a bucket, and takes it away', async () => {
  const call = await signIn(await startSimulator({ buckets: [{ name: 'obsName', authorized: false }] }));
  const isAuthorized = async () => (await call('GET', '/v2/rtc-ops/buckets')).body.buckets[0];
  const access = { bucket: 'obsName', location: 'cn-north-4', project_id: SEED.ruleRequest.obs_addr.project_id };
  expect((await call('PUT', '/v2/rtc-ops/buckets/authentication', { ...access, operation: 1 })).status).toBe(204);
  expect(await isAuthorized()).toMatchObject({ is_authorized: true });
  expect((await call('PUT', '/v2/rtc-ops/buckets/authentication', { ...access, operation: 0 })).status).toBe(204);
  expect(await isAuthorized()).toMatchObject({ is_authorized: false });
  for (const wrong of [{ operation: 2 }, { operation: 1, location: 'nowhere' }]) {
    expect((await call('PUT', '/v2/rtc-ops/buckets/authentication', { ...access, ...wrong })).status).toBe(400);
  }
  const absent = { ...access, operation: 1, bucket: 'of-nobody' };
  expect((await call('PUT', '/v2/rtc-ops/buckets/authentication', absent)).status).toBe(404);
});
