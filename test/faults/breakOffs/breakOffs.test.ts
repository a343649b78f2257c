import { it } from 'vitest';
import { judge, seeds, setting } from '../campaign/campaign.js';
import { runCell } from '../campaign/cell.js';
import { planBreakOff } from '../campaign/plan.js';

const RUNS = setting('FAULTS_BREAK_OFFS', 20);

/** They mostly wait for their users to leave. */
const MOST_OPEN = 20;

for (const seed of seeds()) {
  it(`${RUNS} recordings outlive the jobs that break off, seed ${seed}`, { timeout: 600_000 }, async (test) => {
    const startedAt = Date.now();
    const cell = await runCell(test, {
      plans: Array.from({ length: RUNS }, (_, index) => planBreakOff(seed, index)),
      everyMs: 1000,
      mostOpen: MOST_OPEN,
      meanwhile: () => Promise.resolve(),
    });
    await judge('break-offs', seed, startedAt, [cell]);
  });
}
