import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, it, type TestContext } from 'vitest';
import { startChild, type Environment } from '../../support/child.js';
import { deploy } from '../../support/deployment.js';
import { startTlsFront } from './tlsFront.js';

const API_KEY = 'canary-api-key-3f1b';

const VENDOR: Environment = {
  HW_USER_NAME: 'username',
  HW_USER_PASSWORD: 'password',
  HW_DOMAIN_NAME: 'domainname',
  CALLBACK_URL: 'http://127.0.0.1:8080/callback',
  CALLBACK_AUTH_KEY: '0123456789abcdef0123456789abcdef',
};

async function run(file: string, environment: Environment) {
  const child = startChild(file, environment);
  const { code } = await child.ended;
  return { code, said: child.stdout() + child.stderr() };
}

/** A profile file as Temporal's own tools write and read it. */
async function profile(test: Pick<TestContext, 'onTestFinished'>, text: string): Promise<Environment> {
  const directory = await mkdtemp(join(tmpdir(), 'profile-'));
  test.onTestFinished(() => rm(directory, { recursive: true }));
  const path = join(directory, 'temporal.toml');
  await writeFile(path, text);
  return { TEMPORAL_CONFIG_FILE: path };
}

describe.concurrent('Temporal behind TLS', () => {
  it('lets in by an API key, from the environment: worker, receiver and a whole recording', async (test) => {
    const front = await startTlsFront(test, inject('temporalAddress'), { apiKey: API_KEY });
    const environment = { TEMPORAL_API_KEY: API_KEY, TEMPORAL_TLS_SERVER_CA_CERT_PATH: front.serverCa };
    const deployment = await deploy(
      test,
      {},
      {
        environment,
        through: (link, address) => Promise.resolve(link.endsWith('Temporal') ? front.address : address),
      },
    );
    await deployment.startReceiver();
    await deployment.startWorker();
    const { recording } = await deployment.recordings.start(deployment.input());
    expect(await recording.result()).toMatchObject({ outcome: 'recorded', endedBy: 'callback' });
    expect(front.calls()).toBeGreaterThan(20);
    expect(deployment.output()).not.toContain(API_KEY);
  });

  it('lets in by a client certificate, from a profile file', async (test) => {
    const front = await startTlsFront(test, inject('temporalAddress'), { clientCertificate: true });
    const environment = await profile(
      test,
      [
        '[profile.default]',
        `address = "${front.address}"`,
        'namespace = "default"',
        '[profile.default.tls]',
        `client_cert_path = "${front.clientCert}"`,
        `client_key_path = "${front.clientKey}"`,
        `server_ca_cert_path = "${front.serverCa}"`,
      ].join('\n'),
    );
    const deployment = await deploy(test, {}, { environment: { ...environment, TEMPORAL_ADDRESS: '' } });
    await deployment.startReceiver();
    await deployment.startWorker();
    const { recording } = await deployment.recordings.start(deployment.input());
    expect(await recording.result()).toMatchObject({ outcome: 'recorded', endedBy: 'callback' });
    expect(front.calls()).toBeGreaterThan(20);
  });

  it('does not let in with another key, and the worker says what to check', async (test) => {
    const front = await startTlsFront(test, inject('temporalAddress'), { apiKey: API_KEY });
    const { code, said } = await run('worker.js', {
      ...VENDOR,
      TEMPORAL_ADDRESS: front.address,
      TEMPORAL_API_KEY: 'canary-of-another',
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: front.serverCa,
    });
    expect(code).toBe(1);
    expect(said).toMatch(/^The worker cannot [^\n]*TEMPORAL_[^\n]*\n$/);
    expect(said).toContain('Request unauthorized.');
    expect(said).not.toContain('canary-of-another');
  });

  it.for([
    ['whose certificate no one vouches for', { TEMPORAL_TLS: 'true' }],
    ['without TLS', {}],
  ] as const)('is not talked to %s, and the worker says where', async ([, environment], test) => {
    const front = await startTlsFront(test, inject('temporalAddress'), { apiKey: API_KEY });
    const { code, said } = await run('worker.js', { ...VENDOR, TEMPORAL_ADDRESS: front.address, ...environment });
    expect(code).toBe(1);
    expect(said).toContain(`The worker cannot connect to Temporal at TEMPORAL_ADDRESS ${front.address}: `);
    expect(front.calls()).toBe(0);
  });

  it('certificates that cannot be used are named, without a stack', async (test) => {
    const directory = await mkdtemp(join(tmpdir(), 'tls-'));
    test.onTestFinished(() => rm(directory, { recursive: true }));
    const path = join(directory, 'client.pem');
    await writeFile(path, '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n');
    const environment = { ...VENDOR, TEMPORAL_TLS_CLIENT_CERT_PATH: path, TEMPORAL_TLS_CLIENT_KEY_PATH: path };
    const receiver = await run('receiver.js', environment);
    expect(receiver.code).toBe(1);
    expect(receiver.said).toMatch(/^TEMPORAL_TLS_\*: the certificates cannot be used: [^\n]+\n$/);
    const worker = await run('worker.js', environment);
    expect(worker.code).toBe(1);
    expect(worker.said).toMatch(/^The worker cannot connect to Temporal [^\n]+\n$/);
  });
});
