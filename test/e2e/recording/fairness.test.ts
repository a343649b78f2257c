import { expect, it } from 'vitest';
import { isJobStart } from '../../../bench/sighting.js';
import { deploy } from '../../support/deployment.js';
import { ownServer } from '../../support/temporalServer.js';

const temporalAddress = ownServer({ 'matching.enableFairness': 'true' });

it("a single start does not wait for another application's burst", { timeout: 240_000 }, async (test) => {
  const deployment = await deploy(test, { timeScale: 1 }, { temporalAddress: temporalAddress() });
  const { simulator, recordings, input, appName } = deployment;
  await Promise.all([deployment.startWorker(), deployment.startReceiver()]);
  const starts = () => simulator.requests.filter(isJobStart).length;
  const burst = Array.from({ length: 140 }, (_, index) => recordings.start(input({ userId: `user-${index}` })));
  await Promise.all(burst);
  await test.expect.poll(starts, { timeout: 60_000 }).toBeGreaterThan(15);

  const { recording } = await recordings.start(input({ appName: `${appName}-other`, roomId: 'single' }));
  // From here on the order decides: on a slow machine the steps before take seconds.
  const isStarting = async () =>
    (await recording.status()).steps.some(({ step }) => step === 'startIndividualStreamJob');
  await test.expect.poll(isStarting).toBe(true);
  const before = starts();
  await test.expect.poll(() => simulator.jobs.some(({ room_id: room }) => room === 'single')).toBe(true);
  // In the order of arrival, some 90 calls of the burst would have come first.
  expect(starts() - before).toBeLessThan(30);
  await recording.stop();
});
