import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';
import type { createActivities } from '../../src/activities/index.js';
import type { InspectionRequest } from '../../src/contract/activityTypes.js';
import type { BareActivities, BareJob } from './bareActivities.js';

const { nothing, startJob, list, readBeginnings } = proxyActivities<BareActivities>({
  startToCloseTimeout: '1 minute',
});

const recordingEvent = defineSignal<[{ eventType?: string }]>('recordingEvent');

/**
 * The least that any workflow of this shape does: as many regular activities in a row, of which all but the two that
 * need the vendor are empty, the wait for the signal of the end, and the listing. No checks, no timers, no retries of
 * its own.
 */
export async function bareRecording(job: BareJob): Promise<{ files: number }> {
  let over = false;
  setHandler(recordingEvent, ({ eventType }) => {
    if (eventType === 'CLOUD_RECORD_OVER') over = true;
  });
  // As authenticate, ensureApplication, ensureRecordRule and configureRecordCallback.
  for (let step = 1; step <= 4; step++) await nothing();
  await startJob(job);
  await condition(() => over);
  return { files: await list(job) };
}

/** Reads the beginnings of so many objects at a time as an inspection takes at most. */
export async function readBare(objects: string[], batch: number): Promise<void> {
  for (let from = 0; from < objects.length; from += batch) await readBeginnings(objects.slice(from, from + batch));
}
export type ReadBare = typeof readBare;

/** Has the product's activity inspect files, as its workflow does. Returns how many can be played. */
export async function inspectedByProduct(
  { taskQueue, outputLocations }: { taskQueue: string } & Pick<InspectionRequest, 'outputLocations'>,
  files: InspectionRequest['files'],
  batch: number,
): Promise<number> {
  const product = proxyActivities<Pick<ReturnType<typeof createActivities>, 'inspectMedia'>>({
    taskQueue,
    startToCloseTimeout: '10 minutes',
  });
  let playable = 0;
  for (let from = 0; from < files.length; from += batch) {
    const found = await product.inspectMedia({ outputLocations, files: files.slice(from, from + batch) });
    playable += found.filter(({ media }) => media?.playable).length;
  }
  return playable;
}
export type InspectedByProduct = typeof inspectedByProduct;
