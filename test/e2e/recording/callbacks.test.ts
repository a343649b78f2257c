import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { EventBody } from '../../../simulator/faults.js';
import type { SimulatorOptions } from '../../../simulator/options.js';
import type { RecordingInput, RecordingResult } from '../../../src/client.js';
import { AUTH_KEY, startRig, type RecordingRig } from '../../support/recordingRig.js';
import { ALL_LOST, calls, keysOf, LIMIT, LISTING, runningJob } from './faults.js';

vi.setConfig({ testTimeout: 120_000 });

/** What may become of the vendor's callbacks, against the real Temporal server and the simulator. */

/** Three files of a minute each, or nearly so. */
const THREE_FILES: SimulatorOptions = { timeScale: 60, publishDurationMs: 170_000 };

const everyMinute: Partial<RecordingInput> = {
  recordRule: {
    obsAddr: { bucket: 'obsName', location: 'cn-north-4', object: 'Record/', projectId: '0'.repeat(32) },
    recordFormats: ['MP4'],
    mp4Config: { recordCycle: 60 },
  },
};

/** Where an event is to tell the end, and where no one but the vendor can. */
const byCallback = { reconcileInterval: '1 minute', settleTimeout: '3 seconds' } as const;
const asked = { reconcileInterval: '2 seconds', settleTimeout: '3 seconds' } as const;

/** Simulated: a user who publishes until the recording is stopped. */
const ON_AND_ON: SimulatorOptions = { publishDurationMs: 24 * 3_600_000 };

const appIdOf = (rig: RecordingRig, name = rig.appName) =>
  String(rig.simulator.apps.find((app) => app.name === name)?.appId);

/** Sends an event by hand and waits for the response to it. */
async function sendEvent(rig: RecordingRig, appId: string, event: EventBody): Promise<number | 'failed'> {
  const isIt = (sent: EventBody) => JSON.stringify(sent) === JSON.stringify(event);
  const before = rig.simulator.callbacks.filter((callback) => isIt(callback.event)).length;
  rig.simulator.sendCallback(appId, event);
  const responses = () => rig.simulator.callbacks.filter((callback) => isIt(callback.event)).slice(before);
  await vi.waitFor(() => expect(responses()).not.toEqual([]), LIMIT);
  return responses()[0]?.status ?? 'failed';
}

/** The three events of a job that are believed at once where they are for this recording. */
function eventsOf(job: { job_id: string; stream_name?: string; app_id: string; room_id: string }): EventBody[] {
  const common = { stream_name: job.stream_name, app_id: job.app_id, room_id: job.room_id, record_format: 'MP4' };
  const object = `Record/made-up/${job.job_id}.mp4`;
  return [
    { event_type: 'RECORD_NEW_FILE_START', job_id: job.job_id, ...common },
    { event_type: 'RECORD_FILE_COMPLETE', job_id: job.job_id, ...common, obs_bucket: 'obsName', obs_object: object },
    { event_type: 'CLOUD_RECORD_OVER', job_id: job.job_id, ...common },
  ];
}

/** Stops the recording, which has to be running still, and expects a result as if nothing had happened. */
async function expectUntouched(rig: RecordingRig, recording: Awaited<ReturnType<RecordingRig['start']>>) {
  const status = await recording.status();
  expect(status).toMatchObject({ phase: 'recording', fileCount: 0 });
  await recording.stop();
  const result = await recording.result();
  expect(result).toMatchObject({ outcome: 'recorded', endedBy: 'stop', fileCount: 1, warnings: [] });
  expect(result.files[0]?.object).toContain(result.jobId);
}

/** What a result says of the bucket, which is the same whichever callbacks came. */
const isListing = ({ method, path }: { method: string; path: string }) =>
  method === 'GET' && path.startsWith('/obsName');

function filesOf(result: RecordingResult) {
  return result.files.map(({ bucket, object, size }) => ({ bucket, object, size }));
}

describe.concurrent('callbacks that come otherwise than they should', () => {
  it('the end comes too early: the file that the last stop completes is listed too', async (test) => {
    const simulator = { ...ON_AND_ON, faults: [lost('RECORD_FILE_COMPLETE'), lost('CLOUD_RECORD_OVER')] };
    const rig = await startRig({ simulator }, test);
    const recording = await rig.start(byCallback);
    const jobId = await runningJob(rig);
    // The simulator's own event is lost: this one comes while the job is running.
    const handle = rig.client.workflow.getHandle(recording.workflowId);
    await handle.signal('recordingEvent', { eventType: 'CLOUD_RECORD_OVER', jobId });
    const result = await recording.result();
    expect(result.warnings.join()).toContain('SparkRTC reports RUNNING: the job is stopped');
    expect(keysOf(rig)).toHaveLength(1);
    expect(result.files.map(({ object }) => object)).toEqual(keysOf(rig));
  });

  it.for<[string, SimulatorOptions, RecordingResult['endedBy'], announced: number]>([
    ['the beginnings are lost', { faults: [lost('RECORD_NEW_FILE_START')] }, 'callback', 3],
    ['the files are lost', { faults: [lost('RECORD_FILE_COMPLETE')] }, 'callback', 0],
    ['all files but one are lost', { faults: [{ ...lost('RECORD_FILE_COMPLETE'), skip: 1 }] }, 'callback', 1],
    ['the end is lost', { faults: [lost('CLOUD_RECORD_OVER')] }, 'reconciliation', 3],
    ['all are lost', { faults: [ALL_LOST] }, 'reconciliation', 0],
    [
      'all come five times',
      { faults: [{ callback: '*', effect: { kind: 'repeat', times: 5 }, times: 'always' }] },
      'callback',
      3,
    ],
    ['all come in another order', { shuffleCallbacks: true }, 'callback', 3],
  ])('%s: the same files', async ([, options, endedBy, announced], test) => {
    const rig = await startRig({ simulator: { ...THREE_FILES, ...options } }, test);
    const result = await (
      await rig.start({ ...everyMinute, ...(endedBy === 'callback' ? byCallback : asked) })
    ).result();
    expect(filesOf(result)).toEqual(
      rig.simulator.objects('obsName').map(({ key, size }) => ({ bucket: 'obsName', object: key, size })),
    );
    expect(result).toMatchObject({ outcome: 'recorded', endedBy, fileCount: 3, warnings: [] });
    const listings = rig.simulator.requests.filter((request) => isListing(request));
    if (announced === 0) expect(listings.length).toBeLessThanOrEqual(12);
    expect(result.files.filter(({ duration }) => duration !== undefined)).toHaveLength(announced);
  });

  function lost(callback: string) {
    return { callback, effect: { kind: 'drop' as const }, times: 'always' as const };
  }

  it('come long after the end, but within the time for late ones: nothing is lacking', async (test) => {
    const late = { callback: 'RECORD_FILE_COMPLETE', effect: { kind: 'delay', ms: 5_000 }, times: 'always' } as const;
    const rig = await startRig({ simulator: { ...THREE_FILES, faults: [late] } }, test);
    const result = await (await rig.start({ ...everyMinute, ...byCallback, settleTimeout: '1 minute' })).result();
    expect(result).toMatchObject({ outcome: 'recorded', endedBy: 'callback', fileCount: 3, warnings: [] });
    expect(result.files.every(({ duration }) => duration !== undefined)).toBe(true);
  });

  it('tell of a file when the last look at the bucket is under way: it is not called missing', async (test) => {
    const slow = { match: LISTING, effect: { kind: 'delayAfter', ms: 2_000 } } as const;
    const rig = await startRig({ simulator: { faults: [ALL_LOST, slow] } }, test);
    const recording = await rig.start({ ...asked, settleTimeout: 0 });
    await vi.waitFor(() => expect(calls(rig, 'GET', /obsName/)).toBe(1), LIMIT);
    rig.simulator.clearFaults();
    const [job] = rig.simulator.jobs;
    const [object] = keysOf(rig);
    if (!job) throw new Error('there is no job');
    const [, event] = eventsOf(job);
    expect(
      await sendEvent(rig, job.app_id, { ...event, event_type: 'RECORD_FILE_COMPLETE', obs_object: object }),
    ).toBe(200);
    expect(await recording.result()).toMatchObject({
      outcome: 'recorded',
      fileCount: 1,
      files: [{ object }],
      warnings: [],
    });
  });

  it('come hours after the end: they are taken, and change nothing', async (test) => {
    const rig = await startRig({}, test);
    const recording = await rig.start();
    const result = await recording.result();
    const [job] = rig.simulator.jobs;
    if (!job) throw new Error('there is no job');
    for (const event of eventsOf(job)) expect(await sendEvent(rig, job.app_id, event)).toBe(200);
    expect(await rig.receiverMetrics()).toMatch(/result="unrouted".* 3$/m);
    expect(await recording.result()).toEqual(result);
    expect((await recording.status()).fileCount).toBe(1);
  });

  it('come from an earlier recording of the same stream: the present one ignores them', async (test) => {
    const rig = await startRig({ simulator: { autoPublish: false } }, test);
    await (await rig.start({ settleTimeout: 0 })).result();
    const [earlier] = rig.simulator.jobs;
    if (!earlier) throw new Error('there is no job');
    const recording = await rig.start();
    rig.simulator.joinRoom('room001', 'user001');
    await runningJob(rig);
    for (const event of eventsOf(earlier)) expect(await sendEvent(rig, earlier.app_id, event)).toBe(200);
    await expectUntouched(rig, recording);
  });
});

describe.concurrent('callbacks that are for another client', () => {
  it('name another application', async (test) => {
    const rig = await startRig({ simulator: ON_AND_ON }, test);
    const recording = await rig.start();
    await runningJob(rig);
    const [job] = rig.simulator.jobs;
    if (!job) throw new Error('there is no job');
    const other = { ...job, app_id: 'f'.repeat(24) };
    for (const event of eventsOf(other)) expect(await sendEvent(rig, job.app_id, event)).toBe(200);
    await expectUntouched(rig, recording);
  });

  it('are of another application with the same room and user: each recording gets its own', async (test) => {
    const rig = await startRig({}, test);
    const here = await rig.start();
    const there = await rig.start({ appName: `${rig.appName}-2` });
    const results = [await here.result(), await there.result()];
    for (const result of results) {
      expect(result).toMatchObject({ outcome: 'recorded', endedBy: 'callback', fileCount: 1, warnings: [] });
      expect(result.files[0]?.object).toContain(result.streamName);
    }
    expect(new Set(results.map(({ appId }) => appId))).toEqual(
      new Set([appIdOf(rig), appIdOf(rig, `${rig.appName}-2`)]),
    );
  });

  it('are of the same user’s screen: camera and screen each get their own', async (test) => {
    const rig = await startRig({ simulator: ON_AND_ON }, test);
    const camera = await rig.start();
    const screen = await rig.start({ videoType: 'SCREENSTREAM' });
    await vi.waitFor(
      () => expect(rig.simulator.jobs.map(({ state }) => state)).toEqual(['RUNNING', 'RUNNING']),
      LIMIT,
    );
    // The screen ends first, and every event of it goes to the camera's recording too.
    await screen.stop();
    const screenResult = await screen.result();
    expect((await camera.status()).phase).toBe('recording');
    await camera.stop();
    const cameraResult = await camera.result();
    for (const [result, type] of [
      [screenResult, 'SCREENSTREAM'],
      [cameraResult, 'CAMERASTREAM'],
    ] as const) {
      const job = rig.simulator.jobs.find(({ video_type }) => video_type === type);
      expect(result).toMatchObject({ outcome: 'recorded', endedBy: 'stop', jobId: job?.job_id, fileCount: 1 });
      expect(result.files[0]?.object).toContain(job?.stream_name);
      expect(result.files[0]?.duration).toBeDefined();
    }
  });

  it.for([
    ['a mixed recording', (job: string) => `m_${job}_room001`],
    ['an automatic recording', () => 'app_room001_user001_av_m'],
    ['a stream with an odd name', () => 'something/else'],
  ] as const)('are of %s in the same room', async ([, streamName], test) => {
    const rig = await startRig({ simulator: ON_AND_ON }, test);
    const recording = await rig.start();
    await runningJob(rig);
    const appId = appIdOf(rig);
    const job_id = 'a'.repeat(32);
    const other = { job_id, app_id: appId, room_id: 'room001', stream_name: streamName(job_id) };
    for (const event of eventsOf(other)) expect(await sendEvent(rig, appId, event)).toBe(200);
    await expectUntouched(rig, recording);
  });

  it('are of no known type', async (test) => {
    const rig = await startRig({ simulator: ON_AND_ON }, test);
    const recording = await rig.start();
    await runningJob(rig);
    const [job] = rig.simulator.jobs;
    if (!job) throw new Error('there is no job');
    for (const event_type of ['RTC_USER_ROLE_CHANGED', 'CLOUD_RECORD_OVERTURE', '']) {
      const event = { ...eventsOf(job)[1], event_type };
      expect(await sendEvent(rig, job.app_id, event)).toBe(200);
    }
    await expectUntouched(rig, recording);
  });

  it.for([
    ['unsigned', {}],
    [
      'signed by another key',
      {
        'X-Rtc-Rand': '12345678',
        'X-Rtc-Timestamp': String(Math.floor(Date.now() / 1000)),
        'X-Rtc-Signature': '0'.repeat(64),
      },
    ],
  ] as const)('are forged (%s): rejected, and nothing changes', async ([, headers], test) => {
    const rig = await startRig({ simulator: ON_AND_ON }, test);
    const recording = await rig.start();
    await runningJob(rig);
    const [job] = rig.simulator.jobs;
    if (!job) throw new Error('there is no job');
    const url = String(rig.simulator.apps[0]?.callbackUrl);
    for (const event of eventsOf(job)) {
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(event), headers });
      expect(response.status).toBe(401);
      expect(await response.text()).not.toContain(AUTH_KEY);
    }
    await expectUntouched(rig, recording);
  });
});

describe.concurrent('callbacks in another dialect', () => {
  it.for<[string, SimulatorOptions, Partial<RecordingInput>]>([
    ['the newer name of the end', { overEventType: 'CLOUD_RECORD_SERVER_OVER' }, {}],
    ['ids that are numbers', { numericIds: true }, { roomId: '1001', userId: '42' }],
    ['a stream’s name of another shape', { streamName: ({ jobId }) => `live-${jobId}` }, {}],
    ['ids full of underscores', {}, { roomId: '_room__1_', userId: '_1_user__' }],
  ])('with %s are understood', async ([, options, input], test) => {
    const rig = await startRig({ simulator: { ...THREE_FILES, ...options } }, test);
    const others = await rig.start({ ...everyMinute, ...byCallback, ...input, userId: 'user002' });
    const result = await (await rig.start({ ...everyMinute, ...byCallback, ...input })).result();
    await others.result();
    expect(result).toMatchObject({ outcome: 'recorded', endedBy: 'callback', fileCount: 3, warnings: [] });
    const job = rig.simulator.jobs.find(({ job_id }) => job_id === result.jobId);
    expect(result.files.map(({ object }) => object)).toEqual(
      keysOf(rig).filter((key) => key.includes(String(job?.stream_name))),
    );
    expect(result.files.every(({ duration }) => duration !== undefined)).toBe(true);
  });
});

/** Another seed is another set of cases. */
const SEED = 20_231_124;
const RECORDINGS = 20;

describe.concurrent('callbacks in any order, repeated and lost', () => {
  it(`of ${RECORDINGS} recordings: each result has its files, and the missing announced ones`, async (test) => {
    const rig = await startRig({ simulator: { ...THREE_FILES, faults: [ALL_LOST] } }, test);
    const patient = { reconcileInterval: '25 seconds', settleTimeout: '10 seconds' } as const;
    const users = Array.from({ length: RECORDINGS }, (_, index) => `user${index}`);
    const recordings = await Promise.all(users.map((userId) => rig.start({ ...everyMinute, ...patient, userId })));
    await vi.waitFor(() => {
      expect(rig.simulator.jobs).toHaveLength(RECORDINGS);
      expect(rig.simulator.jobs.every(({ state }) => state === 'STOPPED')).toBe(true);
    }, LIMIT);
    rig.simulator.clearFaults();

    const cases = fc.sample(variants, { numRuns: RECORDINGS, seed: SEED });
    const expected = users.map((userId, index) => {
      const job = rig.simulator.jobs.find(({ user_id }) => user_id === userId);
      const variant = cases[index];
      if (!job || !variant) throw new Error(`there is no job of ${userId}`);
      const keys = keysOf(rig).filter((key) => key.includes(job.stream_name));
      const gone = variant.gone === undefined ? [] : keys.slice(variant.gone, variant.gone + 1);
      for (const key of gone) rig.simulator.removeObject('obsName', key);
      const [begin, complete, over] = eventsOf(job);
      const events = [begin, ...keys.map((obs_object) => ({ ...complete, obs_object })), over] as EventBody[];
      const sent = variant.order.flatMap((place) => events[place] ?? []);
      for (const event of sent) rig.simulator.sendCallback(job.app_id, event);
      const announced = new Set(sent.map(({ obs_object }) => obs_object));
      return { keys: keys.filter((key) => !gone.includes(key)), missing: gone.filter((key) => announced.has(key)) };
    });

    const results = await Promise.all(recordings.map((recording) => recording.result()));
    results.forEach((result, index) => {
      const { keys = [], missing = [] } = expected[index] ?? {};
      expect(result.files.map(({ object }) => object)).toEqual(keys);
      expect(result.outcome).toBe(missing.length > 0 ? 'partial' : 'recorded');
      expect(result.warnings).toEqual(missing.map((key) => `Announced, but not in the bucket: obsName/${key}`));
    });
    expect(expected.some(({ missing }) => missing.length > 0)).toBe(true);
  });

  /**
   * In which order the five events of a recording come, each of them as often as may be or not at all, and which of
   * its three files is gone.
   */
  const variants = fc.record({
    order: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 10 }),
    gone: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }),
  });
});
