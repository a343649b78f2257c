import { setTimeout as sleep } from 'node:timers/promises';
import { describe, inject, it } from 'vitest';
import type { Recording } from '../../../src/client.js';
import { deploy, type Link } from '../../support/deployment.js';
import { expectNoAcceptedEventLost } from './acceptedEvents.js';
import { expectRightEnds } from './rightEnd.js';
import { startNetwork, type Cut } from './toxiproxy.js';

const links: Link[] = ['worker to Temporal', 'receiver to Temporal', 'worker to vendor', 'vendor to receiver'];
const cuts: Cut[] = ['reset', 'silent', 'noResponse', 'slow'];
const LIMIT = { timeout: 60_000, interval: 200 };

/** Real: as long as a switch needs to find another way. */
const OUTAGE_MS = 5_000;

describe.skipIf(!inject('toxiproxy')).concurrent('a network that fails', { timeout: 150_000 }, () => {
  it.for(links)('%s: every recording ends right, however it fails', async (link, test) => {
    const network = await startNetwork(test);
    const deployment = await deploy(
      test,
      { timeScale: 1, autoPublish: false, callbackRetryDelaysMs: [1_000, 2_000, 4_000, 8_000] },
      { through: network.through },
    );
    const { simulator, recordings } = deployment;
    await Promise.all([deployment.startWorker(), deployment.startReceiver()]);
    const all: Recording[] = [];
    const start = async (roomId: string) => {
      simulator.joinRoom(roomId, 'user001');
      const input = deployment.input({ roomId, reconcileInterval: '10 seconds', settleTimeout: '20 seconds' });
      const { recording } = await recordings.start(input);
      all.push(recording);
      return recording;
    };
    const untilItRecords = (recording: Recording) =>
      test.expect.poll(async () => (await recording.status()).phase, LIMIT).toBe('recording');

    for (const how of cuts) {
      const [, stopped] = await Promise.all(['left', 'stopped'].map((name) => start(`${how}-${name}`)));
      await Promise.all(all.slice(-2).map(untilItRecords));

      // One user leaves, one recording is stopped and one is started while the link is down.
      await network.cut(link, how);
      simulator.leaveRoom(`${how}-left`, 'user001');
      const stopping = stopped?.stop();
      const started = await start(`${how}-started`);
      // The outage itself: nothing is waited for.
      await sleep(OUTAGE_MS);
      await network.restore();

      await stopping;
      await untilItRecords(started);
      simulator.leaveRoom(`${how}-started`, 'user001');
    }
    await expectRightEnds(deployment, all);
    await expectNoAcceptedEventLost(deployment, all);
  });
});
