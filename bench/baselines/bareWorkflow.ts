import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';
import type { BareActivities, BareJob } from './bareActivities.js';

const { nothing, startJob, list } = proxyActivities<BareActivities>({ startToCloseTimeout: '1 minute' });

const recordingEvent = defineSignal<[{ eventType?: string }]>('recordingEvent');

/**
 * The least that any workflow of this shape does: as many regular activities in a row, of which all but the two that need the vendor are empty, the wait for
 * the signal of the end, and the listing. No checks, no timers, no retries of its own.
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
