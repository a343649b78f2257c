import { describe, expect, inject, it } from 'vitest';
import { deploy } from '../../support/deployment.js';
import { eventsIn, expectNoAcceptedEventLost } from './acceptedEvents.js';
import { expectRightEnds } from './rightEnd.js';
import { startNetwork } from './toxiproxy.js';

const LIMIT = { timeout: 60_000, interval: 20 };

describe
  .skipIf(!inject('toxiproxy'))
  .concurrent('a receiver that is killed with a callback in hand', { timeout: 140_000 }, () => {
    it.for([
      { how: 'silent', when: 'before its signal is stored', stored: 1 },
      { how: 'noResponse', when: 'after its signal is stored', stored: 2 },
    ] as const)('$when: the vendor sends it again, and nothing is lost', async ({ how, stored }, test) => {
      const network = await startNetwork(test);
      const deployment = await deploy(
        test,
        { timeScale: 1, autoPublish: false, callbackRetryDelaysMs: [1_000, 2_000, 4_000, 8_000, 8_000] },
        { through: network.through },
      );
      const { simulator, recordings } = deployment;
      simulator.joinRoom('room001', 'user001');
      const [receiver] = await Promise.all([deployment.startReceiver(), deployment.startWorker()]);
      // Only callbacks can tell of the end: no one polls before five minutes are over.
      const input = deployment.input({ reconcileInterval: '5 minutes', settleTimeout: '30 seconds' });
      const { recording } = await recordings.start(input);
      await test.expect.poll(() => simulator.callbacks.map(({ status }) => status), LIMIT).toEqual([200]);

      await network.cut('receiver to Temporal', how);
      simulator.leaveRoom('room001', 'user001');
      // Gets its response after the callback that was sent before: that one is in hand now, and waits for Temporal.
      await fetch(`${deployment.receiverUrl}/healthz`);
      await test.expect.poll(() => eventsIn(deployment, recording), LIMIT).toHaveLength(stored);
      receiver.kill('SIGKILL');
      await receiver.ended;
      await test.expect.poll(() => simulator.callbacks[1]?.status, LIMIT).toBe('failed');
      // It had responded to none: not even that it could not deliver.
      expect(receiver.stdout()).not.toContain('undelivered');
      await network.restore();
      await deployment.startReceiver();

      await expectRightEnds(deployment, [recording]);
      await expectNoAcceptedEventLost(deployment, [recording]);
      expect(await recording.result()).toMatchObject({ endedBy: 'callback', warnings: [] });
    });
  });
