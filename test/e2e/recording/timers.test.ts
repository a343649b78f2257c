import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { createActivities } from '../../../src/activities/index.js';
import { checkInput } from '../../../src/activities/checkInput.js';
import { notRemembered } from '../../../src/activities/memory.js';
import { pollIndividualStreamJob } from '../../../src/activities/pollIndividualStreamJob.js';
import type { RecordingInput, RecordingResult } from '../../../src/client.js';
import { StatusError } from '../../../src/huawei/errors.js';
import type { SparkRtcClient } from '../../../src/huawei/sparkrtc.js';
import { FailureType, StepFailure } from '../../../src/contract/failures.js';
import { jobsTaskQueue, WORKFLOW_TYPE, workflowIdOf } from '../../../src/contract/workflowId.js';
import { installQuietRuntime } from '../../support/quietRuntime.js';
import { givenJob, plainEvents, seedInput } from '../../support/given.js';

/*
 * Hours and days, on Temporal's time-skipping server. The vendor is scripted: what it says depends on the server's
 * clock alone. The activity that polls is the real one, because Temporal times its attempts.
 */

installQuietRuntime();

type Activities = ReturnType<typeof createActivities>;

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let environment: TestWorkflowEnvironment;

beforeAll(async () => {
  environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: inject('testServer') } },
  });
});

afterAll(() => environment.teardown());

interface Script {
  /** What the vendor says of a running job of this age. */
  state?: (age: number) => string | Error;
  /** Its events are lost, but for the first one. */
  hasEvents?: boolean;
  /** How many stops it takes. */
  stops?: number;
}

const statusError = (status: number) =>
  new StatusError(`The vendor responded with ${status}.`, { call: 'SparkRTC GET /job', status });

/**
 * A vendor whose job runs until `endsAfter` and sends no callback at all; with the job's age at each request for its
 * state and at each stop, and the times of the starts.
 */
function silentVendor(endsAfter: number, { state = () => 'RUNNING', hasEvents = false, stops = 1 }: Script = {}) {
  const asked: number[] = [];
  const stopped: number[] = [];
  const starts: number[] = [];
  let startedAt = 0;
  const now = () => environment.currentTimeMs();
  const showIndividualStreamJob = async () => {
    const age = (await now()) - startedAt;
    asked.push(age);
    const isOver = age >= endsAfter || stopped.length >= stops;
    const reported = isOver ? 'STOPPED' : state(age);
    if (reported instanceof Error) throw reported;
    return { job: { ...givenJob(), state: reported } };
  };
  const activities: Activities = {
    checkInput,
    authenticate: () => Promise.resolve({ expiresAt: '2026-01-02T00:00:00.000Z' }),
    ensureApplication: () => Promise.resolve({ appId: 'app1', warnings: [] }),
    ensureRecordRule: () => Promise.resolve({ ruleId: 'rule1', outputLocations: [], warnings: [] }),
    configureRecordCallback: () => Promise.resolve({ warnings: [] }),
    pollParticipant: () => Promise.resolve({ outcome: 'rejected', reason: 'HTTP 403' }),
    startIndividualStreamJob: async () => {
      startedAt = await now();
      starts.push(startedAt);
      if (hasEvents) await sendFirstEvent();
      return givenJob();
    },
    pollIndividualStreamJob: pollIndividualStreamJob({ showIndividualStreamJob } as unknown as SparkRtcClient),
    getIndividualStreamJob: showIndividualStreamJob,
    stopIndividualStreamJob: async () => {
      stopped.push((await now()) - startedAt);
      return { alreadyEnded: false };
    },
    listRecordingFiles: () => Promise.resolve({ files: [], fileCount: 0, totalSize: 0, missing: [], warnings: [] }),
    inspectMedia: () => Promise.resolve([]),
    writeManifest: () => Promise.reject(new Error('no manifest is wanted')),
  };
  return { activities, asked, stopped, starts };
}

/** To the workflow of the activity that this is called in. */
async function sendFirstEvent(): Promise<void> {
  const { workflowId = '' } = activityInfo().workflowExecution ?? {};
  await environment.client.workflow.getHandle(workflowId).signal('recordingEvent', plainEvents()[0]);
}

/** The time between one and the next. */
const pauses = (times: number[]) => times.slice(1).map((time, index) => time - (times[index] ?? 0));

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
    // By the history: the server may skip on to a far timer of another recording before anyone can read its clock.
    const { startTime, closeTime } = await handle.describe();
    if (!closeTime) throw new Error(`${workflowId} is over, but has no time of its end`);
    const { events } = await handle.fetchHistory();
    return { result, took: closeTime.getTime() - startTime.getTime(), events: events?.length };
  } finally {
    for (const worker of workers) worker.shutdown();
    await Promise.all(running);
  }
}

const failureType = (error: unknown): unknown => (error as { cause?: { type?: unknown } }).cause?.type;

/** Nothing comes early; on a busy machine it may be late. */
function expectPauses(times: number[], wanted: number[]): void {
  const found = pauses(times);
  expect(found).toHaveLength(wanted.length);
  wanted.forEach((pause, index) => {
    expect(found[index]).toBeGreaterThanOrEqual(pause);
    expect(found[index]).toBeLessThan(pause + Math.max(pause, 4 * SECOND));
  });
}

// Hundreds of polls each; on a busy machine they take their time.
describe('a recording of hours', { timeout: 120_000 }, () => {
  it('is polled at most once in each interval while no event arrives, and ends by the response', async () => {
    const vendor = silentVendor(8 * HOUR);
    const { result, events } = await record(vendor.activities);
    expect(result).toMatchObject({ endedBy: 'reconciliation', outcome: 'empty' });
    // No poll that finds it running leaves an event in the history.
    expect(events).toBeLessThanOrEqual(70);
    expect(vendor.asked.length).toBeGreaterThan(90);
    // One more than the intervals: the first poll comes when the idle limit has passed.
    expect(vendor.asked.length).toBeLessThanOrEqual(8 * 12 + 2);
    expectPauses([0, ...vendor.asked.slice(0, 1)], [40 * SECOND]);
    expect(Math.min(...pauses(vendor.asked))).toBeGreaterThanOrEqual(5 * MINUTE);
    expect(vendor.stopped).toEqual([]);
  });

  it('is polled once in each interval, from its start on, where its job was heard of', async () => {
    const vendor = silentVendor(HOUR, { hasEvents: true });
    const { result } = await record(vendor.activities);
    expect(result.endedBy).toBe('reconciliation');
    expectPauses([0, ...vendor.asked], Array<number>(12).fill(5 * MINUTE));
  });

  it('is polled soon where the vendor does not find the job, which is gone after three times', async () => {
    const state = (age: number) => (age < 11 * MINUTE ? 'RUNNING' : statusError(404));
    const vendor = silentVendor(Infinity, { hasEvents: true, state });
    const { result } = await record(vendor.activities);
    expect(result.endedBy).toBe('reconciliation');
    expect(result.warnings.join()).toContain('does not know job j1');
    expectPauses([0, ...vendor.asked], [5 * MINUTE, 5 * MINUTE, 5 * MINUTE, 5 * SECOND, 5 * SECOND]);
  });

  it('is polled in each interval however often the vendor rejects it', async () => {
    const state = (age: number) => (age < 3 * HOUR ? statusError(403) : 'RUNNING');
    const vendor = silentVendor(4 * HOUR, { hasEvents: true, state });
    const { result } = await record(vendor.activities);
    expect(result.endedBy).toBe('reconciliation');
    expectPauses([0, ...vendor.asked], Array<number>(4 * 12).fill(5 * MINUTE));
  });

  it('is stopped after its longest duration, and polled 5 seconds later', async () => {
    const vendor = silentVendor(Infinity);
    const { result } = await record(vendor.activities, { maxDuration: '24 hours' });
    expect(result.endedBy).toBe('maxDuration');
    expect(vendor.stopped).toHaveLength(1);
    expect(vendor.stopped[0]).toBeGreaterThanOrEqual(24 * HOUR);
    expect(vendor.stopped[0]).toBeLessThan(24 * HOUR + MINUTE);
    expectPauses([vendor.stopped[0] ?? 0, vendor.asked.at(-1) ?? 0], [5 * SECOND]);
  });

  it('is not polled before an interval has passed, not even where its longest duration ends it earlier', async () => {
    const vendor = silentVendor(Infinity, { hasEvents: true });
    await record(vendor.activities, { maxDuration: '1 minute' });
    expectPauses([0, vendor.stopped[0] ?? 0, ...vendor.asked], [MINUTE, 5 * SECOND]);
  });

  it('is stopped again when it continues: polled 5, 10 and 20 seconds after each stop', async () => {
    const vendor = silentVendor(Infinity, { hasEvents: true, stops: 2 });
    await record(vendor.activities, { maxDuration: '1 hour' });
    const [first = 0, second = 0, ...more] = vendor.stopped;
    expect(more).toEqual([]);
    const between = vendor.asked.filter((age) => age > first && age < second);
    expectPauses([first, ...between, second], [5 * SECOND, 10 * SECOND, 20 * SECOND, 0]);
    expectPauses([second, ...vendor.asked.filter((age) => age > second)], [5 * SECOND]);
  });

  it('is polled no later after a stop than in the interval', async () => {
    const vendor = silentVendor(Infinity, { hasEvents: true, stops: 2 });
    await record(vendor.activities, { maxDuration: '1 minute', reconcileInterval: '2 seconds' });
    const [first = 0, second = 0] = vendor.stopped;
    const between = vendor.asked.filter((age) => age > first && age < second);
    expectPauses([first, ...between, second], [2 * SECOND, 2 * SECOND, 2 * SECOND, 0]);
  });

  it('ends soon if the job of a lost start is found stopped, without an event of its end', async () => {
    const vendor = silentVendor(0);
    vendor.activities.startIndividualStreamJob = async () => {
      const at = Date.now();
      await sendFirstEvent();
      const detail = { from: at, until: at, mayTakeEffectLater: false };
      throw ApplicationFailure.nonRetryable('no response', StepFailure.StartOutcomeUnknown, detail);
    };
    vendor.activities.getIndividualStreamJob = () => {
      const at = Date.now();
      return Promise.resolve({
        job: { ...givenJob(), state: 'STOPPED', stopReason: 'EXCEED_MAX_IDLE_TIME' },
        createdBetween: { from: at - MINUTE, until: at + MINUTE },
      });
    };
    const { result, took } = await record(vendor.activities, { settleTimeout: '1 minute' });
    expect(result).toMatchObject({ endedBy: 'reconciliation', stopReason: 'EXCEED_MAX_IDLE_TIME' });
    expect(took).toBeLessThan(2 * MINUTE);
  });

  it('waits for late files as long as configured, not longer', async () => {
    const vendor = silentVendor(MINUTE);
    const { took } = await record(vendor.activities, { reconcileInterval: '1 minute', settleTimeout: '2 hours' });
    expect(took).toBeGreaterThanOrEqual(2 * HOUR);
    // The job's minute, and the time until the first poll tells of its end.
    expect(took).toBeLessThan(2 * HOUR + 2 * MINUTE);
  });

  it.each(['INIT', 'RUNNING'])('lets a job wait for its user in %s, far beyond its idle limit', async (waiting) => {
    const later = silentVendor(11 * HOUR, { state: () => waiting });
    expect((await record(later.activities, { maxIdleTime: 30 })).result.endedBy).toBe('reconciliation');

    const never = silentVendor(Infinity, { state: () => waiting });
    const { result } = await record(never.activities, { maxIdleTime: 30, maxDuration: '20 hours' });
    expect(result).toMatchObject({ outcome: 'empty', endedBy: 'maxDuration' });
    expect(never.stopped[0]).toBeGreaterThanOrEqual(20 * HOUR);
  });

  it('waits for a participant as long as a recording may last', async () => {
    const vendor = silentVendor(HOUR);
    const { result, took } = await record(vendor.activities, { waitForParticipant: true, maxDuration: '20 hours' });
    expect(result).toMatchObject({ endedBy: 'maxDuration', outcome: 'empty' });
    expect(took).toBeGreaterThanOrEqual(20 * HOUR);
    expect(vendor.starts).toEqual([]);
  });

  it('prepares all steps again where the worker does not remember one of them', async () => {
    const vendor = silentVendor(MINUTE);
    const steps: string[] = [];
    const { result } = await record({
      ...vendor.activities,
      authenticate: ({ onlyIfRemembered }) => {
        steps.push(`authenticate ${onlyIfRemembered ? `if ${onlyIfRemembered.appName} is remembered` : 'always'}`);
        return Promise.resolve({ expiresAt: '2026-01-02T00:00:00.000Z' });
      },
      ensureApplication: ({ lookUp }) => {
        steps.push(`ensureApplication ${lookUp}`);
        return Promise.resolve({ appId: lookUp === 'memoryOnly' ? 'app-of-yesterday' : 'app1', warnings: [] });
      },
      ensureRecordRule: ({ appId, lookUp }) => {
        steps.push(`ensureRecordRule ${appId} ${lookUp}`);
        if (lookUp === 'memoryOnly') return Promise.reject(notRemembered());
        return Promise.resolve({ ruleId: `rule of ${appId}`, outputLocations: [], warnings: [] });
      },
      configureRecordCallback: ({ appId, lookUp }) => {
        steps.push(`configureRecordCallback ${appId} ${lookUp}`);
        return Promise.resolve({ warnings: [] });
      },
    });
    expect(steps).toEqual([
      expect.stringMatching(/^authenticate if timers-\d+ is remembered$/),
      'ensureApplication memoryOnly',
      'ensureRecordRule app-of-yesterday memoryOnly',
      'authenticate always',
      'ensureApplication memoryFirst',
      'ensureRecordRule app1 memoryFirst',
      'configureRecordCallback app1 memoryFirst',
    ]);
    expect(result).toMatchObject({ appId: 'app1', ruleId: 'rule of app1' });
  });

  it('does no later step when one has failed for good', async () => {
    const vendor = silentVendor(MINUTE);
    const templates: string[] = [];
    let tries = 0;
    const failure = await record({
      ...vendor.activities,
      ensureRecordRule: ({ lookUp }) => {
        templates.push(lookUp);
        return Promise.reject(ApplicationFailure.nonRetryable('not authorized', FailureType.BucketNotAuthorized));
      },
      configureRecordCallback: () => {
        tries += 1;
        return Promise.reject(new Error('no response'));
      },
    }).catch((error: unknown) => error);
    expect(failureType(failure)).toBe('BucketNotAuthorized');
    expect(templates).toEqual(['memoryOnly', 'memoryFirst']);
    expect(tries).toBe(0);
    expect(vendor.starts).toEqual([]);
  });

  it('gives a start up after a quarter of an hour without one response', async () => {
    const vendor = silentVendor(HOUR);
    vendor.activities.startIndividualStreamJob = async () => {
      vendor.starts.push(await environment.currentTimeMs());
      throw ApplicationFailure.nonRetryable('no response', StepFailure.StartOutcomeUnknown, {
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
