import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { createActivities } from '../../src/activities/index.js';
import { checkInput } from '../../src/activities/checkInput.js';
import type { RecordingInput, RecordingResult } from '../../src/client.js';
import { FailureType, StepFailure } from '../../src/recording/failureTypes.js';
import { jobsTaskQueue, WORKFLOW_TYPE, workflowIdOf } from '../../src/recording/workflowId.js';
import { installQuietRuntime } from '../rig/quietRuntime.js';
import { givenJob, seedInput } from './given.js';

/*
 * Hours and days, on Temporal's time-skipping server. The vendor is scripted: what it says depends on the server's clock alone.
 */

installQuietRuntime();

type Activities = ReturnType<typeof createActivities>;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let environment: TestWorkflowEnvironment;

beforeAll(async () => {
  environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: inject('testServer') } },
  });
});

afterAll(() => environment.teardown());

/** A vendor whose job runs until `endsAfter` and sends no callback at all; with the times at which it was asked and stopped. */
function silentVendor(endsAfter: number, state = 'RUNNING') {
  const asked: number[] = [];
  const stopped: number[] = [];
  const starts: number[] = [];
  let startedAt = 0;
  const now = () => environment.currentTimeMs();
  const activities: Activities = {
    checkInput: checkInput(() => undefined),
    authenticate: () => Promise.resolve({ expiresAt: '2026-01-02T00:00:00.000Z' }),
    ensureApplication: () => Promise.resolve({ appId: 'app1', remembered: true }),
    ensureRecordRule: () => Promise.resolve({ ruleId: 'rule1', places: [], warnings: [] }),
    configureRecordCallback: () => Promise.resolve({ warnings: [] }),
    startIndividualStreamJob: async () => {
      startedAt = await now();
      starts.push(startedAt);
      return givenJob();
    },
    getIndividualStreamJob: async () => {
      const age = (await now()) - startedAt;
      asked.push(age);
      const over = age >= endsAfter || stopped.length > 0;
      return { job: { ...givenJob(), state: over ? 'STOPPED' : state } };
    },
    stopIndividualStreamJob: async () => {
      stopped.push((await now()) - startedAt);
      return { alreadyOver: false };
    },
    listRecordingFiles: () => Promise.resolve({ files: [], fileCount: 0, totalSize: 0, missing: [], warnings: [] }),
  };
  return { activities, asked, stopped, starts };
}

let recordings = 0;

async function record(activities: Activities, overrides: Partial<RecordingInput> = {}) {
  const input = { ...seedInput, appName: `timers-${++recordings}`, ...overrides };
  const taskQueue = input.appName;
  const shared = { connection: environment.nativeConnection, activities };
  const workers = [
    await Worker.create({ ...shared, taskQueue, workflowBundle: { codePath: inject('workflowBundle') } }),
    await Worker.create({ ...shared, taskQueue: jobsTaskQueue(taskQueue) }),
  ];
  const running = workers.map((worker) => worker.run());
  try {
    const workflowId = workflowIdOf({ ...input, videoType: 'CAMERASTREAM' });
    const options = { workflowId, taskQueue, args: [input] };
    const handle = await environment.client.workflow.start(WORKFLOW_TYPE, options);
    const result = (await handle.result()) as RecordingResult;
    // By the history: the server of this test may skip on to a far timer of another recording before anybody can look at its clock.
    const { startTime, closeTime } = await handle.describe();
    if (!closeTime) throw new Error(`${workflowId} is over, but has no time of its end`);
    return { result, took: closeTime.getTime() - startTime.getTime() };
  } finally {
    for (const worker of workers) worker.shutdown();
    await Promise.all(running);
  }
}

const failureType = (error: unknown): unknown => (error as { cause?: { type?: unknown } }).cause?.type;

// Hundreds of questions each; on a busy machine they take their time.
describe('a recording of hours', { timeout: 120_000 }, () => {
  it('asks at most once in each interval while nothing is heard, and learns of the end from the answer', async () => {
    const vendor = silentVendor(8 * HOUR);
    const { result } = await record(vendor.activities);
    expect(result).toMatchObject({ endedBy: 'reconciliation', outcome: 'empty' });
    expect(vendor.asked.length).toBeGreaterThan(90);
    // One more than the intervals: the first question comes when the idle limit has passed.
    expect(vendor.asked.length).toBeLessThanOrEqual(8 * 12 + 2);
    expect(vendor.stopped).toEqual([]);
  });

  it('is stopped after its longest duration, and asked for 5, 10 and 20 seconds later', async () => {
    const vendor = silentVendor(Infinity);
    const { result } = await record(vendor.activities, { maxDuration: '24 hours' });
    expect(result.endedBy).toBe('maxDuration');
    expect(vendor.stopped).toHaveLength(1);
    expect(vendor.stopped[0]).toBeGreaterThanOrEqual(24 * HOUR);
    expect(vendor.stopped[0]).toBeLessThan(24 * HOUR + MINUTE);
    expect((vendor.asked.at(-1) ?? 0) - (vendor.stopped[0] ?? 0)).toBeLessThan(MINUTE);
  });

  it('waits for late files as long as it was told, not longer', async () => {
    const vendor = silentVendor(MINUTE);
    const { took } = await record(vendor.activities, { reconcileInterval: '1 minute', settleTimeout: '2 hours' });
    expect(took).toBeGreaterThanOrEqual(2 * HOUR);
    // The job's minute, and the time until the first question tells of its end.
    expect(took).toBeLessThan(2 * HOUR + 2 * MINUTE);
  });

  it('does not take a job in INIT for stuck before its idle limit of 12 hours has passed', async () => {
    const waiting = silentVendor(11 * HOUR, 'INIT');
    expect((await record(waiting.activities, { maxIdleTime: 43_200 })).result.endedBy).toBe('reconciliation');

    const stuck = silentVendor(Infinity, 'INIT');
    const failure = await record(stuck.activities, { maxIdleTime: 43_200 }).catch((error: unknown) => error);
    expect(failureType(failure)).toBe('JobStartTimedOut');
    expect(stuck.stopped[0]).toBeGreaterThan(12 * HOUR);
  });

  it('waits for a participant as long as a recording may last', async () => {
    const vendor = silentVendor(HOUR);
    const { result, took } = await record(vendor.activities, { waitForParticipant: true, maxDuration: '20 hours' });
    expect(result).toMatchObject({ endedBy: 'maxDuration', outcome: 'empty' });
    expect(took).toBeGreaterThanOrEqual(20 * HOUR);
    expect(vendor.starts).toEqual([]);
  });

  it('prepares anew what a worker remembered of another application of that name', async () => {
    const vendor = silentVendor(MINUTE);
    const templates: string[] = [];
    const { result } = await record({
      ...vendor.activities,
      checkInput: checkInput(() => 'app-of-yesterday'),
      ensureRecordRule: ({ appId }) => {
        templates.push(appId);
        return Promise.resolve({ ruleId: `rule of ${appId}`, places: [], warnings: [] });
      },
    });
    expect(templates).toEqual(['app-of-yesterday', 'app1']);
    expect(result).toMatchObject({ appId: 'app1', ruleId: 'rule of app1' });
  });

  it('does not try the other steps on, which go on at the same time, when one of them has failed for good', async () => {
    const vendor = silentVendor(MINUTE);
    let tries = 0;
    const failure = await record({
      ...vendor.activities,
      checkInput: checkInput(() => 'app1'),
      ensureRecordRule: () =>
        Promise.reject(ApplicationFailure.nonRetryable('not authorised', FailureType.BucketNotAuthorized)),
      configureRecordCallback: () => {
        tries += 1;
        return Promise.reject(new Error('no answer'));
      },
    }).catch((error: unknown) => error);
    expect(failureType(failure)).toBe('BucketNotAuthorized');
    // In an hour it would be tried more than a hundred times.
    expect(tries).toBeLessThan(10);
    expect(vendor.starts).toEqual([]);
  });

  it('gives a start up after a quarter of an hour without one answer', async () => {
    const vendor = silentVendor(HOUR);
    vendor.activities.startIndividualStreamJob = async () => {
      vendor.starts.push(await environment.currentTimeMs());
      throw ApplicationFailure.nonRetryable('no answer', StepFailure.StartUnanswered, {
        from: 0,
        until: 0,
        mayTakeEffectLater: false,
      });
    };
    const failure = await record(vendor.activities).catch((error: unknown) => error);
    expect(failureType(failure)).toBe('JobStartUnknown');
    const [first = 0] = vendor.starts;
    expect((vendor.starts.at(-1) ?? 0) - first).toBeLessThanOrEqual(15 * MINUTE);
    expect(vendor.starts.length).toBeGreaterThan(20);
  });
});
