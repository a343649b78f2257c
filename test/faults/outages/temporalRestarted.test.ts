import { expect, it } from 'vitest';
import { deploy } from '../../support/deployment.js';
import { expectNoAcceptedEventLost } from './acceptedEvents.js';
import { expectRightEnds } from './rightEnd.js';
import { durableServer } from '../../support/temporalServer.js';

const LIMIT = { timeout: 60_000, interval: 200 };

it('a Temporal server that is killed and started again with recordings open loses none of them', async (test) => {
  const server = await durableServer(test);
  await server.start();
  const deployment = await deploy(
    test,
    { timeScale: 1, autoPublish: false, callbackRetryDelaysMs: [1_000, 2_000, 4_000, 8_000, 8_000] },
    { temporalAddress: server.address },
  );
  const { simulator, recordings } = deployment;
  await Promise.all([deployment.startWorker(), deployment.startReceiver()]);
  const start = async (roomId: string) => {
    // Only callbacks can tell of the end: no one polls before five minutes are over.
    const input = deployment.input({ roomId, settleTimeout: '30 seconds', reconcileInterval: '5 minutes' });
    return (await recordings.start(input)).recording;
  };
  const rooms = ['leaves1', 'leaves2', 'stays1', 'stays2'];
  for (const roomId of [...rooms, 'starting']) simulator.joinRoom(roomId, 'user001');
  const open = await Promise.all(rooms.map(start));
  for (const recording of open) {
    await test.expect.poll(async () => (await recording.status()).phase, LIMIT).toBe('recording');
  }
  // One more is in the middle of its start.
  simulator.addFault({ match: 'POST /v2/apps/*/individual-stream-jobs', effect: { kind: 'delayAfter', ms: 4_000 } });
  const starting = await start('starting');
  await test.expect.poll(() => simulator.jobs.length, LIMIT).toBe(rooms.length + 1);

  await server.kill();
  for (const roomId of ['leaves1', 'leaves2']) simulator.leaveRoom(roomId, 'user001');
  const responses = () => simulator.callbacks.filter(({ event }) => event.event_type === 'CLOUD_RECORD_OVER');
  await test.expect.poll(() => responses().length, LIMIT).toBeGreaterThanOrEqual(2);
  expect(new Set(responses().map(({ status }) => status))).toEqual(new Set([503]));
  await server.start();

  await test.expect.poll(async () => (await starting.status()).phase, LIMIT).toBe('recording');
  for (const roomId of ['stays1', 'stays2', 'starting']) simulator.leaveRoom(roomId, 'user001');
  await expectRightEnds(deployment, [...open, starting]);
  await expectNoAcceptedEventLost(deployment, [...open, starting]);
});
