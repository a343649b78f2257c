import { describe, expect, it } from 'vitest';
import { deploy, type Deployment } from '../../support/deployment.js';

const START = 'POST /v2/apps/*/individual-stream-jobs';

const jobStarts = ({ simulator }: Deployment) =>
  simulator.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/individual-stream-jobs'))
    .length;

/** The statuses of the sendings of this event, in their order. */
const sendings = ({ simulator }: Deployment, eventType: string) =>
  simulator.callbacks.filter(({ event }) => event.event_type === eventType).map(({ status }) => status);

// Temporal's own limits detect a dead worker: 10 s of its heartbeat, up to 10 s of the queue that only it served.
describe.concurrent('a killed process', { timeout: 120_000 }, () => {
  it('worker while it records: another continues with the same job', async (test) => {
    const deployment = await deploy(test, { autoPublish: false });
    const { simulator, recordings } = deployment;
    simulator.joinRoom('room001', 'user001');
    const [worker] = await Promise.all([deployment.startWorker(), deployment.startReceiver()]);
    const { recording } = await recordings.start(deployment.input());
    await test.expect.poll(async () => (await recording.status()).phase, { timeout: 60_000 }).toBe('recording');

    worker.kill('SIGKILL');
    expect(await worker.ended).toEqual({ code: null, signal: 'SIGKILL' });
    // The end comes while no one works on the recording.
    simulator.leaveRoom('room001', 'user001');
    await test.expect.poll(() => sendings(deployment, 'CLOUD_RECORD_OVER'), { timeout: 60_000 }).toEqual([200]);
    await deployment.startWorker();

    expect(await recording.result()).toMatchObject({ outcome: 'recorded', endedBy: 'callback', warnings: [] });
    expect(simulator.jobs).toHaveLength(1);
    expect(jobStarts(deployment)).toBe(1);
  });

  it('worker while the start of the job has no response: another adopts that job', async (test) => {
    const deployment = await deploy(test, {
      // Ownership is decided by the vendor's clock, which must be as fast as ours.
      timeScale: 1,
      publishDurationMs: 20_000,
      faults: [{ match: START, effect: { kind: 'delayAfter', ms: 60_000 } }],
    });
    const { simulator, recordings } = deployment;
    const [worker] = await Promise.all([deployment.startWorker(), deployment.startReceiver()]);
    const { recording } = await recordings.start(deployment.input());
    await test.expect.poll(() => simulator.jobs.length, { timeout: 60_000 }).toBe(1);

    worker.kill('SIGKILL');
    await worker.ended;
    await deployment.startWorker();

    const result = await recording.result();
    expect(result).toMatchObject({ outcome: 'recorded', fileCount: 1, warnings: [] });
    expect(simulator.jobs.map((job) => job.job_id)).toEqual([result.jobId]);
    expect(jobStarts(deployment)).toBe(1);
  });

  it('receiver: what it did not respond to is sent again, and nothing is missing', async (test) => {
    const deployment = await deploy(test, {
      autoPublish: false,
      callbackRetryDelaysMs: [500, 1000, 2000, 4000, 4000],
    });
    const { simulator, recordings } = deployment;
    simulator.joinRoom('room001', 'user001');
    const [receiver] = await Promise.all([deployment.startReceiver(), deployment.startWorker()]);
    // Only callbacks can tell of the end: no one polls before five minutes are over.
    const { recording } = await recordings.start(deployment.input({ reconcileInterval: '5 minutes' }));
    await test.expect.poll(() => sendings(deployment, 'RECORD_NEW_FILE_START'), { timeout: 60_000 }).toEqual([200]);

    receiver.kill('SIGKILL');
    await receiver.ended;
    simulator.leaveRoom('room001', 'user001');
    await test.expect.poll(() => sendings(deployment, 'CLOUD_RECORD_OVER'), { timeout: 60_000 }).toContain('failed');
    await deployment.startReceiver();

    expect(await recording.result()).toMatchObject({
      outcome: 'recorded',
      endedBy: 'callback',
      fileCount: 1,
      // Known by the callback alone.
      files: [{ duration: expect.any(Number) as number }],
      warnings: [],
    });
    expect(sendings(deployment, 'RECORD_FILE_COMPLETE').at(-1)).toBe(200);
  });
});
