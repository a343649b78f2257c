import { expect, it } from 'vitest';
import { deploy } from '../../support/deployment.js';
import { expectNoAcceptedEventLost } from './acceptedEvents.js';
import { startForgetfulNetwork, type ForgetfulNetwork } from './forgetfulNetwork.js';
import { expectRightEnds } from './rightEnd.js';

const LIMIT = { timeout: 60_000, interval: 200 };

/** Less than the SDK's own keepalive needs to find out (45 s), more than ours (20 s). */
const FOUND_OUT_MS = 30_000;

it('a receiver whose connection to Temporal died unseen makes a new one before the vendor gives up', async (test) => {
  let network: ForgetfulNetwork | undefined;
  const deployment = await deploy(
    test,
    { timeScale: 1, autoPublish: false, callbackRetryDelaysMs: Array<number>(30).fill(2_000) },
    {
      through: async (link, address) => {
        if (link !== 'receiver to Temporal') return address;
        network = await startForgetfulNetwork(test, address);
        return network.address;
      },
    },
  );
  const { simulator, recordings } = deployment;
  simulator.joinRoom('room001', 'user001');
  await Promise.all([deployment.startReceiver(), deployment.startWorker()]);
  // Only callbacks can tell of the end: no one polls before five minutes are over.
  const input = deployment.input({ reconcileInterval: '5 minutes', settleTimeout: '60 seconds' });
  const { recording } = await recordings.start(input);
  await test.expect.poll(() => simulator.callbacks.map(({ status }) => status), LIMIT).toEqual([200]);

  network?.forget();
  const forgottenAt = Date.now();
  simulator.leaveRoom('room001', 'user001');
  const sendings = () => simulator.callbacks.filter(({ event }) => event.event_type === 'RECORD_FILE_COMPLETE');
  await test.expect.poll(() => sendings().at(-1)?.status, LIMIT).toBe(200);
  expect(Date.now() - forgottenAt).toBeLessThan(FOUND_OUT_MS);
  expect(sendings()[0]?.status).toBe(503);

  await expectRightEnds(deployment, [recording]);
  await expectNoAcceptedEventLost(deployment, [recording]);
});
