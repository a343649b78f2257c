import { describe, expect, inject, it, vi, type TestContext } from 'vitest';
import { startConnectProxy } from '../../support/connectProxy.js';
import { startChild, type Environment } from '../../support/child.js';
import { freePort } from '../../support/freePort.js';
import { startTlsFront } from './tlsFront.js';

const API_KEY = 'canary-api-key-51d0';
const KEY = { CALLBACK_AUTH_KEY: '0123456789abcdef0123456789abcdef' };
const WORKER: Environment = {
  ...KEY,
  HW_USER_NAME: 'username',
  HW_USER_PASSWORD: 'password',
  HW_DOMAIN_NAME: 'domainname',
  CALLBACK_URL: 'http://127.0.0.1:8080/callback',
};

type Test = Pick<TestContext, 'onTestFinished'>;

/** Temporal with TLS under a private authority. The API key has the line break of a file. */
async function behindTls(test: Test) {
  const front = await startTlsFront(test, inject('temporalAddress'), { apiKey: API_KEY });
  const environment = {
    TEMPORAL_ADDRESS: front.address,
    TEMPORAL_API_KEY: `${API_KEY}\n`,
    NODE_EXTRA_CA_CERTS: front.serverCa,
  };
  return { front, environment };
}

async function startProxy(test: Test, respond?: number) {
  const proxy = await startConnectProxy(respond);
  test.onTestFinished(() => proxy.close());
  return proxy;
}

/** Each process with this environment; resolves when it has reached Temporal. */
const PROCESSES: [string, (test: Test, environment: Environment) => Promise<void>][] = [
  [
    'worker',
    async (test, environment) => {
      const worker = startChild('worker.js', { ...WORKER, ...environment, TEMPORAL_TASK_QUEUE: 'network-test' });
      test.onTestFinished(async () => {
        worker.kill('SIGTERM');
        await worker.ended;
      });
      await worker.says('the worker is ready');
    },
  ],
  [
    'receiver',
    async (test, environment) => {
      const port = await freePort();
      const receiver = startChild('receiver.js', { ...KEY, ...environment, RECEIVER_PORT: String(port) });
      test.onTestFinished(async () => {
        receiver.kill('SIGTERM');
        await receiver.ended;
      });
      await vi.waitFor(async () => expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200), 60_000);
    },
  ],
  ['setup', (_test, environment) => succeeds('setup.js', environment)],
  ['command line', (_test, environment) => succeeds('cli.js', environment, ['list', '--room', 'none'])],
];

async function succeeds(file: string, environment: Environment, parameters: string[] = []) {
  const child = startChild(file, environment, parameters);
  const { code } = await child.ended;
  expect({ code, stderr: child.stderr() }).toEqual({ code: 0, stderr: '' });
}

describe.each(PROCESSES)('%s', (_name, reachesTemporal) => {
  it('goes through the proxy of HTTPS_PROXY, and trusts the authority of NODE_EXTRA_CA_CERTS', async (test) => {
    const { front, environment } = await behindTls(test);
    const proxy = await startProxy(test);
    // The names of gRPC's own rule, which would lead nowhere.
    const others = { http_proxy: 'http://127.0.0.1:9', grpc_proxy: 'http://127.0.0.1:9', no_grpc_proxy: '*' };
    await reachesTemporal(test, { ...environment, ...others, HTTPS_PROXY: proxy.url });
    expect(front.calls()).toBeGreaterThan(0);
    expect(new Set(proxy.targets)).toEqual(new Set([front.address]));
  });

  it('goes past the proxy for NO_PROXY, and trusts the authority of SSL_CERT_FILE', async (test) => {
    const { front, environment } = await behindTls(test);
    const proxy = await startProxy(test, 407);
    const { NODE_EXTRA_CA_CERTS: SSL_CERT_FILE, ...others } = environment;
    await reachesTemporal(test, { ...others, SSL_CERT_FILE, https_proxy: proxy.url, NO_PROXY: 'localhost' });
    expect(front.calls()).toBeGreaterThan(0);
    expect(proxy.targets).toEqual([]);
  });

  it('goes through the proxy without TLS too', async (test) => {
    const proxy = await startProxy(test);
    await reachesTemporal(test, { TEMPORAL_ADDRESS: inject('temporalAddress'), https_proxy: proxy.url });
    expect(proxy.targets.length).toBeGreaterThan(0);
  });
});

it('a proxy that rejects is named by worker and doctor', async (test) => {
  const { environment } = await behindTls(test);
  const proxy = await startProxy(test, 407);
  const { host } = new URL(proxy.url);
  const withPassword = { ...environment, HTTPS_PROXY: proxy.url.replace('//', '//user:canary-proxy@') };
  for (const [file, ...parameters] of [['worker.js'], ['cli.js', 'doctor', '--json']] as const) {
    const child = startChild(file, { ...WORKER, ...withPassword, IAM_ENDPOINT: 'http://127.0.0.1:9' }, parameters);
    await child.ended;
    expect(child.stdout() + child.stderr()).toContain(`${environment.TEMPORAL_ADDRESS} through the proxy ${host}`);
    expect(child.stdout() + child.stderr()).not.toContain('canary');
  }
});
