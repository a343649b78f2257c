import { cp, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import { ofProduct, stopProcess, type Deployment } from '../deployment.js';
import { atMost, type Figure } from '../figures.js';
import { median, ratioOf } from '../statistics.js';

/** A worker of the build, and one of the same build without its bundle, which has to make one. */
export async function measureStart({ startWorker }: Deployment, rounds: number): Promise<Figure> {
  const dist = fileURLToPath(new URL('.', new URL(`file://${ofProduct('worker.js')}`)));
  const unbundled = fileURLToPath(new URL('../../unbundled', import.meta.url));
  await rm(unbundled, { recursive: true, force: true });
  await cp(dist, unbundled, { recursive: true, filter: (name) => !basename(name).startsWith('workflow-bundle') });
  const timeOf = async (file: string) => {
    const startedAt = performance.now();
    const worker = await startWorker({ TEMPORAL_TASK_QUEUE: 'started' }, file);
    const took = performance.now() - startedAt;
    await stopProcess(worker);
    return took;
  };
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    ours.push(await timeOf(join(dist, 'worker.js')));
    theirs.push(await timeOf(join(unbundled, 'worker.js')));
  }
  await rm(unbundled, { recursive: true, force: true });
  const ratio = ratioOf(ours, theirs);
  const seconds = (times: number[]) => `${(median(times) / 1_000).toFixed(2)} s`;
  return {
    what: 'start of a worker, until it is ready',
    reference: 'without the prebuilt bundle',
    ours: seconds(ours),
    theirs: seconds(theirs),
    ratio,
    target: '≤ 0.5 ×',
    met: atMost(ratio, 0.5),
  };
}

/** The recorded histories, over and over. */
export async function measureReplay(repeats: number): Promise<Figure> {
  const directory = join('test', 'histories');
  const files = (await readdir(directory, { recursive: true })).filter((name) => name.endsWith('.json'));
  const histories = await Promise.all(
    files.map(async (name) => {
      const history = JSON.parse(await readFile(join(directory, name), 'utf8')) as {
        events: { workflowExecutionStartedEventAttributes?: { workflowId: string } }[];
      };
      const workflowId = history.events[0]?.workflowExecutionStartedEventAttributes?.workflowId ?? name;
      return { workflowId, history };
    }),
  );
  const all = Array.from({ length: repeats }, () => histories).flat();
  const events = all.reduce((sum, { history }) => sum + history.events.length, 0);
  const workflowBundle = { codePath: ofProduct('workflow-bundle.js') };
  const startedAt = performance.now();
  for await (const { error } of Worker.runReplayHistories({ workflowBundle }, all)) if (error) throw error;
  const seconds = (performance.now() - startedAt) / 1_000;
  return {
    what: 'replay of the recorded histories',
    reference: 'none',
    ours: `${(all.length / seconds).toFixed(0)} histories /s, ${(events / seconds).toFixed(0)} events /s`,
    theirs: '—',
    target: '—',
  };
}
