import { it } from 'vitest';
import { judge, seeds, setting } from './campaign.js';
import { disturb, runCell } from './cell.js';
import { planDisturbances, planRecording } from './plan.js';

const RECORDINGS = setting('FAULTS_RECORDINGS', 120);

/** One recording a second makes about as many job calls as an installation is allowed. */
const START_EVERY_MS = 1100;

const CELLS = 4;

for (const seed of seeds()) {
  it(`${RECORDINGS} recordings under random faults end right, seed ${seed}`, { timeout: 900_000 }, async (test) => {
    const startedAt = Date.now();
    const plans = Array.from({ length: RECORDINGS }, (_, index) => planRecording(seed, index));
    const cells = Array.from({ length: CELLS }, (_, cell) =>
      runCell(test, {
        // The two recordings of one user stay together.
        plans: plans.filter(({ index }) => Math.floor(index / 2) % CELLS === cell),
        everyMs: START_EVERY_MS,
        meanwhile: (running, calm) => disturb(running, planDisturbances(seed, cell), calm),
      }),
    );
    await judge('random faults', seed, startedAt, await Promise.all(cells));
  });
}
