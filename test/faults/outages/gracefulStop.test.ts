import { describe, expect, inject, it } from 'vitest';
import type { Child } from '../../support/child.js';
import { deploy } from '../../support/deployment.js';
import { eventsIn, expectNoAcceptedEventLost } from './acceptedEvents.js';
import { expectRightEnds } from './rightEnd.js';
import { startNetwork } from './toxiproxy.js';

const LIMIT = { timeout: 60_000, interval: 50 };

describe.skipIf(!inject('toxiproxy')).concurrent('a process that has to stop', { timeout: 140_000 }, () => {
  it('receiver: responds to the callback in hand when its signal is stored', async (test) => {
    const network = await startNetwork(test);
    const deployment = await deploy(
      test,
      { timeScale: 1, autoPublish: false, callbackRetryDelaysMs: [1_000, 2_000, 4_000, 8_000, 8_000] },
      { through: network.through },
    );
    const { simulator, recordings } = deployment;
    simulator.joinRoom('room001', 'user001');
    const [receiver] = await Promise.all([deployment.startReceiver(), deployment.startWorker()]);
    const { recording } = await recordings.start(deployment.input({ settleTimeout: '20 seconds' }));
    await test.expect.poll(() => simulator.callbacks.map(({ status }) => status), LIMIT).toEqual([200]);

    await network.cut('receiver to Temporal', 'late');
    simulator.leaveRoom('room001', 'user001');
    await test.expect.poll(() => eventsIn(deployment, recording), LIMIT).toHaveLength(2);
    // The signal is stored, its response on the way: the vendor has none yet.
    expect(simulator.callbacks).toHaveLength(1);
    receiver.kill('SIGTERM');
    expect(await receiver.ended).toEqual({ code: 0, signal: null });
    expect(simulator.callbacks.map(({ status }) => status).slice(0, 2)).toEqual([200, 200]);

    await network.restore();
    await deployment.startReceiver();
    await expectRightEnds(deployment, [recording]);
    await expectNoAcceptedEventLost(deployment, [recording]);
  });

  it.for([
    { how: 'reset', limit: 10_000 },
    // The SDK tells the server that it goes, and waits 30 s for the response.
    { how: 'silent', limit: 45_000 },
  ] as const)('worker: ends with 0 although Temporal is away ($how)', async ({ how, limit }, test) => {
    const network = await startNetwork(test);
    const deployment = await deploy(test, {}, { through: network.through });
    const worker = await deployment.startWorker();
    await network.cut('worker to Temporal', how);
    const { code, took } = await stop(worker);
    expect(code).toBe(0);
    expect(took).toBeLessThan(limit);
    // What the SDK's native part has to say of it is in the same voice.
    const lines = worker.stdout().trimEnd().split('\n');
    expect(lines.filter((line) => !line.startsWith('{'))).toEqual([]);
  });

  it('worker: ends at once after a second signal', async (test) => {
    const hang = { kind: 'delayAfter', ms: 100_000 } as const;
    const deployment = await deploy(test, {
      timeScale: 1,
      faults: [{ match: 'POST /v2/apps/*/individual-stream-jobs', effect: hang }],
    });
    const [worker] = await Promise.all([deployment.startWorker(), deployment.startReceiver()]);
    await deployment.recordings.start(deployment.input());
    await test.expect.poll(() => deployment.simulator.jobs.length, LIMIT).toBe(1);
    worker.kill('SIGTERM');
    await test.expect.poll(() => worker.stdout(), LIMIT).toContain('STOPPING');
    const { signal, took } = await stop(worker);
    expect(signal).toBe('SIGTERM');
    expect(took).toBeLessThan(5_000);
  });
});

/** Tells the process to stop; returns how it ended and after how long. */
async function stop(child: Child) {
  const begun = Date.now();
  child.kill('SIGTERM');
  return { ...(await child.ended), took: Date.now() - begun };
}
