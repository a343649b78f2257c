import { describe, expect, it, vi } from 'vitest';
import type { SimulatorOptions } from '../../../simulator/options.js';
import { failureOf, startRig } from '../../support/recordingRig.js';

/** For what is waited for; far more than it ever takes. */
const LIMIT = { timeout: 60_000, interval: 50 };

/** Ownership is decided by the vendor's clock, so that these recordings run in real time. */
const realTime: SimulatorOptions = { timeScale: 1, publishDurationMs: 3_000 };

const START = 'POST /v2/apps/*/individual-stream-jobs';

describe.concurrent('a job start without a response', () => {
  it('adopts the job that was started all the same', async (test) => {
    const rig = await startRig(
      {
        simulator: { ...realTime, faults: [{ match: START, effect: { kind: 'resetAfter' } }] },
      },
      test,
    );
    const result = await (await rig.start()).result();
    expect(result).toMatchObject({ outcome: 'recorded', fileCount: 1, warnings: [] });
    expect(rig.simulator.jobs.map((job) => job.job_id)).toEqual([result.jobId]);
  });

  it.for([
    ['a connection that broke before', { kind: 'resetBefore' }],
    ['a 500', { kind: 'respond', status: 500, body: { error_code: 'RTC.00002003', error_msg: 'InternalError' } }],
    ['a page of a proxy', { kind: 'garbage' }],
  ] as const)('starts again when no job shows up after %s', async ([, effect], test) => {
    const rig = await startRig({ simulator: { ...realTime, faults: [{ match: START, effect }] } }, test);
    const result = await (await rig.start()).result();
    expect(result).toMatchObject({ outcome: 'recorded', fileCount: 1 });
    expect(rig.simulator.jobs).toHaveLength(1);
  });

  it('stops and names a job of ours that turns up when another one records already', async (test) => {
    const rig = await startRig(
      {
        simulator: {
          ...realTime,
          publishDurationMs: 3_600_000,
          faults: [
            { match: START, effect: { kind: 'resetAfter' } },
            // The first event of the job that no one knows of comes when the second job has begun.
            { callback: 'RECORD_NEW_FILE_START', effect: { kind: 'delay', ms: 16_000 } },
          ],
        },
      },
      test,
    );
    const recording = await rig.start();
    await vi.waitFor(
      () => expect(rig.simulator.jobs.map(({ state }) => state)).toEqual(['STOPPED', 'RUNNING']),
      LIMIT,
    );
    rig.simulator.leaveRoom('room001', 'user001');
    const result = await recording.result();
    const [lost, ours] = rig.simulator.jobs;
    expect(result.jobId).toBe(ours?.job_id);
    expect(result.warnings.join()).toContain(String(lost?.job_id));
    expect(lost).toMatchObject({ state: 'STOPPED', stop_reason: 'TENANT_STOP' });
    expect(new Set(result.files.map(({ object }) => object))).toEqual(
      new Set(rig.simulator.objects('obsName').map(({ key }) => key)),
    );
  });

  it("leaves another client's job of the same user alone", async (test) => {
    const rig = await startRig({ simulator: realTime }, test);
    await (await rig.start({ userId: 'user002' })).result();
    const [app] = rig.simulator.apps;
    const stranger = rig.simulator.createForeignJob({
      appId: String(app?.appId),
      roomId: 'room001',
      userId: 'user001',
      ageMs: 20_000,
    });
    rig.simulator.addFault({ match: START, effect: { kind: 'resetBefore' } });
    const recording = await rig.start();
    await vi.waitFor(async () => expect((await recording.status()).phase).toBe('starting'), LIMIT);
    rig.simulator.sendCallback(String(app?.appId), {
      event_type: 'RECORD_NEW_FILE_START',
      job_id: String(stranger.job_id),
      stream_name: String(stranger.stream_name),
      app_id: String(app?.appId),
      room_id: 'room001',
      record_format: 'MP4',
    });
    const result = await recording.result();
    expect(result.jobId).not.toBe(stranger.job_id);
    expect(result.outcome).toBe('recorded');
    const left = rig.simulator.jobs.find((job) => job.job_id === stranger.job_id);
    expect(left?.stop_reason).not.toBe('TENANT_STOP');
  });

  it('stops the job when it is cancelled in the very moment of the start', async (test) => {
    const rig = await startRig(
      {
        simulator: {
          ...realTime,
          publishDurationMs: 60_000,
          faults: [{ match: START, effect: { kind: 'delayAfter', ms: 2_000 } }],
        },
      },
      test,
    );
    const recording = await rig.start();
    await vi.waitFor(() => expect(rig.simulator.jobs).toHaveLength(1), LIMIT);
    await rig.client.workflow.getHandle(recording.workflowId).cancel();
    expect((await failureOf(recording)).type).toBe('Cancelled');
    expect(rig.simulator.jobs.map((job) => job.stop_reason)).toEqual(['TENANT_STOP']);
  });

  it('still looks for the job of a start whose response was lost when it is cancelled, and stops it', async (test) => {
    const faults: SimulatorOptions['faults'] = [
      { match: START, effect: { kind: 'resetAfter' } },
      { callback: 'RECORD_NEW_FILE_START', effect: { kind: 'delay', ms: 3_000 } },
    ];
    const rig = await startRig({ simulator: { ...realTime, publishDurationMs: 60_000, faults } }, test);
    const recording = await rig.start();
    await vi.waitFor(() => expect(rig.simulator.jobs).toHaveLength(1), LIMIT);
    await rig.client.workflow.getHandle(recording.workflowId).cancel();
    expect((await failureOf(recording)).type).toBe('Cancelled');
    expect(rig.simulator.jobs.map((job) => job.stop_reason)).toEqual(['TENANT_STOP']);
  });

  it('makes application and template again when the vendor has lost them', async (test) => {
    const rig = await startRig({ simulator: realTime }, test);
    await (await rig.start()).result();
    rig.simulator.removeApp(String(rig.simulator.apps[0]?.appId));
    expect(await (await rig.start({ userId: 'user002' })).result()).toMatchObject({ outcome: 'recorded' });
  });
});
