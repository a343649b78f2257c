import { mp4Objects } from '../../simulator/media.js';
import { FILES_PER_INSPECTION, type InspectionRequest } from '../../src/contract/activityTypes.js';
import type { InspectedByProduct, ReadBare } from '../baselines/bareWorkflow.js';
import { BUCKET, deploy } from '../deployment.js';
import { roundsOf, type Effort } from '../effort.js';
import { ms, type Figure } from '../figures.js';
import { residentMemory, shown } from '../resources.js';
import { median, ratioOf } from '../statistics.js';

const MiB = 1024 * 1024;

/** Milliseconds between two looks at the memory of a process. */
const SAMPLE_EVERY = 50;

/** What the inspection holds at a time. The reference grows too: that is room that V8 keeps. */
const ALLOWED_GROWTH = 64 * MiB;

interface Inspected {
  requests: number;
  ms: number;
  /** Bytes, the most that the worker's process had. */
  memory: number;
}

/** A minute of video each, on a worker that has done nothing else. `each` is how many files the larger one has. */
export async function measureInspection(address: string, effort: Effort): Promise<Figure[]> {
  // In real time, so that no temporary key expires meanwhile.
  const deployment = await deploy(address, { simulator: { timeScale: 1 } });
  const { client, vendor, worker, bareWorker, bareQueue, taskQueue } = deployment;
  try {
    const recorded = { seconds: 60, width: 1280, height: 720, size: 24 * MiB, kind: 'good' } as const;
    const files: InspectionRequest['files'] = [];
    for (let index = 0; index < effort.each; index++) {
      for (const { key, ...content } of mp4Objects({ path: `inspected/${index}`, ...recorded }).objects) {
        vendor.putObject(BUCKET, key, content);
        files.push({ bucket: BUCKET, object: key, format: 'MP4', size: content.size });
      }
    }

    let runs = 0;
    /** By the activity of the product, or by the reference. */
    const inspect = async (count: number, ofProduct: boolean): Promise<Inspected> => {
      const some = files.slice(0, count);
      const options = { taskQueue: bareQueue, workflowId: `inspection-${runs++}` };
      const { pid } = ofProduct ? worker : bareWorker;
      const before = vendor.requests.length;
      let memory = await residentMemory(pid);
      const sampling = setInterval(
        () => void residentMemory(pid).then((now) => (memory = Math.max(memory, now))),
        SAMPLE_EVERY,
      );
      const startedAt = performance.now();
      if (ofProduct) {
        const product = { taskQueue, outputLocations: [{ bucket: BUCKET, location: 'cn-north-4' }] };
        const args: Parameters<InspectedByProduct> = [product, some, FILES_PER_INSPECTION];
        const playable = await client.workflow.execute<InspectedByProduct>('inspectedByProduct', { ...options, args });
        if (playable !== count) throw new Error(`${playable} of ${count} good files can be played`);
      } else {
        const args: Parameters<ReadBare> = [some.map(({ object }) => object), FILES_PER_INSPECTION];
        await client.workflow.execute<ReadBare>('readBare', { ...options, args });
      }
      const took = performance.now() - startedAt;
      clearInterval(sampling);
      return { requests: vendor.requests.length - before, ms: took, memory };
    };

    const compare = async (count: number): Promise<{ figure: Figure; ours: number; theirs: number }> => {
      // The first one of a process compiles and connects.
      for (const ofProduct of [true, false]) await inspect(count, ofProduct);
      const [ours, theirs]: [Inspected[], Inspected[]] = [[], []];
      for (const round of roundsOf(effort)) {
        if (round % 2 === 0) ours.push(await inspect(count, true));
        theirs.push(await inspect(count, false));
        if (round % 2 === 1) ours.push(await inspect(count, true));
      }
      const times = (all: Inspected[]) => all.map((one) => one.ms);
      const requests = (all: Inspected[]) => median(all.map((one) => one.requests));
      const text = (all: Inspected[]) => `${requests(all).toLocaleString('en')}, ${ms(median(times(all)))}`;
      const memory = (all: Inspected[]) => Math.max(...all.map((one) => one.memory));
      return {
        figure: {
          what: `inspection of ${count.toLocaleString('en')} ${count === 1 ? 'file' : 'files'}: requests, time`,
          reference: 'the first 64 KiB of each are read and dropped, 8 at a time',
          ours: text(ours),
          theirs: text(theirs),
          ratio: ratioOf(times(ours), times(theirs)),
          target: 'one request each',
          met: requests(ours) === count,
        },
        ours: memory(ours),
        theirs: memory(theirs),
      };
    };
    const one = await compare(1);
    const many = await compare(effort.each);
    return [
      one.figure,
      many.figure,
      {
        what: `memory of a worker that inspects 1, ${effort.each.toLocaleString('en')} files`,
        reference: 'a worker that reads the first 64 KiB of each',
        ours: `${shown(one.ours)}, ${shown(many.ours)}`,
        theirs: `${shown(one.theirs)}, ${shown(many.theirs)}`,
        target: 'growth ≤ 64 MiB above the reference’s',
        met: many.ours - one.ours <= many.theirs - one.theirs + ALLOWED_GROWTH,
      },
    ];
  } finally {
    await deployment.close();
  }
}
