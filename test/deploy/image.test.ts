import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { freePort } from '../support/freePort.js';
import { composeFile, durationMs, envFile, pathOf, type Service } from './files.js';

/*
 * The content of the image, built by the Dockerfile's own commands, and what docker-compose.yml runs of it, in
 * its order
 * and with its variables: against the simulator, without an account. Only the host names become ports of this machine.
 */

const { services, configs } = composeFile(envFile('simulator.env'));

/** As in the image, where we may: then nothing of the tree can be written to. */
const user = process.getuid?.() === 0 ? { uid: 1000, gid: 1000 } : {};

let tree: string;
let toThisMachine: (text: string) => string;
const running: ChildProcess[] = [];

beforeAll(async () => {
  tree = await mkdtemp(join(tmpdir(), 'image-'));
  await chmod(tree, 0o755);
  for (const name of ['package.json', 'package-lock.json']) await cp(pathOf(name), join(tree, name));
  await promisify(execFile)('npm', ['ci', '--omit=dev', '--no-audit', '--no-fund'], { cwd: tree });
  await cp(pathOf('dist'), join(tree, 'dist'), { recursive: true });

  const ports = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const [receiver, simulator, metrics, health] = ports;
  const replacements: [RegExp, string][] = [
    [/^8080$/, String(receiver)],
    [/^8480$/, String(simulator)],
    [/temporal:7233/, inject('temporalAddress')],
    [/(receiver|127\.0\.0\.1):8080/, `127.0.0.1:${receiver}`],
    [/(simulator|127\.0\.0\.1):8480/, `127.0.0.1:${simulator}`],
    [/^:9464$/, `127.0.0.1:${metrics}`],
    [/(^|127\.0\.0\.1):9465/, `127.0.0.1:${health}`],
    [/^\/run\/secrets/, pathOf('deploy/compose/simulator-secrets')],
    [/^\/recording\.json$/, pathOf(configs['recording']!.file)],
  ];
  toThisMachine = (text) => replacements.reduce((sofar, [from, to]) => sofar.replace(from, to), text);
});

afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await rm(tree, { recursive: true, force: true });
});

const serviceOf = (name: string): Service => services[name]!;

function run(command: string[], environment: Record<string, string> = {}) {
  const [program, ...args] = command.map(toThisMachine);
  const variables = Object.entries(environment).map(([name, value]) => [name, toThisMachine(value)]);
  const child = spawn(program!, args, {
    cwd: tree,
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...(Object.fromEntries(variables) as object) },
    ...user,
  });
  running.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { child, ended, output: () => output };
}

const start = (name: string) => run(serviceOf(name).command!, serviceOf(name).environment);

async function healthy(name: string, process: ReturnType<typeof run>): Promise<void> {
  const [, ...question] = serviceOf(name).healthcheck!.test;
  await vi.waitFor(
    async () => expect(await run(question).ended, `${name} is not healthy: ${process.output()}`).toBe(0),
    { timeout: 60_000, interval: 500 },
  );
}

it('holds the program and what it needs, and nothing of its making', async () => {
  expect((await readdir(join(tree, 'dist'))).sort()).toEqual(
    expect.arrayContaining(['worker.js', 'workflow-bundle.js']),
  );
  const packages = await readdir(join(tree, 'node_modules'));
  expect(packages).toContain('fastify');
  for (const name of ['typescript', 'vitest', 'eslint']) expect(packages).not.toContain(name);
});

it('makes a recording, all services started in the order of docker-compose.yml', { timeout: 180_000 }, async () => {
  const setup = start('setup');
  expect(await setup.ended, setup.output()).toBe(0);
  const [simulator, receiver] = [start('simulator'), start('receiver')];
  await Promise.all([healthy('simulator', simulator), healthy('receiver', receiver)]);
  const worker = start('worker');
  await healthy('worker', worker);

  const recording = start('recording');
  expect(await recording.ended, recording.output() + worker.output()).toBe(0);
  expect(recording.output()).toContain('✓ recorded: 1 file');
  expect(recording.output()).toMatch(/obsName\/Record\/.*\.mp4/);
  expect(receiver.output()).toContain('"result":"delivered"');

  for (const [name, process] of Object.entries({ worker, receiver })) {
    const requestedAt = Date.now();
    process.child.kill('SIGTERM');
    expect(await process.ended, process.output()).toBe(0);
    expect(Date.now() - requestedAt).toBeLessThan(durationMs(serviceOf(name).stop_grace_period!));
  }
});
