import { describe, expect, it } from 'vitest';
import { signCallback } from '../../../simulator/callbacks.js';
import { SEED } from './seed.js';
import { prepare, startReceiver, startSimulator } from './vendorClient.js';

const KEY = SEED.callbackRequest.auth_key;
const soon = { timeout: 60_000, interval: 10 };

it('signs as documented', () => {
  const body = '{"event_type":"RECORD_FILE_COMPLETE","job_id":"j1"}';
  expect(signCallback('0123456789abcdef0123456789abcdef', '12345678', '1619600282', body)).toBe(
    'e33b81afb3dc0792615c541fb0f7e710b1cb2944d3e63b64211c7511bb4933d1',
  );
});

describe('a callback', () => {
  it.each([
    ['seconds', /^\d{10}$/],
    ['milliseconds', /^\d{13}$/],
    ['iso', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/],
    ['isoBasic', /^\d{8}T\d{6}Z$/],
  ] as const)('carries the signature of its raw body, its time as %s', async (timestampForm, pattern) => {
    const simulator = await startSimulator({ timestampForm });
    const receiver = await startReceiver();
    const { appId } = await prepare(simulator, receiver.url);
    simulator.sendCallback(appId, { event_type: 'RTC_USER_ROLE_CHANGED', app_id: appId, note: 'ä' });
    await expect.poll(receiver.types, soon).toEqual(['RTC_USER_ROLE_CHANGED']);
    const [callback] = receiver.events();
    if (callback === undefined) throw new Error('no callback came');
    const { method, headers, raw } = callback;
    expect(method).toBe('POST');
    expect(headers['content-type']).toBe('application/json');
    const [rand, timestamp] = [String(headers['x-rtc-rand']), String(headers['x-rtc-timestamp'])];
    expect(timestamp).toMatch(pattern);
    expect(headers['x-rtc-signature']).toBe(signCallback(KEY, rand, timestamp, raw));
  });

  it('is not signed without a key', async () => {
    const simulator = await startSimulator();
    const receiver = await startReceiver();
    const { call, appId } = await prepare(simulator);
    await call('PUT', `/v2/apps/${appId}/record-callback`, { url: receiver.url });
    simulator.sendCallback(appId, { event_type: 'X' });
    await expect.poll(receiver.types, soon).toEqual(['X']);
    expect(Object.keys(receiver.events()[0]?.headers ?? {}).filter((name) => name.startsWith('x-rtc'))).toEqual([]);
  });

  it('is sent again until it gets 200, and every sending is recorded', async () => {
    const simulator = await startSimulator({ callbackRetryDelaysMs: [10, 10, 10] });
    const receiver = await startReceiver([200, 503, 201]);
    const { appId } = await prepare(simulator, receiver.url);
    simulator.sendCallback(appId, { event_type: 'X', job_id: 'j' });
    await expect.poll(() => simulator.callbacks.map(({ status }) => status), soon).toEqual([503, 201, 200]);
    expect(simulator.callbacks[0]).toMatchObject({
      event: { event_type: 'X', job_id: 'j' },
      at: expect.any(Number) as number,
    });
    const rands = receiver.events().map(({ headers }) => headers['x-rtc-rand']);
    expect(new Set(rands).size).toBe(3);
  });

  it('waits for the one before it, of the same job', async () => {
    const simulator = await startSimulator();
    const receiver = await startReceiver([], 60);
    const { appId } = await prepare(simulator, receiver.url);
    for (const job_id of ['j1', 'j1', 'j2']) simulator.sendCallback(appId, { event_type: 'X', job_id });
    await expect.poll(() => receiver.events().map(({ event }) => event.job_id), soon).toEqual(['j1', 'j2', 'j1']);
    // Its time is that of its sending, not of its response, which the receiver takes 60 ms for.
    await expect.poll(() => simulator.callbacks.length, soon).toBe(3);
    for (const { at, respondedAt } of simulator.callbacks) expect(respondedAt - at).toBeGreaterThan(30);
  });

  it('is given up after the last try, also when no one listens', async () => {
    const simulator = await startSimulator({ callbackRetryDelaysMs: [5], probe: 'none' });
    const { appId } = await prepare(simulator, 'http://127.0.0.1:9/');
    simulator.sendCallback(appId, { event_type: 'X' });
    await expect.poll(() => simulator.callbacks.map(({ status }) => status), soon).toEqual(['failed', 'failed']);
    simulator.sendCallback(appId, { event_type: 'Y' });
    await expect.poll(() => simulator.callbacks.length, soon).toBe(4);
    expect(simulator.callbacks.filter(({ event }) => event.event_type === 'X')).toHaveLength(2);
  });
});

describe('the plan of faults', () => {
  const send = async (...faults: Parameters<Awaited<ReturnType<typeof startSimulator>>['addFault']>[0][]) => {
    const simulator = await startSimulator({ faults });
    const receiver = await startReceiver();
    const { appId } = await prepare(simulator, receiver.url);
    for (const event_type of ['A', 'B', 'C']) simulator.sendCallback(appId, { event_type, job_id: 'j' });
    return receiver;
  };

  it('drops', async () => {
    const receiver = await send({ callback: 'A', effect: { kind: 'drop' } });
    await expect.poll(receiver.types, soon).toEqual(['B', 'C']);
  });

  it('repeats', async () => {
    const receiver = await send({ callback: 'B', effect: { kind: 'repeat', times: 3 } });
    await expect.poll(receiver.types, soon).toEqual(['A', 'B', 'B', 'B', 'C']);
  });

  it('delays', async () => {
    const receiver = await send({ callback: 'A', effect: { kind: 'delay', ms: 100 } });
    await expect.poll(receiver.types, soon).toEqual(['B', 'C', 'A']);
  });

  it('skips, and continues forever', async () => {
    const receiver = await send({ callback: '*', effect: { kind: 'repeat', times: 2 }, skip: 1, times: 'always' });
    await expect.poll(receiver.types, soon).toEqual(['A', 'B', 'B', 'C', 'C']);
  });
});

it('can turn the order of the events of a job round', async () => {
  const simulator = await startSimulator({ timeScale: 300, shuffleCallbacks: true });
  const receiver = await startReceiver();
  const { startJob } = await prepare(simulator, receiver.url);
  await startJob();
  const turned = ['CLOUD_RECORD_OVER', 'RECORD_FILE_COMPLETE', 'RECORD_NEW_FILE_START'];
  await expect.poll(receiver.types, soon).toEqual(turned);
});
