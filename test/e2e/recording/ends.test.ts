import { describe, expect, it, vi } from 'vitest';
import type { SimulatorOptions } from '../../../simulator/options.js';
import type { RecordingInput } from '../../../src/client.js';
import { failureOf, startRig, type RecordingRig } from '../../support/recordingRig.js';

/** For what is waited for; far more than it ever takes. */
const LIMIT = { timeout: 60_000, interval: 50 };

/** Every way a recording ends, against the real Temporal server and the simulator. */

const calls = (rig: RecordingRig, method: string, path: RegExp) =>
  rig.simulator.requests.filter((request) => request.method === method && path.test(request.path)).length;

const jobStarts = (rig: RecordingRig) => calls(rig, 'POST', /individual-stream-jobs$/);

const hls = (): Partial<RecordingInput> => {
  const { obsAddr } = {
    obsAddr: { bucket: 'obsName', location: 'cn-north-4', object: 'Record/', projectId: '0'.repeat(32) },
  };
  return { recordRule: { obsAddr, recordFormats: ['HLS'], hlsConfig: {} } };
};

async function runningJob(rig: RecordingRig): Promise<string> {
  await vi.waitFor(() => expect(rig.simulator.jobs.at(-1)?.state).toBe('RUNNING'), LIMIT);
  return String(rig.simulator.jobs.at(-1)?.job_id);
}

describe.concurrent('a recording that goes well', () => {
  it('does the documented steps in their order and names the files of the bucket', async (test) => {
    const rig = await startRig({}, test);
    const recording = await rig.start();
    const result = await recording.result();

    const [object] = rig.simulator.objects('obsName');
    expect(result).toMatchObject({
      outcome: 'recorded',
      endedBy: 'callback',
      fileCount: 1,
      totalSize: object?.size,
      files: [
        { bucket: 'obsName', object: object?.key, format: 'MP4', size: object?.size, duration: 10, width: 1280 },
      ],
      warnings: [],
      stopReason: 'EXCEED_MAX_IDLE_TIME',
      jobId: rig.simulator.jobs[0]?.job_id,
      streamName: rig.simulator.jobs[0]?.stream_name,
    });
    const steps = rig.simulator.requests.map(
      ({ method, path }) => `${method} ${path.replace(/[0-9a-f]{24,32}/g, '*')}`,
    );
    const inOrder = [
      'POST /v3/auth/tokens',
      'POST /v2/apps',
      'POST /v2/apps/*/record-rules',
      'PUT /v2/apps/*/record-callback',
      'POST /v2/apps/*/individual-stream-jobs',
      'GET /obsName/',
    ];
    expect(steps.filter((step) => inOrder.includes(step))).toEqual(inOrder);
    expect((await recording.status()).steps.map(({ step, state }) => `${step} ${state}`)).toEqual([
      'authenticate done',
      'ensureApplication done',
      'ensureRecordRule done',
      'configureRecordCallback done',
      'startIndividualStreamJob done',
      'recordingEvents done',
      'listRecordingFiles done',
    ]);
  });

  it('makes one entry of an HLS playlist and its segments', async (test) => {
    const rig = await startRig({ simulator: { publishDurationMs: 35_000 } }, test);
    const result = await (await rig.start(hls())).result();
    const objects = rig.simulator.objects('obsName');
    expect(result.files).toHaveLength(1);
    expect(result.files[0]).toMatchObject({ format: 'HLS', segments: objects.length - 1 });
    expect(result.files[0]?.object).toMatch(/\.m3u8$/);
    expect(result.files[0]?.size).toBe(objects.reduce((sum, { size }) => sum + size, 0));
  });

  it('asks nothing but the start, the end and the listing when the application is warm', async (test) => {
    const rig = await startRig({}, test);
    await (await rig.start()).result();
    const before = rig.simulator.requests.length;
    await (await rig.start({ userId: 'user002' })).result();
    const calls = rig.simulator.requests
      .slice(before)
      .map(({ method, path }) => `${method} ${path.split('/').slice(1, 5).at(-1)}`);
    // The last two are requested in parallel.
    expect(calls.toSorted()).toEqual([
      'GET ',
      expect.stringMatching(/^GET \w+\.SparkRTC/),
      'GET individual-stream-jobs',
      'POST individual-stream-jobs',
    ]);
  });

  it('ends by stop, at once and truthfully', async (test) => {
    const rig = await startRig({ simulator: { publishDurationMs: 600_000 } }, test);
    const recording = await rig.start();
    await runningJob(rig);
    const status = await recording.stop();
    expect(status.stopRequestedBy).toBe('stop');
    expect(await recording.result()).toMatchObject({
      endedBy: 'stop',
      outcome: 'recorded',
      fileCount: 1,
      stopReason: 'TENANT_STOP',
    });
  });

  it('ends by its longest duration', async (test) => {
    const rig = await startRig({ simulator: { publishDurationMs: 600_000 } }, test);
    const result = await (await rig.start({ maxDuration: '2 seconds' })).result();
    expect(result).toMatchObject({ endedBy: 'maxDuration', outcome: 'recorded', stopReason: 'TENANT_STOP' });
  });

  it('ends Cancelled and leaves no job running', async (test) => {
    const rig = await startRig({ simulator: { publishDurationMs: 600_000 } }, test);
    const recording = await rig.start();
    await runningJob(rig);
    await rig.client.workflow.getHandle(recording.workflowId).cancel();
    expect((await failureOf(recording)).type).toBe('Cancelled');
    expect(rig.simulator.jobs.map((job) => job.stop_reason)).toEqual(['TENANT_STOP']);
  });

  it('ends although every callback is lost', async (test) => {
    const rig = await startRig(
      {
        simulator: { faults: [{ callback: '*', effect: { kind: 'drop' }, times: 'always' }] },
      },
      test,
    );
    const result = await (await rig.start({ reconcileInterval: '1 second', settleTimeout: '1 second' })).result();
    expect(result).toMatchObject({ endedBy: 'reconciliation', outcome: 'recorded', fileCount: 1 });
  });

  it.for([
    [{ rulePrefix: 'seed', prependObject: 'once', recordFormatCase: 'upper' }],
    [{ rulePrefix: 'seed', prependObject: 'always', recordFormatCase: 'lower' }],
    [{ rulePrefix: 'sdk', recordFormatCase: 'upper' }],
  ] as const)('finds files that no one announced, whatever the layout of the bucket: %j', async ([layout], test) => {
    const faults: SimulatorOptions['faults'] = [{ callback: '*', effect: { kind: 'drop' }, times: 'always' }];
    const rig = await startRig({ simulator: { ...layout, faults } }, test);
    const result = await (await rig.start({ reconcileInterval: '1 second', settleTimeout: 0 })).result();
    expect(result.files.map(({ object }) => object)).toEqual(rig.simulator.objects('obsName').map(({ key }) => key));
    expect(result.fileCount).toBe(1);
  });

  it('is partial after INTERNAL_ERROR', async (test) => {
    const rig = await startRig({ simulator: { internalErrorAfterMs: 5_000 } }, test);
    const result = await (await rig.start({ settleTimeout: '1 second', resumeAfterError: false })).result();
    expect(result).toMatchObject({ outcome: 'partial', stopReason: 'INTERNAL_ERROR' });
  });

  it('is partial and names the announced file that is gone', async (test) => {
    const rig = await startRig({ simulator: { listDelayMs: 3_600_000 } }, test);
    const result = await (await rig.start({ settleTimeout: '1 second' })).result();
    expect(result.outcome).toBe('partial');
    expect(result.warnings.join()).toContain(String(rig.simulator.objects('obsName')[0]?.key));
  });

  it('waits for files that show up late', async (test) => {
    const rig = await startRig({ simulator: { listDelayMs: 30_000 } }, test);
    expect(await (await rig.start({ settleTimeout: '30 seconds' })).result()).toMatchObject({
      outcome: 'recorded',
      fileCount: 1,
    });
  });

  it('is empty when no one published', async (test) => {
    const rig = await startRig({ simulator: { autoPublish: false } }, test);
    const result = await (await rig.start({ settleTimeout: '1 second' })).result();
    expect(result).toMatchObject({ outcome: 'empty', files: [], fileCount: 0, totalSize: 0, endedBy: 'callback' });
  });
});

describe.concurrent('the wait for the participant', () => {
  it('starts the job when the user has joined', async (test) => {
    const rig = await startRig({}, test);
    const recording = await rig.start({ waitForParticipant: true });
    await vi.waitFor(async () => expect((await recording.status()).phase).toBe('waitingForParticipant'), LIMIT);
    expect(jobStarts(rig)).toBe(0);
    await recording.participantJoined();
    expect(await recording.result()).toMatchObject({ outcome: 'recorded' });
  });

  it.for([
    ['by a stop', 'stop', {}],
    ['by the longest duration', 'maxDuration', { maxDuration: '1 second' }],
  ] as const)('ends empty %s, without any job', async ([, endedBy, overrides], test) => {
    const rig = await startRig({}, test);
    const recording = await rig.start({ waitForParticipant: true, ...overrides });
    if (endedBy === 'stop') await recording.stop();
    expect(await recording.result()).toMatchObject({ outcome: 'empty', endedBy, files: [], warnings: [] });
    expect(jobStarts(rig)).toBe(0);
  });
});

describe.concurrent('a recording that cannot be', () => {
  it('tries a wrong password once', async (test) => {
    const rig = await startRig({ credentials: { password: 'not-the-password' } }, test);
    const failure = await failureOf(await rig.start());
    expect(failure.type).toBe('AuthenticationFailed');
    expect(failure.message).toContain('Camera of user001 in room001');
    expect(failure.message).toContain('HW_USER_PASSWORD');
    expect(calls(rig, 'POST', /auth\/tokens/)).toBe(1);
  });

  it('says that the bucket is not authorized, before any job', async (test) => {
    const rig = await startRig({ simulator: { buckets: [{ name: 'obsName', authorized: false }] } }, test);
    expect((await failureOf(await rig.start())).type).toBe('BucketNotAuthorized');
    expect(jobStarts(rig)).toBe(0);
  });

  it('continues with a warning when the check of the bucket is rejected', async (test) => {
    const response = {
      kind: 'respond',
      status: 403,
      body: { error_code: 'RTC.00001021', error_msg: 'NoPermission' },
    } as const;
    const rig = await startRig(
      {
        simulator: { faults: [{ match: 'GET /v2/rtc-ops/buckets', effect: response, times: 'always' }] },
      },
      test,
    );
    const result = await (await rig.start()).result();
    expect(result.outcome).toBe('recorded');
    expect(result.warnings.join()).toContain('could not be checked');
  });

  it('says why the vendor rejects the job', async (test) => {
    const response = {
      kind: 'respond',
      status: 400,
      body: { error_code: 'RTC.00001007', error_msg: 'JobQuotaExceeded' },
    } as const;
    const rig = await startRig(
      {
        simulator: {
          faults: [{ match: 'POST /v2/apps/*/individual-stream-jobs', effect: response, times: 'always' }],
        },
      },
      test,
    );
    const failure = await failureOf(await rig.start());
    expect(failure.type).toBe('JobRejected');
    expect(failure.message).toContain('RTC.00001007');
    expect(jobStarts(rig)).toBe(1);
  });

  it('lets a job wait in INIT beyond its idle limit, until its longest duration', async (test) => {
    const rig = await startRig({ simulator: { jobsNeverStart: true } }, test);
    // The idle limit of 5 seconds passes ten times as fast.
    const recording = await rig.start({ maxDuration: '3 seconds' });
    const result = await recording.result();
    expect(result).toMatchObject({ outcome: 'empty', endedBy: 'maxDuration', stopReason: 'TENANT_STOP' });
    expect(rig.simulator.jobs.map((job) => job.state)).toEqual(['STOPPED']);
  });
});

describe.concurrent('one recording at a time', () => {
  it('starts no second job while one is open, and a new one after its end', async (test) => {
    const rig = await startRig({}, test);
    const first = await rig.recordings.start(rig.input());
    const second = await rig.recordings.start(rig.input({ maxIdleTime: 6 }));
    expect(second.alreadyRunning).toBe(true);
    await first.recording.result();
    expect(jobStarts(rig)).toBe(1);

    const third = await rig.recordings.start(rig.input());
    expect(third.alreadyRunning).toBe(false);
    await third.recording.result();
    expect(jobStarts(rig)).toBe(2);
    expect(calls(rig, 'POST', /\/v2\/apps$/)).toBe(1);
  });
});

describe.concurrent('a stop before the job', () => {
  it.for([0, 10, 20, 40, 80, 160])('takes effect %d ms after the start', async (pause, test) => {
    const rig = await startRig({}, test);
    const recording = await rig.start({ waitForParticipant: true });
    await new Promise((resolve) => setTimeout(resolve, pause));
    // By a plain Temporal client: the recording client would ask again when the server turns an update away.
    const handle = rig.client.workflow.getHandle(recording.workflowId);
    expect(await handle.executeUpdate('stopRecording')).toMatchObject({ stopRequestedBy: 'stop' });
    expect(await recording.result()).toMatchObject({ outcome: 'empty', endedBy: 'stop' });
    expect(jobStarts(rig)).toBe(0);
    const states = (await recording.status()).steps.map(({ state }) => state);
    expect(states.filter((state) => state === 'failed' || state === 'running')).toEqual([]);
  });
});
