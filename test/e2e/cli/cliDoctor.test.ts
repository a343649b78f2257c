import { expect, it } from 'vitest';
import { freePort } from '../../support/freePort.js';
import { AUTH_KEY, PASSWORD, startRig, type RecordingRig } from '../../support/recordingRig.js';
import type { Environment } from '../../support/child.js';
import { cli, ofRig } from './cli.js';

interface Report {
  ok: boolean;
  checks: { name: string; state: string; detail: string; mend?: string }[];
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
  for (const { state, mend } of checks) if (state === 'crossed') expect(mend).toBeTruthy();
  const states = Object.fromEntries(checks.map(({ name, state }) => [name, state]));
  return { ok, states, checks: Object.fromEntries(checks.map((check) => [check.name, check])) };
}

it('crosses nothing where all is well, and changes nothing', async () => {
  const rig = await startRig();
  const before = rig.simulator.requests.length;
  const { ok, states } = await examine(ofWorker(rig), '--bucket', 'obsName');
  expect(states).toEqual({
    environment: 'ticked',
    credentials: 'ticked',
    bucket: 'ticked',
    clock: 'ticked',
    // Not encrypted: all right on loopback, and worth a look elsewhere.
    'callback URL': 'doubtful',
    receiver: 'ticked',
    'callback key': 'ticked',
    Temporal: 'ticked',
    namespace: 'ticked',
    'search attributes': 'ticked',
    worker: 'ticked',
    'worker, job calls': 'ticked',
  });
  expect(ok).toBe(true);
  const calls = rig.simulator.requests.slice(before).map(({ method, path }) => `${method} ${path}`);
  expect(calls.sort()).toEqual(['GET /v2/rtc-ops/buckets', 'GET /v3', 'POST /v3/auth/tokens']);

  const { code, stdout } = await cli(['doctor'], { environment: ofWorker(rig) });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^✓ credentials +IAM gives a token$/m);
  expect(stdout).toMatch(/^- bucket +give --bucket to have it looked at$/m);
  expect(stdout).toMatch(/\nNothing is crossed\.\n$/);
  expect(stdout).not.toContain('canary');
});

it('says of each thing that is wrong how to mend it', async () => {
  const rig = await startRig({
    receiver: false,
    simulator: { buckets: [{ name: 'obsName', authorized: false }], clockSkewMs: 300_000 },
  });
  const environment = {
    ...ofWorker(rig),
    TEMPORAL_TASK_QUEUE: 'nobody-is-here',
    CALLBACK_AUTH_KEY: 'canary-too-short',
  };
  const { states, checks } = await examine(environment, '--bucket', 'obsName');
  expect(states).toMatchObject({
    ...{ environment: 'crossed', credentials: 'ticked', bucket: 'crossed', clock: 'crossed' },
    ...{ receiver: 'crossed', 'callback key': 'crossed', worker: 'crossed', 'worker, job calls': 'crossed' },
    ...{ Temporal: 'ticked', namespace: 'ticked' },
  });
  expect(checks['clock']?.detail).toMatch(/^is (299|300|301) s behind the vendor's$/);
  expect(checks['callback key']?.detail).toContain('32 to 64 characters');
  expect(checks['bucket']?.mend).toContain('in its console');
  expect(checks['worker, job calls']?.detail).toBe('none on task queue nobody-is-here-jobs');

  const wrong = await examine({ ...environment, HW_USER_PASSWORD: 'canary-wrong' });
  expect(wrong.states).toMatchObject({ credentials: 'crossed', bucket: 'skipped' });
  expect(wrong.checks['credentials']?.mend).toContain('locks the account');
});

it('looks at what can be looked at where parts are missing', async () => {
  const rig = await startRig();
  const { states, ok } = await examine({ IAM_ENDPOINT: rig.simulator.url, TEMPORAL_NAMESPACE: 'nowhere' });
  expect(ok).toBe(false);
  expect(states).toEqual({
    ...{ environment: 'crossed', credentials: 'crossed', bucket: 'skipped', clock: 'ticked' },
    ...{ 'callback URL': 'crossed', receiver: 'skipped', 'callback key': 'crossed' },
    ...{ Temporal: 'ticked', namespace: 'crossed', 'search attributes': 'skipped' },
    ...{ worker: 'skipped', 'worker, job calls': 'skipped' },
  });

  const away = { ...ofWorker(rig), TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}` };
  const answer = await examine(away);
  expect(answer.states).toMatchObject({ credentials: 'ticked', Temporal: 'crossed', namespace: 'skipped' });
});
