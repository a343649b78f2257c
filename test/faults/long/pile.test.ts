import { describe, expect, it, vi } from 'vitest';
import { deploy } from '../../support/deployment.js';

/** A little below the 10,000 that the server keeps for one run. */
const EVENTS = 9_900;
const SENDERS = 40;

describe('events that piled up while no worker was there', () => {
  it(`are taken in all at once, ${EVENTS} of them`, { timeout: 300_000 }, async (test) => {
    const deployment = await deploy(test, { publishDurationMs: 36_000_000 });
    const { simulator, recordings, client } = deployment;
    const [worker] = await Promise.all([deployment.startWorker(), deployment.startReceiver()]);
    const { recording } = await recordings.start(deployment.input({ maxDuration: '12 hours' }));
    await vi.waitFor(() => expect(simulator.jobs[0]?.state).toBe('RUNNING'), { timeout: 30_000 });
    const jobId = String(simulator.jobs[0]?.job_id);
    worker.kill('SIGKILL');
    await worker.ended;

    const handle = client.workflow.getHandle(recording.workflowId);
    let next = 0;
    const sender = async () => {
      for (let n = next++; n < EVENTS; n = next++) {
        const file = { obsBucket: 'obsName', obsObject: `Record/mp4/${n % 500}.mp4` };
        await handle.signal('recordingEvent', { eventType: 'RECORD_FILE_COMPLETE', jobId, ...file });
      }
    };
    await Promise.all(Array.from({ length: SENDERS }, sender));

    const successor = await deployment.startWorker();
    await vi.waitFor(async () => expect((await recording.status()).fileCount).toBe(500), {
      timeout: 120_000,
      interval: 500,
    });
    await recording.stop();
    // None of them is in the bucket; that the recording ends and says so is what counts here.
    expect(await recording.result()).toMatchObject({ endedBy: 'stop', outcome: 'partial' });
    successor.kill('SIGTERM');
    expect(await successor.ended).toEqual({ code: 0, signal: null });
  });
});
