import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { describe, expect, inject, it, vi } from 'vitest';
import { freePort } from '../../support/freePort.js';
import { startChild, type Environment } from '../../support/child.js';

const PASSWORD = 'canary-password-8f2c';
const AUTH_KEY = 'canary-auth-key-0123456789abcdef01234567';

const WORKER: Environment = {
  HW_USER_NAME: 'username',
  HW_USER_PASSWORD: PASSWORD,
  HW_DOMAIN_NAME: 'domainname',
  CALLBACK_URL: 'http://127.0.0.1:8080/callback',
  CALLBACK_AUTH_KEY: AUTH_KEY,
};

async function run(file: string, environment: Environment) {
  const child = startChild(file, environment);
  const { code } = await child.ended;
  return { code, stdout: child.stdout(), stderr: child.stderr() };
}

describe.concurrent('a start that cannot be', () => {
  it('worker: one message names all that is wrong', async () => {
    const environment = {
      HW_USER_PASSWORD: PASSWORD,
      HW_ACCESS_KEY: 'canary-access-key',
      IAM_ENDPOINT: `https://user:${PASSWORD}@iam`,
      OBS_PATH_STYLE: 'perhaps',
      WORKFLOW_STACK_TRACES: 'perhaps',
      CALLBACK_AUTH_KEY: 'canary-short',
      LOG_LEVEL: 'loud',
      TEMPORAL_ADDRESS: 'http://localhost:7233',
    };
    const { code, stdout, stderr } = await run('worker.js', environment);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr.trimEnd().split('\n')).toEqual([
      'The worker cannot start; fix its environment:',
      '  - LOG_LEVEL must be trace, debug, info, warn or error',
      '  - IAM_ENDPOINT must contain neither a user name nor a query',
      '  - OBS_PATH_STYLE must be true or false',
      '  - CALLBACK_URL is missing',
      '  - CALLBACK_AUTH_KEY must have 32 to 64 characters',
      '  - WORKFLOW_STACK_TRACES must be true or false',
      '  - HW_ACCESS_KEY and HW_SECRET_KEY belong together: set both or neither',
      '  - HW_USER_NAME is missing',
      '  - HW_DOMAIN_NAME is missing',
      '  - TEMPORAL_ADDRESS must be host:port, such as localhost:7233',
    ]);
  });

  it('worker: the namespace is not there, and it says what to do', async () => {
    const environment = { ...WORKER, TEMPORAL_ADDRESS: inject('temporalAddress'), TEMPORAL_NAMESPACE: 'nowhere' };
    const { code, stderr } = await run('worker.js', environment);
    expect(code).toBe(1);
    expect(stderr.trimEnd()).toBe(
      'The worker cannot start: Temporal has no namespace "nowhere": set TEMPORAL_NAMESPACE to one that it has, or create it ' +
        '(temporal operator namespace create --namespace nowhere).',
    );
  });

  it('receiver: the namespace is not there: it lives on, and says what to do once', async (test) => {
    const receiver = startChild('receiver.js', {
      CALLBACK_AUTH_KEY: AUTH_KEY,
      RECEIVER_HOST: '127.0.0.1',
      RECEIVER_PORT: String(await freePort()),
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      TEMPORAL_NAMESPACE: 'nowhere',
    });
    test.onTestFinished(async () => {
      receiver.kill('SIGTERM');
      await receiver.ended;
    });
    const reports = () => receiver.stdout().match(/cannot deliver callbacks: Temporal has no namespace .{2}nowhere/g);
    await vi.waitFor(() => expect(reports()).toHaveLength(1), { timeout: 60_000 });
  });

  it('receiver: one message names all that is wrong', async () => {
    const { code, stdout, stderr } = await run('receiver.js', {
      CALLBACK_AUTH_KEY: 'canary-short',
      CALLBACK_AUTH_KEY_PREVIOUS: AUTH_KEY.repeat(3),
      RECEIVER_PORT: '70000',
      LOG_LEVEL: 'loud',
    });
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr.trimEnd().split('\n')).toEqual([
      'The receiver cannot start; fix its environment:',
      '  - LOG_LEVEL must be trace, debug, info, warn or error',
      '  - CALLBACK_AUTH_KEY must have 32 to 64 characters',
      '  - CALLBACK_AUTH_KEY_PREVIOUS must have 32 to 64 characters',
      '  - RECEIVER_PORT must be a port number',
    ]);
  });

  it('worker without glibc, as on Alpine: one line', async () => {
    const asOnAlpine = 'data:text/javascript,process.report.getReport=()=>({header:{}})';
    const { code, stderr } = await run('worker.js', { ...WORKER, NODE_OPTIONS: `--import=${asOnAlpine}` });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^The worker cannot run here: Temporal's SDK needs glibc, .*\n$/);
  });

  it("worker on a platform that Temporal's SDK has no native part for: one line", async () => {
    const asOnRiscV = `data:text/javascript,Object.defineProperty(process,'arch',{value:'riscv64'})`;
    const { code, stderr } = await run('worker.js', { ...WORKER, NODE_OPTIONS: `--import=${asOnRiscV}` });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^The worker cannot run here: Temporal's SDK has no native part for \w+-riscv64, .*\n$/);
  });

  it('worker without Temporal: one line', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const { code, stdout, stderr } = await run('worker.js', { ...WORKER, TEMPORAL_ADDRESS: address });
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^The worker cannot connect to Temporal at .*\n$/);
    expect(stderr).toContain(`TEMPORAL_ADDRESS ${address}`);
    expect(stderr).not.toMatch(/canary|^\s+at /m);
  });

  it.each(['127.0.0.1', 'localhost'])('worker with a metrics port of %s that is taken: one line', async (host) => {
    const taken = createServer().listen(0, host);
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { code, stderr } = await run('worker.js', { ...WORKER, WORKER_METRICS_ADDRESS: `${host}:${port}` });
    taken.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^The worker cannot serve metrics at WORKER_METRICS_ADDRESS \S+:\d+: .*in use.*\n$/);
  });

  it('receiver at a port that is taken: one line', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { code, stderr } = await run('receiver.js', {
      CALLBACK_AUTH_KEY: AUTH_KEY,
      RECEIVER_HOST: '127.0.0.1',
      RECEIVER_PORT: String(port),
    });
    taken.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^The receiver cannot listen at RECEIVER_HOST 127\.0\.0\.1, RECEIVER_PORT \d+: .*\n$/);
  });
});
