import { it, vi } from 'vitest';
import { judge, seeds, setting } from './campaign.js';
import { runCell, type Cell } from './cell.js';
import { count } from './audit.js';
import { planLostResponse, type LostResponse } from './plan.js';

/** In all; a third of it in each shape. */
const RUNS = setting('FAULTS_LOST_RESPONSES', 36);

const SHAPES: readonly {
  shape: LostResponse;
  everyMs: number;
  meanwhile: (cell: Cell, runs: number) => Promise<void>;
}[] = [
  { shape: 'reset after the work', everyMs: 700, meanwhile: () => Promise.resolve() },
  { shape: 'cancelled in the same moment', everyMs: 700, meanwhile: () => Promise.resolve() },
  { shape: 'worker killed', everyMs: 100, meanwhile: killWorkersWhileAllWait },
];

for (const seed of seeds()) {
  it(`${RUNS} starts whose response is lost end right, seed ${seed}`, { timeout: 400_000 }, async (test) => {
    const startedAt = Date.now();
    const runs = Math.ceil(RUNS / SHAPES.length);
    const cells = SHAPES.map(({ shape, everyMs, meanwhile }) =>
      runCell(test, {
        plans: Array.from({ length: runs }, (_, index) => planLostResponse(seed, index, shape)),
        everyMs,
        // All of one shape wait for their responses in the same moment.
        mostOpen: runs,
        meanwhile: (cell) => meanwhile(cell, runs),
      }),
    );
    await judge('lost responses', seed, startedAt, await Promise.all(cells));
  });
}

/** Kills both workers as soon as every job is there, while none of its starts has got a response. */
async function killWorkersWhileAllWait({ deployment, workers, ownJobs, injected }: Cell, runs: number): Promise<void> {
  await vi.waitUntil(() => ownJobs().length >= runs, { timeout: 60_000 });
  for (const worker of workers.splice(0)) worker.kill('SIGKILL');
  count(injected, 'both workers killed');
  workers.push(await deployment.startWorker(), await deployment.startWorker());
}
