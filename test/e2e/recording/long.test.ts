import type { Client } from '@temporalio/client';
import { describe, expect, it, vi } from 'vitest';
import type { Simulator } from '../../../simulator/simulator.js';
import type { Recording } from '../../../src/client.js';
import { ownServer } from '../../support/temporalServer.js';
import { startRig, type RecordingRig, type RigOptions } from '../../support/recordingRig.js';

/** For what is waited for; far more than it ever takes. */
const LIMIT = { timeout: 150_000, interval: 50 };

vi.setConfig({ testTimeout: 240_000 });

/*
 * Recordings whose history is too long for one run, on a server that takes 60 events for long (by default 4,096).
 */
const address = ownServer({ 'limit.historyCount.suggestContinueAsNew': 60 });

const startLongRig = (options: RigOptions, test: Parameters<typeof startRig>[1]) =>
  startRig({ ...options, temporalAddress: address() }, test);

async function runsOf(client: Client, { workflowId }: Recording): Promise<string[]> {
  const runs: string[] = [];
  for await (const run of client.workflow.list({ query: `WorkflowId = "${workflowId}"` })) runs.push(run.status.name);
  return runs;
}

async function atLeastRuns({ client }: RecordingRig, recording: Recording, count: number): Promise<void> {
  await vi.waitFor(async () => expect((await runsOf(client, recording)).length).toBeGreaterThanOrEqual(count), LIMIT);
}

async function runningJob({ simulator }: RecordingRig) {
  await vi.waitFor(() => expect(simulator.jobs.at(-1)?.state).toBe('RUNNING'), LIMIT);
  const job = simulator.jobs.at(-1);
  if (!job) throw new Error('there is no job');
  return job;
}

/** Events that say little, to make the history longer. */
async function flood(
  { client }: RecordingRig,
  { workflowId }: Recording,
  count: number,
  event: (n: number) => { eventType: string; jobId: string },
): Promise<void> {
  const handle = client.workflow.getHandle(workflowId);
  await Promise.all(Array.from({ length: count }, (_, n) => handle.signal('recordingEvent', event(n))));
}

type Job = Awaited<ReturnType<typeof runningJob>>;

/** As the vendor would: the file is in the bucket, then its event is sent. */
function completeFile(simulator: Simulator, job: Job, number: number): void {
  const object = objectOf(job, number);
  simulator.putObject('obsName', object, { size: 10 });
  announceFile(simulator, job, number, object);
}

const objectOf = (job: Job, number: number) =>
  `Record/Record/domain/app/continuous_record/mp4/${job.stream_name}_${String(number).padStart(5, '0')}/file.mp4`;

function announceFile(simulator: Simulator, job: Job, number: number, object: string): void {
  const [{ appId } = { appId: '' }] = simulator.apps;
  simulator.sendCallback(appId, {
    event_type: 'RECORD_FILE_COMPLETE',
    app_id: appId,
    room_id: 'room001',
    job_id: job.job_id,
    stream_name: job.stream_name,
    record_format: 'MP4',
    record_duration: number,
    obs_bucket: 'obsName',
    obs_object: object,
  });
}

describe.concurrent('a recording whose history is too long for one run', () => {
  it('continues in new runs with everything that it knows, and with the events that come meanwhile', async (test) => {
    const rig = await startLongRig(
      { simulator: { publishDurationMs: 3_600_000, callbackRetryDelaysMs: Array<number>(20).fill(1_000) } },
      test,
    );
    const { simulator } = rig;
    const recording = await rig.start({ checkMedia: false });
    const job = await runningJob(rig);
    for (let number = 0; number < 300; number++) {
      completeFile(simulator, job, number);
      // As fast as they are taken, so that some come while a run ends and the next one begins.
      if (number % 10 === 9) {
        await vi.waitFor(
          () =>
            expect(simulator.callbacks.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(number),
          LIMIT,
        );
      }
    }
    await atLeastRuns(rig, recording, 4);
    await vi.waitFor(
      async () =>
        expect(await recording.status()).toMatchObject({ phase: 'recording', jobId: job.job_id, fileCount: 300 }),
      LIMIT,
    );

    expect(await recording.stop()).toMatchObject({ stopRequestedBy: 'stop' });
    const result = await recording.result();
    expect(result).toMatchObject({
      outcome: 'recorded',
      endedBy: 'stop',
      stopReason: 'TENANT_STOP',
      fileCount: simulator.objects('obsName').length,
      warnings: [],
    });
    expect(result.files.map(({ object }) => object)).toEqual(
      simulator
        .objects('obsName')
        .map(({ key }) => key)
        .toSorted(),
    );
    // Known from the announcement alone, in a run that ended long before.
    expect(result.files.find(({ object }) => object.includes('_00007/'))?.duration).toBe(7);
    expect(simulator.jobs).toHaveLength(1);
    const query = `WorkflowId = "${recording.workflowId}" AND RecordingJobId = "${job.job_id}"`;
    await vi.waitFor(
      async () =>
        expect((await rig.client.workflow.count(`${query} AND RecordingOutcome = "recorded"`)).count).toBe(1),
      LIMIT,
    );
    expect((await runsOf(rig.client, recording)).toSorted()).toEqual([
      'COMPLETED',
      ...Array.from({ length: (await runsOf(rig.client, recording)).length - 1 }, () => 'CONTINUED_AS_NEW'),
    ]);
  });

  it('continues waiting for its participant', async (test) => {
    const rig = await startLongRig({}, test);
    const recording = await rig.start({ waitForParticipant: true });
    await vi.waitFor(async () => expect((await recording.status()).phase).toBe('waitingForParticipant'), LIMIT);
    // Events of an earlier recording of the same stream, which change nothing but the length of the history.
    await flood(rig, recording, 80, () => ({ eventType: 'CLOUD_RECORD_OVER', jobId: 'old' }));
    await atLeastRuns(rig, recording, 2);
    expect(rig.simulator.jobs).toHaveLength(0);
    await recording.participantJoined();
    expect(await recording.result()).toMatchObject({ outcome: 'recorded', endedBy: 'callback', fileCount: 1 });
    expect(rig.simulator.jobs).toHaveLength(1);
  });

  it('remembers a start that got no response', async (test) => {
    const rig = await startLongRig(
      {
        simulator: {
          // Ownership is decided by the vendor's clock, which must be as fast as ours.
          timeScale: 1,
          // Longer than the five unknown jobs are looked for, one after the other.
          publishDurationMs: 45_000,
          faults: [
            { match: 'POST /v2/apps/*/individual-stream-jobs', effect: { kind: 'resetAfter' } },
            { callback: 'RECORD_NEW_FILE_START', effect: { kind: 'drop' } },
          ],
        },
      },
      test,
    );
    const recording = await rig.start({ checkMedia: false });
    await vi.waitFor(() => expect(rig.simulator.jobs).toHaveLength(1), LIMIT);
    await flood(rig, recording, 60, (n) => ({ eventType: 'RECORD_NEW_FILE_START', jobId: `x${n % 5}` }));
    // Started again after the first pause; the first job is found by its end only.
    await vi.waitFor(() => expect(rig.simulator.jobs).toHaveLength(2), LIMIT);
    await atLeastRuns(rig, recording, 2);

    const result = await recording.result();
    expect(rig.simulator.jobs.map(({ state }) => state)).toEqual(['STOPPED', 'STOPPED']);
    expect(result.files.map(({ object }) => object).toSorted()).toEqual(
      rig.simulator
        .objects('obsName')
        .map(({ key }) => key)
        .toSorted(),
    );
    expect(result.warnings.join()).toContain('created by a start whose response was lost, is stopped');
  });

  it('settles over several runs', async (test) => {
    const rig = await startLongRig(
      { simulator: { publishDurationMs: 3_600_000, callbackRetryDelaysMs: Array<number>(20).fill(1_000) } },
      test,
    );
    const { simulator } = rig;
    const recording = await rig.start({ settleTimeout: '60 seconds', checkMedia: false });
    const job = await runningJob(rig);
    const late = objectOf(job, 1);
    announceFile(simulator, job, 1, late);
    await vi.waitFor(async () => expect((await recording.status()).fileCount).toBeGreaterThanOrEqual(1), LIMIT);
    await recording.stop();
    await vi.waitFor(async () => expect((await recording.status()).phase).toBe('settling'), LIMIT);
    await flood(rig, recording, 80, () => ({ eventType: 'CLOUD_RECORD_OVER', jobId: job.job_id }));
    await atLeastRuns(rig, recording, 2);
    simulator.putObject('obsName', late, { size: 10 });
    const result = await recording.result();
    expect(result).toMatchObject({ outcome: 'recorded', endedBy: 'stop', warnings: [] });
    expect(result.files.map(({ object }) => object)).toContain(late);
  });
});
