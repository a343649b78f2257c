import { expect, it } from 'vitest';
import { freePort } from '../../support/freePort.js';
import { AUTH_KEY, PASSWORD, startRig, type RecordingRig } from '../../support/recordingRig.js';
import type { Environment } from '../../support/child.js';
import { cli, ofRig } from './cli.js';

interface Report {
  ok: boolean;
  checks: { name: string; status: string; detail: string; fix?: string }[];
}

/** What a worker of this rig would have. */
function ofWorker(rig: RecordingRig): Environment {
  const { url } = rig.simulator;
  return {
    ...ofRig(rig),
    ...{ HW_USER_NAME: 'username', HW_USER_PASSWORD: PASSWORD, HW_DOMAIN_NAME: 'domainname' },
    ...{ IAM_ENDPOINT: url, SPARKRTC_ENDPOINT: url, OBS_ENDPOINT: url, OBS_PATH_STYLE: 'true' },
    ...{ CALLBACK_URL: rig.callbackUrl.replace(/\/[^/]+$/, ''), CALLBACK_AUTH_KEY: AUTH_KEY },
  };
}

async function examine(environment: Environment, ...options: string[]) {
  const { code, stdout, stderr } = await cli(['doctor', '--json', ...options], { environment });
  expect(stderr).toBe('');
  expect(stdout).not.toContain('canary');
  const { ok, checks } = JSON.parse(stdout) as Report;
  expect(code).toBe(ok ? 0 : 1);
  for (const { status, fix } of checks) if (status === 'fail') expect(fix).toBeTruthy();
  const statuses = Object.fromEntries(checks.map(({ name, status }) => [name, status]));
  return { ok, statuses, checks: Object.fromEntries(checks.map((check) => [check.name, check])) };
}

it('passes where all is well, and changes nothing', async () => {
  const rig = await startRig();
  const before = rig.simulator.requests.length;
  const { ok, statuses } = await examine(ofWorker(rig), '--bucket', 'obsName');
  expect(statuses).toEqual({
    environment: 'pass',
    credentials: 'pass',
    bucket: 'pass',
    application: 'skip',
    clock: 'pass',
    // Not encrypted: acceptable on loopback, a warning elsewhere.
    'callback URL': 'warn',
    receiver: 'pass',
    'callback key': 'pass',
    'reading files': 'pass',
    Temporal: 'pass',
    namespace: 'pass',
    'search attributes': 'pass',
    worker: 'pass',
    'worker, job calls': 'pass',
  });
  expect(ok).toBe(true);
  const calls = rig.simulator.requests.slice(before).map(({ method, path }) => `${method} ${path}`);
  expect(calls.sort()).toEqual([
    'GET /obsName/sparkrtc-recorder-doctor',
    'GET /v2/rtc-ops/buckets',
    'GET /v3',
    'POST /v3.0/OS-CREDENTIAL/securitytokens',
    ...['POST /v3/auth/tokens', 'POST /v3/auth/tokens'],
  ]);

  const { code, stdout } = await cli(['doctor'], { environment: ofWorker(rig) });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^✓ credentials +IAM issues a token$/m);
  expect(stdout).toMatch(/^- bucket +give --bucket to check one$/m);
  expect(stdout).toMatch(/\nAll checks passed\.\n$/);
  expect(stdout).not.toContain('canary');
});

it('says of each failed check how to fix it', async () => {
  const rig = await startRig({
    receiver: false,
    simulator: { buckets: [{ name: 'obsName', authorized: false }], clockSkewMs: 300_000 },
  });
  const environment = {
    ...ofWorker(rig),
    TEMPORAL_TASK_QUEUE: 'no-worker-here',
    CALLBACK_AUTH_KEY: 'canary-too-short',
  };
  const { statuses, checks } = await examine(environment, '--bucket', 'obsName');
  expect(statuses).toMatchObject({
    ...{ environment: 'fail', credentials: 'pass', bucket: 'fail', clock: 'fail' },
    ...{ receiver: 'fail', 'callback key': 'fail', worker: 'fail', 'worker, job calls': 'fail' },
    ...{ Temporal: 'pass', namespace: 'pass' },
  });
  expect(checks['clock']?.detail).toMatch(/^is (299|300|301) s behind the vendor's$/);
  expect(checks['callback key']?.detail).toContain('32 to 64 characters');
  expect(checks['bucket']?.fix).toContain('in its console');
  expect(checks['worker, job calls']?.detail).toBe('none on task queue no-worker-here-jobs');

  const wrong = await examine({ ...environment, HW_USER_PASSWORD: 'canary-wrong' });
  expect(wrong.statuses).toMatchObject({ credentials: 'fail', bucket: 'skip' });
  expect(wrong.checks['credentials']?.fix).toContain('locks the account');
});

it('checks what can be checked where parts are missing', async () => {
  const rig = await startRig();
  const { statuses, ok } = await examine({ IAM_ENDPOINT: rig.simulator.url, TEMPORAL_NAMESPACE: 'nowhere' });
  expect(ok).toBe(false);
  expect(statuses).toEqual({
    ...{ environment: 'fail', credentials: 'fail', bucket: 'skip', application: 'skip', clock: 'pass' },
    'reading files': 'skip',
    ...{ 'callback URL': 'fail', receiver: 'skip', 'callback key': 'fail' },
    ...{ Temporal: 'pass', namespace: 'fail', 'search attributes': 'skip' },
    ...{ worker: 'skip', 'worker, job calls': 'skip' },
  });

  const away = { ...ofWorker(rig), TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}` };
  const report = await examine(away);
  expect(report.statuses).toMatchObject({ credentials: 'pass', Temporal: 'fail', namespace: 'skip' });
});

it('checks keys, an application and the name of a bucket', async () => {
  const key = { accessKey: 'DOCTORTESTKEY0000001', secretKey: 'canary-secret-key-of-the-doctor' };
  const rig = await startRig({ simulator: { accessKeys: [key], autoRecordMode: 'AUTO_INDIVIDUAL_RECORD' } });
  await (await rig.start()).result();
  const keys = { HW_ACCESS_KEY: key.accessKey, HW_SECRET_KEY: key.secretKey, HW_PROJECT_ID: '0'.repeat(32) };
  const withoutUser = { HW_USER_NAME: '', HW_USER_PASSWORD: '', HW_DOMAIN_NAME: '' };
  const environment = { ...ofWorker(rig), ...withoutUser, ...keys, OBS_PATH_STYLE: 'false' };
  const { checks } = await examine(environment, '--app', rig.appName, '--bucket', 'obsName');
  expect(checks).toMatchObject({
    credentials: { status: 'pass', detail: 'SparkRTC accepts the signature of the access key' },
    bucket: { status: 'warn', detail: expect.stringContaining('path style') as string },
    application: { status: 'pass' },
    'callback events': { status: 'pass', detail: expect.stringContaining('CLOUD_RECORD_OVER') as string },
    'automatic recording': { status: 'warn' },
  });

  rig.simulator.setAppState(rig.simulator.apps[0]?.appId ?? '', 'ARREARS');
  const wrong = await examine({ ...environment, HW_SECRET_KEY: 'canary-wrong' }, '--app', rig.appName);
  expect(wrong.checks['credentials']?.fix).toContain('blocks the key');
  const { statuses } = await examine(environment, '--app', rig.appName);
  expect(statuses).toMatchObject({ application: 'fail' });
});
