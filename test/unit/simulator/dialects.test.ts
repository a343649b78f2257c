import { describe, expect, it } from 'vitest';
import type { SimulatorOptions } from '../../../simulator/options.js';
import { secondsStamp } from '../../../simulator/stamps.js';
import { SEED } from './seed.js';
import { prepare, send, signIn, startReceiver, startSimulator } from './vendorClient.js';

const LIMIT = { timeout: 60_000 };

/** What no one says, or what is said in two ways, is a switch; here both its positions. */

async function startedJob(options: SimulatorOptions) {
  const simulator = await startSimulator({ initDelayMs: 0, ...options });
  const prepared = await prepare(simulator);
  const response = await prepared.startJob();
  return { simulator, ...prepared, response, job: `${prepared.jobs}/${response.body.job_id}` };
}

describe('a time that has not come', () => {
  it.for([
    [{}, '0001-01-01T00:00:00Z'],
    [{ unsetTimes: 'absent' }, undefined],
    [{ unsetTimes: 'null' }, null],
  ] as const)('is written with %j as %j', async ([options, written]) => {
    const { response } = await startedJob(options);
    expect(response.body.stop_time).toBe(written);
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

it('writes the times of jobs, rules and events with as many digits as are requested', async () => {
  const receiver = await startReceiver();
  const simulator = await startSimulator({ initDelayMs: 0, fractionDigits: 3, publishDurationMs: 100 });
  const { call, appId, ruleId, startJob } = await prepare(simulator, receiver.url);
  const milliseconds = /^2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
  expect((await call('GET', `/v2/apps/${appId}/record-rules/${ruleId}`)).body.create_time).toMatch(milliseconds);
  expect((await startJob()).body.create_time).toMatch(milliseconds);
  await expect.poll(() => receiver.types(), LIMIT).toContain('RECORD_FILE_COMPLETE');
  expect(receiver.events().at(-1)?.event['end_time']).toMatch(milliseconds);
});

it('leaves the request id out where that is requested, of a rejection of the gateway too', async () => {
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
  ] as const)('that wants %s takes %d for %d', async ([probeWants, responded, status]) => {
    const receiver = await startReceiver([responded]);
    const { call, appId } = await prepare(await startSimulator({ probeWants }));
    const path = `/v2/apps/${appId}/record-callback`;
    expect((await call('PUT', path, { ...SEED.callbackRequest, url: receiver.url })).status).toBe(status);
  });
});

describe('a bad token', () => {
  it.for([
    ['gateway', 401, 'APIGW.0301'],
    ['service', 400, 'RTC.00001001'],
  ] as const)('is rejected by the %s', async ([authRejectedBy, status, code]) => {
    const simulator = await startSimulator({ authRejectedBy });
    const response = await send(`${simulator.url}/v2/apps`, 'GET', undefined, { 'x-auth-token': 'made-up' });
    expect([response.status, response.body.error_code]).toEqual([status, code]);
  });
});

it('says after how many seconds to come back, where that is requested', async () => {
  const call = await signIn(await startSimulator({ rateLimits: true, retryAfterSeconds: 7 }));
  const responses = [];
  for (let i = 0; i < 3; i += 1) responses.push(await call('GET', '/v2/rtc-ops/buckets'));
  expect(responses.map(({ headers }) => headers.get('retry-after'))).toEqual([null, null, '7']);
});

it('rejects to tell of buckets who may not request them, and lets him do the rest', async () => {
  const call = await signIn(await startSimulator({ mayAskForBuckets: false }));
  expect(await call('GET', '/v2/rtc-ops/buckets')).toMatchObject({
    status: 403,
    body: { error_code: 'RTC.00001021' },
  });
  expect((await call('POST', '/v2/apps', SEED.appRequest)).status).toBe(201);
});

describe('the stop of a job that is over', () => {
  it.for([
    ['jobDone', 400, 'RTC.00001009'],
    ['notFound', 404, 'RTC.00001003'],
  ] as const)('gets the response %s', async ([stopOfFinishedJob, status, code]) => {
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

  it('is sent again when its response takes longer than is waited for', async () => {
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
  const absent = { ...access, operation: 1, bucket: 'of-no-one' };
  expect((await call('PUT', '/v2/rtc-ops/buckets/authentication', absent)).status).toBe(404);
});

describe('the picture size of the seed', () => {
  it('can be ignored silently', async () => {
    const { response } = await startedJob({ knowsResolution: false });
    expect(response.status).toBe(201);
    expect(response.body).toMatchObject({ select_stream_type: 'FHD' });
    expect(response.body).not.toHaveProperty('resolution');
    expect(response.body).not.toHaveProperty('resolution_policy');
  });
});

it('leaves out the Date header of all three services', async () => {
  const simulator = await startSimulator({ dateHeader: false });
  for (const path of ['/v3/auth/tokens', '/v2/apps', '/obsName']) {
    expect((await send(simulator.url + path, 'GET')).headers.has('date'), path).toBe(false);
  }
});

it('writes ids of 20 digits as numbers, those of callbacks too', async () => {
  const receiver = await startReceiver();
  const simulator = await startSimulator({ initDelayMs: 0, numericIds: 'large', publishDurationMs: 100 });
  const call = await signIn(simulator);
  const { text } = await call('POST', '/v2/apps', SEED.appRequest);
  expect(text).toMatch(/^\{"app_id":\d{20}\}$/);
  const appId = simulator.apps[0]?.appId ?? '';
  expect(text).toContain(appId);
  await call('PUT', `/v2/apps/${appId}/record-callback`, { ...SEED.callbackRequest, url: receiver.url });
  await call('POST', `/v2/apps/${appId}/record-rules`, SEED.ruleRequest);
  const record_param = { record_rule_id: simulator.apps[0]?.ruleIds[0] };
  const roomId = '12345678901234567890';
  await call('POST', `/v2/apps/${appId}/individual-stream-jobs`, {
    ...SEED.jobRequest,
    record_param,
    room_id: roomId,
  });
  const [job] = simulator.jobs;
  await expect.poll(() => receiver.events()[0]?.raw, LIMIT).toContain(`"job_id":${job?.job_id}`);
  expect(receiver.events()[0]?.raw).toContain(`"room_id":${roomId},`);
});

it.for([
  ['key', 'Record/x y.mp4'],
  ['slash', '/Record/x y.mp4'],
  ['encoded', 'Record%2Fx%20y.mp4'],
  ['slashAndEncoded', '/Record%2Fx%20y.mp4'],
] as const)('names the object of an event as %s: %s', async ([eventObject, written]) => {
  const receiver = await startReceiver();
  const simulator = await startSimulator({ initDelayMs: 0, eventObject, publishDurationMs: 100 });
  const rule = { mp4_config: { record_prefix: 'x y' } };
  await (await prepare(simulator, receiver.url, rule)).startJob();
  await expect.poll(() => receiver.types(), LIMIT).toContain('RECORD_FILE_COMPLETE');
  expect(receiver.events().at(-1)?.event['obs_object']).toBe(written);
  expect(simulator.objects('obsName')[0]?.key).toBe('Record/x y.mp4');
});

it.for([
  ['asSent', '/Record', '/Record'],
  ['normalized', '/Record', 'Record/'],
  ['normalized', 'Record/', 'Record/'],
  ['normalized', '', ''],
  ['normalized', undefined, undefined],
] as const)('stores the folder %s: %s as %s', async ([storedFolder, object, stored]) => {
  const call = await signIn(await startSimulator({ storedFolder }));
  const { app_id: appId } = (await call('POST', '/v2/apps', SEED.appRequest)).body;
  const rule = { ...SEED.ruleRequest, obs_addr: { ...SEED.ruleRequest.obs_addr, object } };
  const { body } = await call('POST', `/v2/apps/${appId}/record-rules`, rule);
  expect((body as unknown as typeof SEED.ruleRequest).obs_addr.object).toBe(stored);
});

it.for([
  ['seed', 3, 'CLOUD_RECORD_OVER'],
  ['sdk', 2, 'RECORD_FILE_COMPLETE'],
  ['page', 7, 'RTC_VIDEO_STREAM_CLOSE'],
] as const)('shows the subscription of the %s: %d events', async ([subscription, count, last]) => {
  const receiver = await startReceiver();
  const { call, appId } = await prepare(await startSimulator({ subscription }), receiver.url);
  const { body } = await call('GET', `/v2/apps/${appId}/record-callback`);
  const events = body.record_callback['notify_event_subscription'] as string[];
  expect([events.length, events.at(-1)]).toEqual([count, last]);
});

it.for([true, false])('sends no event at the end of a job, with events in another order: %s', async (shuffled) => {
  const receiver = await startReceiver();
  const options = {
    initDelayMs: 0,
    publishDurationMs: 100,
    overEventType: 'none',
    shuffleCallbacks: shuffled,
  } as const;
  const simulator = await startSimulator(options);
  const { startJob, call, jobs } = await prepare(simulator, receiver.url);
  const { job_id: jobId } = (await startJob()).body;
  await expect.poll(() => simulator.objects('obsName').length, LIMIT).toBe(1);
  expect((await call('DELETE', `${jobs}/${jobId}`)).status).toBe(204);
  const types = ['RECORD_FILE_COMPLETE', 'RECORD_NEW_FILE_START'];
  await expect.poll(() => receiver.types().sort(), LIMIT).toEqual(types);
  // Each is noted only when its response has come.
  await expect.poll(() => simulator.callbacks.map(({ event }) => event.event_type).sort(), LIMIT).toEqual(types);
});

describe('an application that is not active', () => {
  it.for(['ARREARS', 'DEACTIVATION'] as const)('rejects jobs in %s, until it is active again', async (state) => {
    const simulator = await startSimulator();
    const { appId, startJob, call } = await prepare(simulator);
    const set = (to: string) => send(`${simulator.url}/_simulator/apps/${appId}/state`, 'PUT', { state: to });
    expect((await set(state)).status).toBe(204);
    expect((await call('GET', `/v2/apps/${appId}`)).body).toMatchObject({ state: { state } });
    const rejected = { status: 400, body: { error_code: 'RTC.00001016' } };
    expect(await startJob()).toMatchObject(rejected);
    expect((await set('ACTIVATION')).status).toBe(204);
    expect((await startJob()).status).toBe(201);
    expect((await set('ASLEEP')).status).toBe(400);
    expect((await send(`${simulator.url}/_simulator/apps/none/state`, 'PUT', { state })).status).toBe(404);
  });

  it('can be so from its creation', async () => {
    const call = await signIn(await startSimulator({ newAppState: 'ARREARS' }));
    const { app_id: appId } = (await call('POST', '/v2/apps', SEED.appRequest)).body;
    expect((await call('GET', '/v2/apps?state=ARREARS')).body.count).toBe(1);
    const rejected = { status: 400, body: { error_code: 'RTC.00001016' } };
    expect(await call('POST', `/v2/apps/${appId}/record-rules`, SEED.ruleRequest)).toMatchObject(rejected);
  });
});
