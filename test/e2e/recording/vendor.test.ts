import { describe, expect, it, vi } from 'vitest';
import type { RequestEffect } from '../../../simulator/faults.js';
import type { RecordingInput } from '../../../src/client.js';
import { failureOf, PASSWORD, startRig, type RecordingRig } from '../../support/recordingRig.js';
import { send, TOKEN_REQUEST, withField } from '../../unit/simulator/vendorClient.js';
import {
  ALL_LOST,
  calls,
  keysOf,
  LIMIT,
  LISTING,
  QUESTION,
  rejection,
  runningJob,
  START,
  STOP,
  TOKEN,
} from './faults.js';

vi.setConfig({ testTimeout: 120_000 });

/** What the vendor may do to a recording, against the real Temporal server and the simulator. */

const HOUR = 3_600_000;

/** Simulated: a user who publishes until the recording is stopped. */
const ON_AND_ON = { publishDurationMs: 24 * HOUR };

const KEYS = 'POST /v3.0/OS-CREDENTIAL/securitytokens';

/** Every call of the procedure whose response it cannot do without. */
const EVERY_CALL = [
  TOKEN,
  'GET /v2/apps',
  'POST /v2/apps',
  'GET /v2/apps/*/record-rules',
  'POST /v2/apps/*/record-rules',
  'GET /v2/apps/*/record-callback',
  'PUT /v2/apps/*/record-callback',
  START,
  QUESTION,
  STOP,
  KEYS,
  LISTING,
];

function ruleWith(change: Partial<RecordingInput['recordRule']>): Partial<RecordingInput> {
  return {
    recordRule: {
      obsAddr: { bucket: 'obsName', location: 'cn-north-4', object: 'Record/', projectId: '0'.repeat(32) },
      recordFormats: ['MP4'],
      mp4Config: {},
      ...change,
    },
  };
}

/** Another client's hand at the vendor's: the same account, another program. */
async function byHand(rig: RecordingRig, method: string, path: string, body: object): Promise<void> {
  const request = withField(TOKEN_REQUEST, 'auth.identity.password.user.password', PASSWORD);
  const { headers } = await send(`${rig.simulator.url}/v3/auth/tokens`, 'POST', request);
  const token = headers.get('x-subject-token') ?? '';
  const { status } = await send(rig.simulator.url + path, method, body, { 'x-auth-token': token });
  expect(status).toBeLessThan(300);
}

/** Whether an attempt of any step failed with these words: the history keeps the last failure before a success. */
async function historyTells(rig: RecordingRig, workflowId: string, words: string): Promise<boolean> {
  return JSON.stringify(await rig.client.workflow.getHandle(workflowId).fetchHistory()).includes(words);
}

describe.concurrent('the token', () => {
  it.for([
    ['dies after three calls', { tokenUses: 3 }],
    ['lives for two seconds', { tokenLifetimeMs: 20_000 }],
  ] as const)('%s: it is renewed in the middle of whatever is done', async ([, option], test) => {
    const rig = await startRig({ simulator: { ...option, publishDurationMs: 40_000, faults: [ALL_LOST] } }, test);
    const result = await (await rig.start({ reconcileInterval: '1 second', settleTimeout: '1 second' })).result();
    expect(result).toMatchObject({ outcome: 'recorded', fileCount: 1, warnings: [] });
    expect(rig.simulator.jobs).toHaveLength(1);
    expect(calls(rig, 'POST', /auth\/tokens/)).toBeGreaterThan(1);
  });

  it('is revoked while the recording runs: the stop is done with a new one', async (test) => {
    const rig = await startRig({ simulator: ON_AND_ON }, test);
    const recording = await rig.start();
    await runningJob(rig);
    rig.simulator.revokeTokens();
    await recording.stop();
    expect(await recording.result()).toMatchObject({
      outcome: 'recorded',
      endedBy: 'stop',
      stopReason: 'TENANT_STOP',
    });
    expect(calls(rig, 'POST', /auth\/tokens/)).toBe(2);
  });

  it('is not available at the start of the job: no job is searched for, because none was requested', async (test) => {
    const rig = await startRig({}, test);
    const recording = await rig.start({ waitForParticipant: true });
    await vi.waitFor(async () => expect((await recording.status()).phase).toBe('waitingForParticipant'), LIMIT);
    rig.simulator.revokeTokens();
    rig.simulator.addFault({ match: TOKEN, effect: { kind: 'respond', status: 503 } });
    rig.simulator.addFault({ match: TOKEN, effect: { kind: 'resetBefore' } });
    await recording.participantJoined();
    expect(await recording.result()).toMatchObject({ outcome: 'recorded', fileCount: 1 });
    expect(calls(rig, 'POST', /auth\/tokens/)).toBe(4);
    const { events } = await rig.client.workflow.getHandle(recording.workflowId).fetchHistory();
    const starts = (events ?? []).filter(
      ({ activityTaskScheduledEventAttributes: scheduled }) =>
        scheduled?.activityType?.name === 'startIndividualStreamJob',
    );
    expect(starts).toHaveLength(1);
  });

  it.for([
    ['before the job', 'POST /v2/apps', { kind: 'respond', status: 401, body: { error_code: 'APIGW.0301' } }],
    ['at the start', START, { kind: 'respond', status: 400, body: { error_code: 'RTC.00001001' } }],
  ] as const)('is rejected %s although it is new: it is tried again', async ([, match, effect], test) => {
    const rig = await startRig({ simulator: { faults: [{ match, effect, times: 3 }] } }, test);
    expect(await (await rig.start()).result()).toMatchObject({ outcome: 'recorded', fileCount: 1 });
    expect(rig.simulator.jobs).toHaveLength(1);
  });

  it('is rejected forever although IAM issues new ones: that is final', async (test) => {
    const effect: RequestEffect = { kind: 'respond', status: 401, body: { error_code: 'APIGW.0301' } };
    const rig = await startRig({ simulator: { faults: [{ match: 'GET /v2/apps', effect, times: 'always' }] } }, test);
    const failure = await failureOf(await rig.start());
    expect(failure).toMatchObject({ type: 'AuthenticationFailed' });
    // Each of five attempts asks once more with a newer token.
    expect(calls(rig, 'GET', /apps/)).toBe(10);
  });

  it('was good, but the temporary keys for the bucket are dead: others are requested', async (test) => {
    const body = '<Error><Code>InvalidAccessKeyId</Code><Message>by plan</Message></Error>';
    const effect: RequestEffect = {
      kind: 'respond',
      status: 403,
      body,
      headers: { 'content-type': 'application/xml' },
    };
    const rig = await startRig({ simulator: { faults: [{ match: LISTING, effect }] } }, test);
    expect(await (await rig.start()).result()).toMatchObject({ outcome: 'recorded', fileCount: 1 });
    expect(calls(rig, 'POST', /securitytokens/)).toBe(2);
  });
});

describe.concurrent('every call', { timeout: 240_000 }, () => {
  it.for([
    [429, 'APIGW.0308', 2],
    [500, 'RTC.00002003', 1],
    [503, 'APIGW.0202', 1],
  ] as const)('gets %d %s at first', async ([status, code, times], test) => {
    const faults = EVERY_CALL.map((match) => ({ match, effect: rejection(status, code), times }));
    const rig = await startRig({ simulator: { ...ON_AND_ON, faults } }, test);
    const recording = await rig.start();
    await runningJob(rig);
    await recording.stop();
    expect(await recording.result()).toMatchObject({
      outcome: 'recorded',
      endedBy: 'stop',
      fileCount: 1,
      warnings: [],
      files: [{ object: keysOf(rig)[0] }],
    });
    expect(rig.simulator.jobs.map((job) => job.state)).toEqual(['STOPPED']);
    expect(rig.simulator.requests.filter((request) => request.status === status)).toHaveLength(
      times * EVERY_CALL.length,
    );
  });

  it.for([[TOKEN], ['GET /v2/apps/*/record-rules'], [START], [STOP], [LISTING]])(
    'is given up by us when the vendor hangs: %s',
    async ([match = ''], test) => {
      const effect: RequestEffect = { kind: 'hang', ms: 10 * 60_000 };
      const rig = await startRig({ simulator: { ...ON_AND_ON, faults: [{ match, effect }] } }, test);
      const recording = await rig.start({ settleTimeout: '1 minute' });
      await runningJob(rig);
      await recording.stop();
      expect(await recording.result()).toMatchObject({ outcome: 'recorded', endedBy: 'stop', fileCount: 1 });
      expect(rig.simulator.jobs.map((job) => job.state)).toEqual(['STOPPED']);
      expect(await historyTells(rig, recording.workflowId, 'got no response')).toBe(true);
    },
  );

  it('is given up by us when the vendor hangs: the question', async (test) => {
    const effect: RequestEffect = { kind: 'hang', ms: 10 * 60_000 };
    const rig = await startRig({ simulator: { ...ON_AND_ON, faults: [{ match: QUESTION, effect }] } }, test);
    const recording = await rig.start({ reconcileInterval: '1 second' });
    // A retried poll leaves no trace in the history: the next request shows that the first one was given up.
    await vi.waitUntil(() => calls(rig, 'GET', /individual-stream-jobs/) > 1, { timeout: 60_000, interval: 500 });
    await recording.stop();
    expect(await recording.result()).toMatchObject({ outcome: 'recorded', endedBy: 'stop', fileCount: 1 });
  });
});

describe.concurrent('a job', () => {
  it('is denied once although it lives: it continues', async (test) => {
    const faults = [ALL_LOST, { match: QUESTION, effect: rejection(404, 'RTC.00001003') }];
    const rig = await startRig({ simulator: { publishDurationMs: 40_000, faults } }, test);
    const result = await (await rig.start({ reconcileInterval: '1 second', settleTimeout: '1 second' })).result();
    expect(result).toMatchObject({
      outcome: 'recorded',
      fileCount: 1,
      warnings: [],
      stopReason: 'EXCEED_MAX_IDLE_TIME',
    });
    expect(calls(rig, 'DELETE', /jobs/)).toBe(0);
  });

  it('is denied for good: the recording ends, and says what it does not know', async (test) => {
    const fault = { match: QUESTION, effect: rejection(404, 'RTC.00001003'), times: 'always' as const };
    const rig = await startRig({ simulator: { ...ON_AND_ON, faults: [ALL_LOST, fault] } }, test);
    const result = await (await rig.start({ reconcileInterval: '1 second', settleTimeout: '1 second' })).result();
    expect(result.endedBy).toBe('reconciliation');
    expect(result.warnings.join()).toContain(`does not know job ${result.jobId}`);
  });

  it.for<[how: string, RequestEffect, questions: number]>([
    ['as if there were none', rejection(404, 'RTC.00001003'), 1],
    ['as if it were over', rejection(400, 'RTC.00001009'), 1],
    // This one looks like a success: only a job that runs on and on shows that it was none.
    ['as if it were done', { kind: 'respond', status: 204, body: '' }, 3],
  ])('continues, the response to its stop is %s: it is stopped again', async ([, effect, questions], test) => {
    const rig = await startRig({ simulator: { ...ON_AND_ON, faults: [{ match: STOP, effect }] } }, test);
    const recording = await rig.start({ reconcileInterval: '3 seconds' });
    const jobId = await runningJob(rig);
    await recording.stop();
    expect(await recording.result()).toMatchObject({
      outcome: 'recorded',
      endedBy: 'stop',
      stopReason: 'TENANT_STOP',
    });
    const asked = rig.simulator.requests.filter(({ path }) => path.endsWith(jobId)).map(({ method }) => method);
    expect(asked.filter((method) => method === 'DELETE')).toHaveLength(2);
    // One more where a regular question happens to fall between.
    expect([questions, questions + 1]).toContain(asked.lastIndexOf('DELETE') - asked.indexOf('DELETE') - 1);
  });

  it('is not found by its stops and a poll although it runs: a cancelled recording stops it', async (test) => {
    const unknown = rejection(404, 'RTC.00001003');
    const faults = [
      { match: STOP, effect: unknown, times: 2 },
      { match: QUESTION, effect: unknown, times: 1 },
    ];
    const rig = await startRig({ simulator: { ...ON_AND_ON, faults } }, test);
    const recording = await rig.start();
    await runningJob(rig);
    await rig.client.workflow.getHandle(recording.workflowId).cancel();
    await expect(recording.result()).rejects.toThrow();
    expect(rig.simulator.jobs).toMatchObject([{ state: 'STOPPED', stop_reason: 'TENANT_STOP' }]);
  });

  it('cannot be stopped at all: after five stops it is left to its idle limit', async (test) => {
    const fault = { match: STOP, effect: rejection(404, 'RTC.00001003'), times: 'always' as const };
    const rig = await startRig({ simulator: { ...ON_AND_ON, faults: [fault] } }, test);
    const recording = await rig.start();
    await runningJob(rig);
    await rig.client.workflow.getHandle(recording.workflowId).cancel();
    await expect(recording.result()).rejects.toThrow();
    expect(calls(rig, 'DELETE', /jobs/)).toBe(5);
  });

  it('cannot be stopped yet: the stop is tried again', async (test) => {
    const rig = await startRig({ simulator: { ...ON_AND_ON, initDelayMs: HOUR } }, test);
    const recording = await rig.start();
    await vi.waitFor(() => expect(rig.simulator.jobs).toHaveLength(1), LIMIT);
    await recording.stop();
    const rejectedStops = () =>
      rig.simulator.requests.filter(({ method, status }) => method === 'DELETE' && status === 400);
    await vi.waitFor(() => expect(rejectedStops()).not.toEqual([]), LIMIT);
    rig.simulator.initialiseJob(String(rig.simulator.jobs[0]?.job_id));
    const result = await recording.result();
    expect(result).toMatchObject({ endedBy: 'stop', stopReason: 'TENANT_STOP' });
  });

  it('ends with INTERNAL_ERROR, and is denied when it is asked why: the recording is partial', async (test) => {
    const faults = [{ match: QUESTION, effect: rejection(404, 'RTC.00001003') }];
    const rig = await startRig({ simulator: { internalErrorAfterMs: 50_000, publishDurationMs: HOUR, faults } }, test);
    const input = { settleTimeout: '12 seconds', reconcileInterval: '1 minute', resumeAfterError: false } as const;
    const result = await (await rig.start(input)).result();
    expect(result).toMatchObject({ outcome: 'partial', stopReason: 'INTERNAL_ERROR' });
  });

  it('ends with INTERNAL_ERROR, and no one tells: the recording is partial, whatever was recorded', async (test) => {
    const simulator = { timeScale: 60, ...ON_AND_ON, internalErrorAfterMs: 150_000, faults: [ALL_LOST] };
    const rig = await startRig({ simulator }, test);
    const recording = await rig.start({
      ...ruleWith({ mp4Config: { recordCycle: 60 } }),
      reconcileInterval: '1 second',
      settleTimeout: '1 second',
      resumeAfterError: false,
    });
    expect(await recording.result()).toMatchObject({
      outcome: 'partial',
      endedBy: 'reconciliation',
      stopReason: 'INTERNAL_ERROR',
      fileCount: 2,
    });
  });
});

describe.concurrent('between two recordings', () => {
  it('the template is deleted: it is created again', async (test) => {
    const rig = await startRig({}, test);
    const first = await (await rig.start()).result();
    rig.simulator.removeRule(String(first.appId), String(first.ruleId));
    const second = await (await rig.start()).result();
    expect(second).toMatchObject({ outcome: 'recorded', fileCount: 1, appId: first.appId });
    expect(second.ruleId).not.toBe(first.ruleId);
    expect(rig.simulator.jobs).toHaveLength(2);
  });

  it('someone points the template elsewhere: the files are found where they are announced', async (test) => {
    const rig = await startRig({ simulator: { buckets: [{ name: 'obsName' }, { name: 'elsewhere' }] } }, test);
    const { appId } = await (await rig.start()).result();
    await byHand(rig, 'POST', `/v2/apps/${appId}/record-rules`, {
      obs_addr: { bucket: 'elsewhere', location: 'cn-north-4', object: 'Hand/', project_id: '0'.repeat(32) },
      record_formats: ['MP4'],
      mp4_config: {},
    });
    const result = await (await rig.start()).result();
    expect(result).toMatchObject({
      outcome: 'recorded',
      files: [{ bucket: 'elsewhere', object: keysOf(rig, 'elsewhere')[0], duration: 10 }],
      fileCount: 1,
    });
  });

  it('someone takes the callback away: the recording ends by asking', async (test) => {
    const rig = await startRig({ simulator: { probe: 'none' } }, test);
    const { appId } = await (await rig.start()).result();
    await byHand(rig, 'PUT', `/v2/apps/${appId}/record-callback`, { url: 'http://127.0.0.1:9/hand' });
    const result = await (await rig.start({ reconcileInterval: '1 second', settleTimeout: '1 second' })).result();
    expect(result).toMatchObject({ outcome: 'recorded', endedBy: 'reconciliation', fileCount: 1 });
  });

  it.for([['DEACTIVATION'], ['ARREARS']] as const)(
    'the application goes to %s: that is said',
    async ([state], test) => {
      const rig = await startRig({}, test);
      const { appId } = await (await rig.start()).result();
      rig.simulator.setAppState(String(appId), state);
      const failure = await failureOf(await rig.start());
      expect(failure.type).toBe('JobRejected');
      expect(failure.message).toContain('RTC.00001016');
      expect(rig.simulator.jobs).toHaveLength(1);
    },
  );

  it.for([
    ['', []],
    [', and no callback comes', [ALL_LOST]],
  ] as const)(
    'the template changes, but reaches only later streams%s: the old place is looked at too',
    async ([, faults], test) => {
      const rig = await startRig({ simulator: { ruleDelayMs: HOUR } }, test);
      await (await rig.start()).result();
      const [first = ''] = keysOf(rig);
      for (const fault of faults) rig.simulator.addFault(fault);
      const obsAddr = { bucket: 'obsName', location: 'cn-north-4', object: 'Other/', projectId: '0'.repeat(32) };
      const input = { ...ruleWith({ obsAddr }), reconcileInterval: '1 second', settleTimeout: '1 second' };
      const result = await (await rig.start(input)).result();
      expect(result.files.map(({ object }) => object)).toEqual(keysOf(rig).filter((key) => key !== first));
      expect(result).toMatchObject({ outcome: 'recorded', fileCount: 1 });
      expect(result.files[0]?.object).toMatch(/^Record\//);
      expect(result.warnings.join()).toContain('was replaced');
    },
  );

  it.for([
    ['breaks off', { kind: 'resetAfter' }],
    ['comes too late', { kind: 'delayAfter', ms: 20_000 }],
  ] as [string, RequestEffect][])(
    'the template changes and the response %s: the next try still knows the old place',
    async ([, effect], test) => {
      const rig = await startRig({ simulator: { ruleDelayMs: HOUR } }, test);
      await (await rig.start()).result();
      rig.simulator.addFault({ match: 'POST /v2/apps/*/record-rules', effect });
      rig.simulator.addFault(ALL_LOST);
      const obsAddr = { bucket: 'obsName', location: 'cn-north-4', object: 'Other/', projectId: '0'.repeat(32) };
      const input = { ...ruleWith({ obsAddr }), reconcileInterval: '1 second', settleTimeout: '1 second' };
      const result = await (await rig.start(input)).result();
      expect(result).toMatchObject({ outcome: 'recorded', fileCount: 1 });
      expect(result.files[0]?.object).toMatch(/^Record\//);
      expect(result.warnings.join()).toContain('was replaced');
      expect(calls(rig, 'POST', /record-rules/)).toBe(2);
    },
  );
});

describe.concurrent('the bucket', () => {
  const quick = { reconcileInterval: '1 second', settleTimeout: '1 second' };

  it('has unknown variables: files that were not announced are found nevertheless', async (test) => {
    const rig = await startRig({ simulator: { faults: [ALL_LOST] } }, test);
    const recordPrefix = 'by-{continent}/{publish_domain}_{moon}/x{planet}/{stream}-{epoch}/{star}';
    await (await rig.start({ ...ruleWith({ mp4Config: { recordPrefix } }), ...quick, userId: 'user002' })).result();
    const others = keysOf(rig);
    const result = await (await rig.start({ ...ruleWith({ mp4Config: { recordPrefix } }), ...quick })).result();
    expect(result).toMatchObject({ outcome: 'recorded', fileCount: 1, warnings: [] });
    expect(result.files.map(({ object }) => object)).toEqual(keysOf(rig).filter((key) => !others.includes(key)));
  });

  it('shows the files minutes after the end, and no callback has announced them', async (test) => {
    const simulator = { timeScale: 60, publishDurationMs: 60_000, listDelayMs: 4 * 60_000, faults: [ALL_LOST] };
    const rig = await startRig({ simulator }, test);
    const result = await (await rig.start({ reconcileInterval: '1 second', settleTimeout: '12 seconds' })).result();
    expect(result).toMatchObject({ outcome: 'recorded', fileCount: 1 });
  });

  it('is gone before the start: the recording is partial and says so', async (test) => {
    const rig = await startRig({ simulator: { buckets: [] } }, test);
    const result = await (await rig.start({ settleTimeout: '1 second' })).result();
    expect(result).toMatchObject({ outcome: 'partial', files: [] });
    expect(result.warnings.join()).toContain('does not exist');
  });

  it('goes between the end and the listing: what is missing is named', async (test) => {
    const rig = await startRig({ simulator: { listDelayMs: 24 * HOUR } }, test);
    const recording = await rig.start();
    await vi.waitFor(async () => expect((await recording.status()).phase).toBe('settling'), LIMIT);
    const [object] = keysOf(rig);
    rig.simulator.removeBucket('obsName');
    const result = await recording.result();
    expect(result).toMatchObject({ outcome: 'partial', files: [], fileCount: 0 });
    expect(result.warnings).toContain(`Announced, but not in the bucket: obsName/${object}`);
    expect(result.warnings.join()).toContain('does not exist');
  });
});

describe.concurrent('the vendor’s clock', () => {
  it.for([
    ['3 hours ahead', 3],
    ['3 hours behind', -3],
    ['26 hours behind', -26],
  ] as const)('is %s', async ([, hours], test) => {
    const simulator = {
      // Ownership is decided by the job's age, so that this runs in real time.
      timeScale: 1,
      publishDurationMs: 3_000,
      clockSkewMs: hours * HOUR,
      faults: [{ match: START, effect: { kind: 'resetAfter' as const } }],
    };
    const rig = await startRig({ simulator }, test);
    const result = await (await rig.start()).result();
    expect(result).toMatchObject({ outcome: 'recorded', endedBy: 'callback', fileCount: 1, warnings: [] });
    expect(rig.simulator.jobs.map((job) => job.job_id)).toEqual([result.jobId]);
    expect(calls(rig, 'POST', /auth\/tokens/)).toBe(1);
    expect(calls(rig, 'POST', /securitytokens/)).toBe(1);
  });
});
