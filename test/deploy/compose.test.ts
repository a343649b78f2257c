import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { optionsFromEnvironment } from '../../simulator/environment.js';
import { loadClientConfig, loadReceiverConfig, loadWorkerConfig } from '../../src/config.js';
import { composeFile, durationMs, envFile, isDocumented, pathOf, read, type Service } from './files.js';

/*
 * docker-compose.yml as an operator has it before them: with an account, and against the simulator.
 */

const withAccount = composeFile(envFile('example.env'));
const simulated = composeFile(envFile('simulator.env'));

const OURS = ['setup', 'receiver', 'worker', 'simulator', 'recording'];
const ours = OURS.map((name) => [name, simulated.services[name]!] as const);
const longRunning = Object.entries(simulated.services).filter(([, { restart }]) => restart === 'unless-stopped');

/** Its variables, with the simulator's secrets where the container has them. */
function environmentOf({ environment = {}, secrets = [] }: Service): Record<string, string> {
  const mounted = new Set(secrets.map((name) => `/run/secrets/${name}`));
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => {
      if (!value.startsWith('/run/secrets/')) return [name, value];
      expect(mounted).toContain(value);
      return [name, value.replace('/run/secrets', pathOf('deploy/compose/simulator-secrets'))];
    }),
  );
}

describe('every service of ours', () => {
  it.each(ours)('%s runs a program of the build', (_name, { command }) => {
    expect(command?.[0]).toBe('node');
    expect(existsSync(pathOf(String(command?.[1])))).toBe(true);
  });

  it.each(ours)('%s may not write, and has no rights that it does not need', (_name, service) => {
    expect(service).toMatchObject({
      read_only: 'true',
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      build: '.',
    });
  });

  it.each(ours.filter(([name]) => name !== 'simulator'))(
    '%s has variables that the reference knows',
    (_name, service) => {
      for (const variable of Object.keys(service.environment ?? {})) expect(variable).toSatisfy(isDocumented);
    },
  );

  it('the simulator has variables that it knows', () => {
    const source = read('simulator/environment.ts');
    for (const variable of Object.keys(simulated.services['simulator']!.environment!)) {
      expect(source).toContain(`${variable}:`);
    }
  });
});

describe('the processes take their environment', () => {
  it.each([
    ['with an account', withAccount],
    ['simulated', simulated],
  ])('worker and receiver, %s, with one key for the callbacks', (_name, { services }) => {
    const worker = loadWorkerConfig(environmentOf(services['worker']!));
    const receiver = loadReceiverConfig(environmentOf(services['receiver']!));
    expect(receiver.callbackKeys.current).toBe(worker.callbackAuthKey);
    const temporal = { connection: { address: 'temporal:7233' }, namespace: 'default' };
    for (const one of [worker, receiver]) expect(one.temporal).toMatchObject(temporal);
    for (const name of ['setup', 'recording']) {
      expect(loadClientConfig(environmentOf(services[name]!))).toMatchObject(temporal);
    }
  });

  it('the worker signs in as the user whom the simulator knows', () => {
    const { credentials } = loadWorkerConfig(environmentOf(simulated.services['worker']!));
    const { userName, password, domainName } = optionsFromEnvironment(simulated.services['simulator']!.environment!);
    expect(credentials).toEqual({ userName, password, domainName });
  });

  it('with an account nothing of the simulator is left', () => {
    const worker = loadWorkerConfig(environmentOf(withAccount.services['worker']!));
    expect(worker).toMatchObject({ iamEndpoint: 'https://iam.myhuaweicloud.com', obsPathStyle: false });
    expect(worker).not.toHaveProperty('obsEndpoint');
  });
});

it('secrets are files: none stands in an environment, and each has a place', () => {
  for (const [name, { environment = {}, secrets = [] }] of Object.entries(simulated.services)) {
    if (name !== 'simulator') {
      const inClear = Object.keys(environment).filter((variable) => /(PASSWORD|PWD|KEY|USER_NAME)$/.test(variable));
      expect(inClear).toEqual([]);
    }
    for (const secret of secrets) {
      expect(simulated.secrets[secret]?.file).toBe(`./deploy/compose/simulator-secrets/${secret}`);
      expect(withAccount.secrets[secret]?.file).toBe(`./deploy/compose/secrets/${secret}`);
      expect(existsSync(pathOf(`deploy/compose/simulator-secrets/${secret}`))).toBe(true);
    }
  }
});

it('only the receiver and the Web UI are published, and on this machine only unless configured otherwise', () => {
  const published = Object.entries(simulated.services).flatMap(([name, { ports = [] }]) =>
    ports.map((port) => [name, port]),
  );
  expect(published).toEqual([
    ['temporal-web', '127.0.0.1:8233:8080'],
    ['receiver', '127.0.0.1:8080:8080'],
  ]);
});

describe('applications take turns at the job calls', () => {
  it('in Compose: the server reads the dynamic configuration that turns it on', () => {
    const { environment, configs = [] } = simulated.services['temporal']!;
    const [mounted] = configs.filter(({ target }) => target === environment!['DYNAMIC_CONFIG_FILE_PATH']);
    const { file } = simulated.configs[mounted!.source]!;
    expect(parse(read(file))).toEqual({ 'matching.enableFairness': [{ value: true }] });
  });

  it.each(['scripts/services.ts', 'docs/tutorial.md'])('with the development server of %s', (file) => {
    expect(read(file)).toMatch(/--dynamic-config-value'?,? '?matching\.enableFairness=true/);
  });
});

it('every image of others is pinned to a whole version, and server and tools are the same one', () => {
  const images = Object.values(simulated.services).flatMap(({ build, image }) => (build ? [] : [image]));
  for (const image of images) expect(image).toMatch(/^[a-z/-]+:\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
  const temporal = images.filter((image) => /\/(server|admin-tools):/.test(image)).map((image) => image.split(':')[1]);
  expect(new Set(temporal).size).toBe(1);
});

it.each(longRunning)('%s comes back after a failure, and says how it is', (name, { healthcheck }) => {
  expect(healthcheck !== undefined || name === 'temporal-web').toBe(true);
});

it('health checks ask for what says how a process is: the receiver responds with 200 on every other path too', () => {
  const asked = OURS.flatMap((name) => simulated.services[name]!.healthcheck?.test ?? []).join('\n');
  expect(asked.match(/(?<=127\.0\.0\.1:\d+)\/[\w/]+/g)).toEqual(['/readyz', '/healthz', '/_simulator/healthz']);
});

it('what is waited for is there, and in a state that it can have', () => {
  for (const { depends_on: needs = {} } of Object.values(simulated.services)) {
    for (const [name, { condition }] of Object.entries(needs)) {
      const { healthcheck, restart } = simulated.services[name]!;
      if (condition === 'service_healthy') expect(healthcheck).toBeDefined();
      else expect(restart).not.toBe('unless-stopped');
    }
  }
});

it.each([
  ['worker', 'src/temporal/workers.ts', /SHUTDOWN_GRACE = '(\d+) seconds'/],
  ['receiver', 'src/receiver.ts', /DRAIN_MS = (\d+)_000/],
])('the %s is given more time to stop than it takes', (name, file, pattern) => {
  const needed = Number(pattern.exec(read(file))![1]) * 1_000;
  expect(durationMs(simulated.services[name]!.stop_grace_period!)).toBeGreaterThanOrEqual(needed + 5_000);
});

describe('the Dockerfile', () => {
  const dockerfile = read('Dockerfile');

  it('builds and runs with the same Node, one that the product allows', () => {
    const versions = [...dockerfile.matchAll(/^FROM node:(\d+)\.(\d+)\.\d+-bookworm-slim/gm)];
    expect(versions).toHaveLength(2);
    expect(new Set(versions.map(([image]) => image)).size).toBe(1);
    // Where the limit of the heap in per cent came with 24.6.
    const [, major, minor] = versions[0]!.map(Number);
    expect(major! * 100 + minor!).toBeGreaterThanOrEqual(24 * 100 + 6);
  });

  it('ends as the user that Kubernetes requires', () => {
    expect(dockerfile.match(/^USER .*$/gm)).toEqual(['USER 1000']);
  });

  it('is given all that it copies', () => {
    const allowed = read('.dockerignore').match(/(?<=^!).*$/gm)!;
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, names]) => names!.split(' '));
    expect(new Set(copied)).toEqual(new Set(allowed));
    for (const name of copied) expect(existsSync(pathOf(name))).toBe(true);
  });

  const { hadolint } = inject('checkers');
  it.skipIf(!hadolint)('has nothing that hadolint finds fault with', async () => {
    const { stdout } = await promisify(execFile)(hadolint!, [pathOf('Dockerfile')]);
    expect(stdout).toBe('');
  });
});

describe('Docker Compose itself', () => {
  const { dockerCompose } = inject('checkers');
  const config = async (file: string) => {
    const args = ['--project-directory', pathOf('.'), '--env-file', pathOf(`deploy/compose/${file}`)];
    const { stdout, stderr } = await promisify(execFile)(dockerCompose!, [...args, 'config', '--format', 'json'], {
      env: { PATH: process.env.PATH },
    });
    expect(stderr).toBe('');
    return JSON.parse(stdout) as { name: string; services: Record<string, { environment: Record<string, string> }> };
  };

  it.skipIf(!dockerCompose)('reads it as these tests do', async () => {
    const { name, services } = await config('simulator.env');
    expect(name).toBe('sparkrtc-recorder-simulator');
    expect(Object.keys(services).sort()).toEqual(Object.keys(simulated.services).sort());
    for (const one of OURS) expect(services[one]!.environment).toEqual(simulated.services[one]!.environment);
  });

  it.skipIf(!dockerCompose)('leaves the simulator out with an account', async () => {
    const { name, services } = await config('example.env');
    expect(name).toBe('sparkrtc-recorder');
    expect(Object.keys(services)).not.toContain('simulator');
    expect(services['worker']!.environment).toMatchObject({ CALLBACK_URL: 'https://recorder.example.org/callback' });
  });
});

it('the simulator has a password of its own, and one long enough a key', () => {
  const secret = (name: string) => readFileSync(pathOf(`deploy/compose/simulator-secrets/${name}`), 'utf8');
  expect(secret('hw_user_password')).toBe('simulator-password');
  expect(secret('callback_auth_key')).toHaveLength(32);
});
