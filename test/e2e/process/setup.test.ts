import { Connection } from '@temporalio/client';
import { expect, inject, it, onTestFinished, vi } from 'vitest';
import { Simulator } from '../../../simulator/simulator.js';
import { bareNamespace } from '../../support/bareNamespace.js';
import { startChild, type Environment } from '../../support/child.js';
import { AUTH_KEY, PASSWORD } from '../../support/deployment.js';
import { seedInput } from '../../support/given.js';

/** The environment of a process in a namespace that has nothing of ours. */
async function bareEnvironment(): Promise<Environment> {
  const { address, namespace } = await bareNamespace();
  return { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace };
}

async function setUp(environment: Environment) {
  const child = startChild('setup.js', environment);
  const { code } = await child.ended;
  return { code, stdout: child.stdout(), stderr: child.stderr() };
}

it('makes a namespace ready once; a worker that comes before that says what is missing, once', async () => {
  const environment = await bareEnvironment();
  const worker = startChild('worker.js', {
    ...environment,
    HW_USER_NAME: 'username',
    HW_USER_PASSWORD: PASSWORD,
    HW_DOMAIN_NAME: 'domainname',
    CALLBACK_URL: 'http://127.0.0.1:8080/callback',
    CALLBACK_AUTH_KEY: AUTH_KEY,
  });
  onTestFinished(async () => {
    worker.kill('SIGKILL');
    await worker.ended;
  });
  await vi.waitFor(() => expect(worker.stdout()).toContain('the worker is ready'), { timeout: 30_000 });
  const warnings = worker.stdout().match(/.*npm run setup:namespace.*/g) ?? [];
  expect(warnings).toHaveLength(1);
  expect(JSON.parse(warnings[0] ?? '')).toMatchObject({ level: 'warn', namespace: environment['TEMPORAL_NAMESPACE'] });

  const first = await setUp(environment);
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout).toContain('registered the search attributes RecordingApp, RecordingRoom, RecordingUser');
  const second = await setUp(environment);
  expect(second).toMatchObject({ code: 0, stderr: '' });
  expect(second.stdout).toContain('all search attributes of recordings are registered already');
});

it('goes without the search attributes where others have taken their room, and names the limit', async () => {
  const environment = await bareEnvironment();
  const connection = await Connection.connect({ address: environment['TEMPORAL_ADDRESS']! });
  onTestFinished(() => connection.close());
  const others = ['One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven'].map((name) => [`Other${name}`, 2]);
  await connection.operatorService.addSearchAttributes({
    namespace: environment['TEMPORAL_NAMESPACE']!,
    searchAttributes: Object.fromEntries(others) as Record<string, number>,
  });
  const { code, stdout, stderr } = await setUp(environment);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/has 7 search attributes of type Keyword; recordings need 6 more .* the limit is 10/);

  const doctor = startChild('cli.js', environment, ['doctor', '--json']);
  await doctor.ended;
  const { checks } = JSON.parse(doctor.stdout()) as { checks: { name: string }[] };
  expect(checks.find(({ name }) => name === 'search attributes')).toMatchObject({ status: 'warn' });

  const start = startChild('cli.js', environment, ['start', '--input', '-'], JSON.stringify(seedInput));
  expect(await start.ended).toMatchObject({ code: 0 });
  expect(start.stdout()).toContain('where the namespace has room for six more of type Keyword');
});

it('says what is wrong with a namespace that is not there', async () => {
  const environment = { TEMPORAL_ADDRESS: inject('temporalAddress'), TEMPORAL_NAMESPACE: 'nowhere' };
  const { code, stdout, stderr } = await setUp(environment);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain('namespace nowhere could not be registered');
  expect(stderr).toContain('TEMPORAL_NAMESPACE');
  expect(stderr).not.toContain('    at ');
});

it('authorizes a bucket', async () => {
  const simulator = await Simulator.start({ password: PASSWORD, buckets: [{ name: 'obsName', authorized: false }] });
  onTestFinished(() => simulator.stop());
  const environment = {
    ...{ HW_USER_NAME: 'username', HW_USER_PASSWORD: PASSWORD, HW_DOMAIN_NAME: 'domainname' },
    ...{ IAM_ENDPOINT: simulator.url, SPARKRTC_ENDPOINT: simulator.url },
  };
  const authorize = async (...args: string[]) => {
    const child = startChild('setup.js', environment, args);
    return { code: (await child.ended).code, output: child.stdout() + child.stderr() };
  };
  expect(await authorize('--authorize-bucket', 'obsName')).toEqual({
    code: 0,
    output: 'SparkRTC may write to bucket obsName in cn-north-4.\n',
  });
  const unknown = await authorize('--authorize-bucket', 'other');
  expect(unknown.code).not.toBe(0);
  expect(unknown.output).toMatch(/^Bucket other in cn-north-4 could not be authorized: .* 404 /);
  expect((await authorize('--authorise-bucket', 'obsName')).output).toContain('Usage: setup');
});
