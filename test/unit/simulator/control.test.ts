import { expect, it, onTestFinished, vi } from 'vitest';
import { Clock } from '../../../simulator/clock.js';
import { Simulator } from '../../../simulator/simulator.js';
import { PASSWORD, prepare, send, startReceiver, startSimulator } from './vendorClient.js';

const soon = { timeout: 60_000, interval: 10 };

it('drives the simulator from another process, and tells no secrets', async () => {
  const simulator = await startSimulator({ autoPublish: false, initDelayMs: 0 });
  const receiver = await startReceiver();
  const { startJob, call } = await prepare(simulator, receiver.url);
  const control = (method: string, path: string, body?: unknown) =>
    send(`${simulator.url}/_simulator${path}`, method, body);
  expect(await control('GET', '/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });

  const { job_id: jobId } = (await startJob()).body;
  expect((await control('POST', '/rooms/room001/users/user001/join')).status).toBe(204);
  await expect.poll(() => simulator.jobs[0]?.state, soon).toBe('RUNNING');
  expect((await control('POST', '/rooms/room001/users/user001/leave')).status).toBe(204);
  await expect.poll(receiver.types, soon).toEqual(['RECORD_NEW_FILE_START', 'RECORD_FILE_COMPLETE']);
  expect((await control('POST', `/jobs/${jobId}/end`, { reason: 'BOREDOM' })).status).toBe(400);
  expect((await control('POST', '/jobs/nope/end', { reason: 'INTERNAL_ERROR' })).status).toBe(404);
  expect((await control('POST', `/jobs/${jobId}/end`, { reason: 'INTERNAL_ERROR' })).status).toBe(204);
  expect(simulator.jobs[0]).toMatchObject({ state: 'STOPPED', stop_reason: 'INTERNAL_ERROR' });

  const fault = { match: '* /**', effect: { kind: 'respond', status: 503 }, times: 'always' };
  expect((await control('POST', '/faults', { faults: [{ match: 'nonsense' }] })).status).toBe(400);
  expect((await control('POST', '/faults', { faults: [fault] })).status).toBe(204);
  expect((await call('GET', '/v2/apps')).status).toBe(503);
  expect((await control('DELETE', '/faults')).status).toBe(204);
  expect((await call('GET', '/v2/apps')).status).toBe(200);

  await expect.poll(() => simulator.callbacks.length, soon).toBe(3);
  const state = await control('GET', '/state');
  expect(state.body).toMatchObject({
    timeScale: 1,
    apps: [{ name: 'rtctest', callbackUrl: receiver.url }],
    jobs: [{ job_id: jobId }],
    buckets: { obsName: [{ key: simulator.objects('obsName')[0]?.key }] },
    callbacks: [{ status: 200 }, { status: 200 }, { status: 200 }],
  });
  expect(simulator.secrets.length).toBeGreaterThanOrEqual(3);
  for (const secret of simulator.secrets) expect(state.text).not.toContain(secret);
});

it('stops at once, whatever is open', async () => {
  const hang = { match: 'GET /v2/apps', effect: { kind: 'hang', ms: 60_000 } } as const;
  const simulator = await Simulator.start({ password: PASSWORD, faults: [hang] });
  const { call, startJob } = await prepare(simulator);
  await startJob();
  const hanging = call('GET', '/v2/apps').catch((error: unknown) => error);
  await expect.poll(() => simulator.requests.at(-1)?.path, soon).toBe('/v2/apps');
  const startedAt = performance.now();
  await simulator.stop();
  expect(performance.now() - startedAt).toBeLessThan(500);
  expect(await hanging).toBeInstanceOf(Error);
  await expect(fetch(`${simulator.url}/_simulator/healthz`)).rejects.toThrow();
});

it('keeps to the planned order and times, however late it gets to them', async () => {
  const clock = new Clock(100);
  const happened: string[] = [];
  clock.atOnce(() => {
    const startedAt = clock.now();
    const happens = (what: string) => happened.push(`${what} at ${Math.round(clock.now() - startedAt)}`);
    clock.after(1000, () => {
      happens('first');
      clock.after(1000, () => happens('second'));
    });
    clock.after(2500, () => happens('end'));
  });
  // Holds up the whole process until everything is long overdue.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 80);
  await expect.poll(() => happened, soon).toEqual(['first at 1000', 'second at 2000', 'end at 2500']);
});

it('forgets what was to come when it is stopped', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const clock = new Clock(10);
  const happened: string[] = [];
  clock.after(50, () => happened.push('before'));
  const cancel = clock.after(60, () => happened.push('cancelled'));
  clock.after(1000, () => happened.push('after'));
  cancel();
  vi.advanceTimersByTime(10);
  expect(happened).toEqual(['before']);
  clock.stop();
  clock.after(0, () => happened.push('too late'));
  vi.advanceTimersByTime(1000);
  expect(happened).toEqual(['before']);
});
