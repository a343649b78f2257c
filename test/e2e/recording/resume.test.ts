import { describe, expect, it, vi } from 'vitest';
import type { RecordingInput } from '../../../src/client.js';
import { failureOf, startRig, type RecordingRig } from '../../support/recordingRig.js';
import { calls, LIMIT, QUESTION, rejection, runningJob, START, STOP, ALL_LOST } from './faults.js';

/* A recording outlives the vendor's job: another one follows a job that SparkRTC broke off. */

const HOUR = 3_600_000;
const ON_AND_ON = { publishDurationMs: HOUR };

/** With `recordCycle` 60 a file is complete every 6 s. */
const input: Partial<RecordingInput> = { settleTimeout: '1 second', reconcileInterval: '1 minute' };

const starts = (rig: RecordingRig) => calls(rig, 'POST', /individual-stream-jobs$/);

/** The vendor breaks off the job that is running; resolves with its id. */
async function breakOff(rig: RecordingRig, jobs = 1): Promise<string> {
  await vi.waitFor(() => expect(rig.simulator.jobs).toHaveLength(jobs), LIMIT);
  const jobId = await runningJob(rig);
  rig.simulator.endJob(jobId, 'INTERNAL_ERROR');
  return jobId;
}

function noJobRuns(rig: RecordingRig): void {
  expect(rig.simulator.jobs.map(({ state }) => state)).toEqual(rig.simulator.jobs.map(() => 'STOPPED'));
}

describe.concurrent('a job that SparkRTC breaks off', () => {
  it('is followed by another one at once: two parts, a gap, the files of both', async (test) => {
    const rig = await startRig({ simulator: { publishDurationMs: 100_000 } }, test);
    const recordRule = { ...rig.input().recordRule, mp4Config: { recordCycle: 60 } };
    const recording = await rig.start({ ...input, recordRule });
    await vi.waitFor(() => expect(rig.simulator.objects('obsName')).toHaveLength(1), LIMIT);
    const first = await breakOff(rig);
    const brokenAt = Date.now();
    await vi.waitFor(() => expect(rig.simulator.jobs).toHaveLength(2), LIMIT);
    expect(Date.now() - brokenAt).toBeLessThan(5_000);
    const second = await runningJob(rig);
    const continued = { jobId: second, parts: [{ jobId: first }, {}], gaps: [{}] };
    await vi.waitFor(async () => expect(await recording.status()).toMatchObject(continued), LIMIT);

    const result = await recording.result();
    const jobs = rig.simulator.jobs;
    expect(result).toMatchObject({
      outcome: 'partial',
      endedBy: 'callback',
      jobId: second,
      stopReason: 'EXCEED_MAX_IDLE_TIME',
      parts: [
        { jobId: first, stopReason: 'INTERNAL_ERROR', fileCount: 1 },
        { jobId: second, stopReason: 'EXCEED_MAX_IDLE_TIME', fileCount: 2 },
      ],
      gaps: [{ from: jobs[0]?.stop_time, to: jobs[1]?.start_time, reason: 'INTERNAL_ERROR' }],
      warnings: [expect.stringContaining(first)],
    });
    expect(result.files.map(({ jobId }) => jobId).sort()).toEqual([first, second, second].sort());
    expect(result.fileCount).toBe(rig.simulator.objects('obsName').length);
    expect(await recording.status()).toMatchObject({ parts: result.parts, gaps: result.gaps });
    noJobRuns(rig);
  });

  it('is followed by another one when only a poll can tell', async (test) => {
    const rig = await startRig({ simulator: { ...ON_AND_ON, faults: [ALL_LOST] } }, test);
    const recording = await rig.start({ ...input, reconcileInterval: '1 second' });
    const first = await breakOff(rig);
    await vi.waitFor(() => expect(rig.simulator.jobs).toHaveLength(2), LIMIT);
    await runningJob(rig);
    await recording.stop();
    expect(await recording.result()).toMatchObject({ endedBy: 'stop', parts: [{ jobId: first }, {}], gaps: [{}] });
  });

  it('is followed by another one although it is denied first when asked why it ended', async (test) => {
    const faults = [{ match: QUESTION, effect: rejection(404, 'RTC.00001003') }];
    const rig = await startRig({ simulator: { ...ON_AND_ON, faults } }, test);
    const recording = await rig.start({ ...input, settleTimeout: '1 minute' });
    await breakOff(rig);
    await vi.waitFor(() => expect(rig.simulator.jobs).toHaveLength(2), LIMIT);
    await runningJob(rig);
    await recording.stop();
    expect(await recording.result()).toMatchObject({ outcome: 'partial', parts: [{}, {}], gaps: [{}] });
  });

  it('is the end if the input says so', async (test) => {
    const rig = await startRig({ simulator: ON_AND_ON }, test);
    const recording = await rig.start({ ...input, resumeAfterError: false });
    const jobId = await breakOff(rig);
    expect(await recording.result()).toMatchObject({ outcome: 'partial', jobId, parts: [{ jobId }], gaps: [] });
    expect(starts(rig)).toBe(1);
  });

  it('is followed again and again, after pauses that grow; the status shows the pause', async (test) => {
    const rig = await startRig({ simulator: { ...ON_AND_ON, internalErrorAfterMs: 3_000 } }, test);
    const recording = await rig.start({ ...input, maxDuration: '19 seconds' });
    await vi.waitFor(async () => expect((await recording.status()).phase).toBe('waitingForNextPart'), LIMIT);
    expect((await recording.status()).waitsFor).toContain('next part');
    const result = await recording.result();
    // At once, then after 5 s; the third pause, of 15 s, is longer than what is left.
    expect(result).toMatchObject({ outcome: 'partial', endedBy: 'maxDuration', parts: [{}, {}, {}], gaps: [{}, {}] });
    const created = rig.simulator.jobs.map(({ create_time }) => Date.parse(create_time));
    expect(created).toHaveLength(3);
    noJobRuns(rig);
  });

  it('leaves a partial result with its files where another one is rejected', async (test) => {
    const faults = [{ match: START, skip: 1, times: 'always' as const, effect: rejection(403, 'RTC.00001021') }];
    const rig = await startRig({ simulator: { ...ON_AND_ON, faults } }, test);
    const recordRule = { ...rig.input().recordRule, mp4Config: { recordCycle: 60 } };
    const recording = await rig.start({ ...input, recordRule });
    await vi.waitFor(() => expect(rig.simulator.objects('obsName')).toHaveLength(1), LIMIT);
    const jobId = await breakOff(rig);
    const result = await recording.result();
    expect(result).toMatchObject({ outcome: 'partial', jobId, fileCount: 1, parts: [{ jobId }], gaps: [] });
    expect(result.warnings.join('\n')).toContain('was not continued in another job');
    expect(result.warnings.join('\n')).toContain('RTC.00001021');
  });

  it('while it is being stopped is the end', async (test) => {
    const faults = [{ match: STOP, times: 'always' as const, effect: { kind: 'hang' as const, ms: 3_000 } }];
    const rig = await startRig({ simulator: { ...ON_AND_ON, faults } }, test);
    const recording = await rig.start(input);
    const jobId = await runningJob(rig);
    await recording.stop();
    rig.simulator.endJob(jobId, 'INTERNAL_ERROR');
    expect(await recording.result()).toMatchObject({ outcome: 'partial', endedBy: 'stop', parts: [{ jobId }] });
    expect(starts(rig)).toBe(1);
  });

  it('is the end if the stop comes before its reason is known', async (test) => {
    const faults = [{ match: QUESTION, effect: { kind: 'hang' as const, ms: 4_000 } }];
    const rig = await startRig({ simulator: { ...ON_AND_ON, faults } }, test);
    const recording = await rig.start({ ...input, settleTimeout: '1 minute' });
    const jobId = await breakOff(rig);
    await vi.waitFor(async () => expect((await recording.status()).phase).toBe('settling'), LIMIT);
    await recording.stop();
    await vi.waitFor(async () => expect((await recording.status()).parts[0]?.stopReason).toBeDefined(), LIMIT);
    expect(rig.simulator.jobs).toHaveLength(1);
    expect((await recording.status()).parts).toMatchObject([{ jobId, stopReason: 'INTERNAL_ERROR' }]);
  });

  it.for([['stop'], ['cancel']] as const)('is the last one after a %s in the pause', async ([how], test) => {
    const rig = await startRig({ simulator: { ...ON_AND_ON, internalErrorAfterMs: 3_000 } }, test);
    const recording = await rig.start(input);
    await vi.waitFor(async () => expect((await recording.status()).phase).toBe('waitingForNextPart'), LIMIT);
    if (how === 'stop') {
      await recording.stop();
      expect(await recording.result()).toMatchObject({ outcome: 'partial', endedBy: 'stop', parts: [{}, {}] });
    } else {
      await rig.client.workflow.getHandle(recording.workflowId).cancel();
      expect(await failureOf(recording)).toMatchObject({ type: 'Cancelled' });
    }
    expect(starts(rig)).toBe(2);
    noJobRuns(rig);
  });
});
