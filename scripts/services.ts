import { createWriteStream, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { registerSearchAttributes } from '../src/temporal/searchAttributes.js';
import { startProgram, type Child, type Environment } from '../test/support/child.js';
import { startStack } from '../test/support/stack.js';
import { start } from './processes.mjs';
import { cacheDirectory, projectDirectory } from './setup.mjs';

const READY_WITHIN_MS = 60_000;

/** The only variables of the user that reach the commands: the others may be for a real server or account. */
const OF_THE_TERMINAL = ['PATH', 'TERM', 'COLORTERM', 'COLUMNS', 'NO_COLOR', 'FORCE_COLOR', 'LANG', 'TZ'];

export interface Services {
  webUi: string;
  /** Of a worker, and of the commands. */
  environment: Environment;
  /** Rejects as soon as a service ends. */
  whileRunning: <T>(work: Promise<T>) => Promise<T>;
}

/**
 * Starts Temporal's development server, the simulator, the receiver and the worker. All are ready then, and reported.
 */
export async function startServices(temporalCli: string): Promise<Services> {
  const temporal = await wantedPort(7233);
  const ui = await wantedPort(8233);
  const vendor = await wantedPort(8480);
  const receiver = await wantedPort(8080);
  const webUi = `http://localhost:${ui}`;
  const temporalAddress = `127.0.0.1:${temporal}`;
  const directory = join(relative(process.cwd(), cacheDirectory), 'demo', String(temporal));
  mkdirSync(directory, { recursive: true });
  const log = (name: string) => join(directory, `${name}.log`);
  const processOptions = (name: string) => ({ name, log: log(name), spawn: start });
  const report = (name: string, where: string) => console.log(`  ${name.padEnd(16)} ${where.padEnd(46)} ${log(name)}`);

  const ends: Promise<never>[] = [];
  const whileRunning = <T>(work: Promise<T>) => Promise.race([work, ...ends]);
  const service = async (name: string, where: string, starting: Promise<Child>) => {
    const late = sleep(READY_WITHIN_MS, undefined, { ref: false }).then(() => {
      throw new Error(`The ${name} was not ready in time. See ${log(name)}.`);
    });
    const child = await whileRunning(Promise.race([starting, late]));
    const end = child.ended.then(({ code, signal }) => Promise.reject(child.failure(`ended with ${signal ?? code}`)));
    end.catch(() => undefined);
    ends.push(end);
    report(name, where);
  };

  const args = ['--ip', '127.0.0.1', '--port', String(temporal), '--ui-port', String(ui), '--log-level', 'warn'];
  // The job calls of the applications take turns.
  args.push('--dynamic-config-value', 'matching.enableFairness=true');
  const server = startProgram(temporalCli, ['server', 'start-dev', ...args], {}, processOptions('temporal-server'));
  await service(
    'temporal-server',
    `${temporalAddress}, ${webUi}`,
    server.says('Temporal UI:').then(() => server),
  );

  const requests = createWriteStream(log('simulator'));
  const stack = await startStack({
    ...{ temporalAddress, processOptions, receiverPort: receiver, taskQueue: 'single-stream-recording' },
    programPath: (file) => join(projectDirectory, 'dist', file),
    // The minute of video, and the 30 s without a stream that end the job, pass ten times as fast.
    simulator: { port: vendor, timeScale: 10, publishDurationMs: 60_000, ruleDelayMs: 300_000 },
    onRequest: ({ method, path, status }) => void requests.write(`${JSON.stringify({ method, path, status })}\n`),
    // The key is the one in the vendor's example.
    environment: { LOG_LEVEL: 'info', CALLBACK_AUTH_KEY: '8923ab8c2dcef4538923ab8c2dcef453' },
  });
  await whileRunning(registerSearchAttributes(stack.client.connection, 'default'));
  report('simulator', `${stack.simulator.url} (IAM, SparkRTC and OBS)`);
  await service('receiver', stack.receiverUrl, stack.startReceiver());
  await service('worker', `task queue ${stack.taskQueue}`, stack.startWorker());

  const environment: Environment = { HOME: '/nonexistent', ...stack.environment };
  for (const name of OF_THE_TERMINAL) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return { webUi, environment, whileRunning };
}

/** The wanted port, or the next one that is free on every address. macOS lets one listen there beside 127.0.0.1. */
export async function wantedPort(wanted: number): Promise<number> {
  for (let next = wanted; next < wanted + 100; next += 1) {
    if ((await isFree(next, '127.0.0.1')) && (await isFree(next))) return next;
  }
  throw new Error(`None of the ports ${wanted} to ${wanted + 99} is free.`);
}

const isFree = (port: number, host?: string) =>
  new Promise<boolean>((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen({ port, exclusive: true, ...(host && { host }) }, () => server.close(() => resolve(true)));
  });
