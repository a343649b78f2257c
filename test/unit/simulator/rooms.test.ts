import { expect, it } from 'vitest';
import type { SimulatorOptions } from '../../../simulator/options.js';
import { SEED } from './seed.js';
import { prepare, startReceiver, startSimulator } from './vendorClient.js';

const START = 'RECORD_NEW_FILE_START';
const COMPLETE = 'RECORD_FILE_COMPLETE';
const OVER = 'CLOUD_RECORD_OVER';
const ROOM = 'room001';
const soon = { timeout: 60_000, interval: 10 };

/** The idle limit is that of the room: the longest time for which no one may be in it. */
async function jobIn(options: SimulatorOptions, joined: string[] = []) {
  const simulator = await startSimulator({ initDelayMs: 0, timeScale: 100, ...options });
  const receiver = await startReceiver();
  const { startJob, call } = await prepare(simulator, receiver.url);
  for (const user of joined) simulator.joinRoom(ROOM, user);
  await startJob({ max_idle_time: 5 });
  const seconds = () => {
    const [job] = simulator.jobs;
    return (Date.parse(job?.stop_time ?? '') - Date.parse(job?.create_time ?? '')) / 1000;
  };
  const passed = async (simulatedMs: number) => {
    const from = simulator.clock.now();
    await expect.poll(() => simulator.clock.now() - from, soon).toBeGreaterThan(simulatedMs);
  };
  const state = () => simulator.jobs[0]?.state;
  return { simulator, receiver, startJob, call, seconds, passed, state };
}

it('waits in a room with others longer than the idle limit, which counts from when the last one leaves', async () => {
  const { simulator, passed, state } = await jobIn({ autoPublish: false }, ['one', 'two']);
  await passed(20_000);
  expect(state()).toBe('INIT');
  simulator.leaveRoom(ROOM, 'one');
  await passed(20_000);
  expect(state()).toBe('INIT');
  const leftAt = simulator.clock.now();
  simulator.leaveRoom(ROOM, 'two');
  await expect.poll(state, soon).toBe('STOPPED');
  expect(simulator.jobs[0]?.stop_reason).toBe('EXCEED_MAX_IDLE_TIME');
  const idle = Date.parse(simulator.jobs[0]?.stop_time ?? '') - leftAt;
  expect(idle).toBeGreaterThan(4_000);
  expect(idle).toBeLessThan(7_000);
});

it('records a user who comes late, leaves, and comes back among others: a new file for each time', async () => {
  const { simulator, receiver, passed, state } = await jobIn({ autoPublish: false }, ['someone']);
  await passed(10_000);
  for (const expected of [
    [START, COMPLETE],
    [START, COMPLETE, START, COMPLETE],
  ]) {
    simulator.joinRoom(ROOM, 'user001');
    await expect.poll(() => receiver.types().at(-1), soon).toBe(START);
    simulator.leaveRoom(ROOM, 'user001');
    await expect.poll(receiver.types, soon).toEqual(expected);
    await passed(10_000);
    expect(state()).toBe('RUNNING');
  }
  simulator.leaveRoom(ROOM, 'someone');
  await expect.poll(receiver.types, soon).toEqual([START, COMPLETE, START, COMPLETE, OVER]);
  expect(simulator.objects('obsName')).toHaveLength(2);
});

it('is not ended when someone else comes before the limit', async () => {
  const { simulator, passed, state } = await jobIn({ timeScale: 10, autoPublish: false });
  simulator.joinRoom(ROOM, 'someone');
  await passed(10_000);
  expect(state()).toBe('INIT');
});

it.each([
  ['an empty room', {}, 5],
  ['others for a while', { othersStayMs: 30_000 }, 35],
  ['a publisher who comes late', { autoPublish: true, publishDelayMs: 3_000, publishDurationMs: 10_000 }, 18],
  ['a publisher who comes too late', { autoPublish: true, publishDelayMs: 6_000, publishDurationMs: 10_000 }, 5],
  [
    'one who comes twice',
    { autoPublish: true, publishDurationMs: 10_000, publishTimes: 2, publishPauseMs: 2_000 },
    27,
  ],
  [
    'one who comes back among others',
    {
      ...{ autoPublish: true, publishDelayMs: 20_000, publishDurationMs: 10_000 },
      ...{ publishTimes: 2, publishPauseMs: 20_000, othersStayMs: 45_000 },
    },
    65,
  ],
] as const)('lasts in %s as long as someone is there, and then the limit', async (_room, options, expected) => {
  const { seconds, state } = await jobIn({ autoPublish: false, ...options });
  await expect.poll(state, soon).toBe('STOPPED');
  expect(seconds()).toBe(expected);
});

it.each([
  ['another job in the room', 'rtctest', ROOM, 12],
  ['a job in another room', 'rtctest', 'room002', 10],
  ['a job in the same room of another application', 'other', ROOM, 10],
])('counts the publisher of %s as it should', async (_which, appName, roomId, expected) => {
  const { simulator, call, seconds, passed, state } = await jobIn({ timeScale: 20, publishDurationMs: 5_000 });
  const { appId: first } = simulator.apps[0] ?? {};
  const appId = appName === 'other' ? (await call('POST', '/v2/apps', { app_name: appName })).body.app_id : first;
  const { rule_id: ruleId } = (await call('POST', `/v2/apps/${appId}/record-rules`, SEED.ruleRequest)).body;
  await passed(2_500);
  const job = { ...SEED.jobRequest, room_id: roomId, user_id: 'user002', record_param: { record_rule_id: ruleId } };
  await call('POST', `/v2/apps/${appId}/individual-stream-jobs`, job);
  await expect.poll(state, soon).toBe('STOPPED');
  expect(seconds()).toBeGreaterThanOrEqual(expected);
  if (expected === 10) expect(seconds()).toBe(10);
});
