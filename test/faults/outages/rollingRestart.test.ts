import { expect, it } from 'vitest';
import type { Recording } from '../../../src/client.js';
import type { Child } from '../../support/child.js';
import { deploy } from '../../support/deployment.js';
import { freePort } from '../../support/freePort.js';
import { expectNoAcceptedEventLost } from './acceptedEvents.js';
import { expectRightEnds } from './rightEnd.js';
import { startRoundRobin } from './roundRobin.js';

/** Of recordings, before each of the four restarts and at first: 30 in all. */
const BATCH = 6;

it(
  'a rolling restart of two workers and two receivers under load loses nothing',
  { timeout: 140_000 },
  async (test) => {
    const ports = [await freePort(), await freePort()];
    const front = await startRoundRobin(test, ports);
    const deployment = await deploy(
      test,
      { timeScale: 1, publishDurationMs: 8_000, callbackRetryDelaysMs: [500, 1_000, 2_000, 4_000, 8_000] },
      { through: (link, address) => Promise.resolve(link === 'vendor to receiver' ? front : address) },
    );
    const { simulator, recordings } = deployment;
    const running = await Promise.all([
      ...[1, 2].map(async () => ({ process: await deployment.startWorker(), again: deployment.startWorker })),
      ...ports.map(async (port) => {
        const again = () => deployment.startReceiver(port);
        return { process: await again(), again };
      }),
    ]);

    // Jobs begin and end all the time while one process after the other goes.
    const all: Recording[] = [];
    const startSome = async () => {
      const inputs = Array.from({ length: BATCH }, (_, index) =>
        deployment.input({ roomId: `room${all.length + index}`, settleTimeout: '20 seconds' }),
      );
      all.push(...(await Promise.all(inputs.map(async (input) => (await recordings.start(input)).recording))));
    };
    await startSome();
    await test.expect.poll(() => simulator.jobs.length, { timeout: 60_000 }).toBeGreaterThan(0);
    const begunAt = Date.now();
    for (const { process, again } of running) {
      await startSome();
      expect(await ended(process)).toEqual({ code: 0, signal: null });
      await again();
    }
    expect(simulator.jobs.some(({ state }) => state !== 'STOPPED')).toBe(true);
    expect(simulator.callbacks.filter(({ at }) => at > begunAt).length).toBeGreaterThan(BATCH);

    await expectRightEnds(deployment, all);
    await expectNoAcceptedEventLost(deployment, all);
  },
);

/** The orchestrator's way: asked to stop, and given the time for it. */
function ended(process: Child): Child['ended'] {
  process.kill('SIGTERM');
  return process.ended;
}
