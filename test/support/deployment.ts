import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { inject, vi, type TestContext } from 'vitest';
import type { SimulatorOptions } from '../../simulator/options.js';
import { Simulator } from '../../simulator/simulator.js';
import { RecordingClient, type RecordingInput } from '../../src/client.js';
import { connectLazily } from '../../src/temporal/connection.js';
import { freePort } from './freePort.js';
import { seedInput } from './given.js';
import { startChild, type Child, type Environment } from './child.js';

export const PASSWORD = 'canary-password-8f2c';
export const AUTH_KEY = 'canary-auth-key-0123456789abcdef01234567';

/** The ways by which processes and vendor reach each other. */
export type Link = 'worker to Temporal' | 'receiver to Temporal' | 'worker to vendor' | 'vendor to receiver';

export interface Surroundings {
  /** Default: the server that all tests share. */
  temporalAddress?: string;
  /** Puts something on a link: answers the address to use instead of this one. Default: nothing is there. */
  through?: (link: Link, address: string) => Promise<string>;
  /** Where a program such as `worker.js` lies. Default: in dist/. */
  programPath?: (file: string) => string;
  /** More variables for every process; one of the same name takes the place of ours, and an empty one counts as unset. */
  environment?: Environment;
}

export interface Deployment {
  simulator: Simulator;
  client: Client;
  recordings: RecordingClient;
  receiverUrl: string;
  taskQueue: string;
  /** What all processes of this deployment have written. */
  output: () => string;
  /** One more worker, with these variables besides; it is ready when the promise is fulfilled. */
  startWorker: (besides?: Environment) => Promise<Child>;
  /** A receiver, at the same port each time unless told otherwise. */
  startReceiver: (port?: number) => Promise<Child>;
  input: (overrides?: Partial<RecordingInput>) => RecordingInput;
}

/**
 * Simulator and client here, worker and receiver as processes of their own, as an operator runs them, with queues and an application of its own.
 * Gone when the test is over. The client and the receiver's address here go round what is put on the links.
 * @param test the context of the test that asks; vitest's own `onTestFinished` does not know which one it is when they run side by side
 */
export async function deploy(
  test: TestContext,
  options: SimulatorOptions = {},
  surroundings: Surroundings = {},
): Promise<Deployment> {
  const cleanUps: (() => Promise<unknown>)[] = [];
  // The last thing that was started goes first.
  test.onTestFinished(async () => {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  });
  const id = randomUUID().slice(0, 8);
  const taskQueue = `recordings-${id}`;
  const {
    temporalAddress: address = inject('temporalAddress'),
    through = (_link, same) => Promise.resolve(same),
    programPath = (file) => file,
    environment: ofAll = {},
  } = surroundings;

  const simulator = await Simulator.start({
    password: PASSWORD,
    timeScale: 10,
    publishDurationMs: 10_000,
    initDelayMs: 0,
    ruleDelayMs: 0,
    callbackRetryDelaysMs: [200, 400, 800],
    ...options,
  });
  cleanUps.push(() => simulator.stop());
  // It finds a server again that was away.
  const client = connectLazily({ connection: { address }, namespace: 'default', taskQueue });
  cleanUps.push(() => client.connection.close());

  const port = await freePort();
  const receiverUrl = `http://127.0.0.1:${port}`;
  const vendorUrl = `http://${await through('worker to vendor', new URL(simulator.url).host)}`;
  const callbackUrl = `http://${await through('vendor to receiver', `127.0.0.1:${port}`)}/callback`;
  const temporalOfWorker = await through('worker to Temporal', address);
  const temporalOfReceiver = await through('receiver to Temporal', address);
  const environment: Environment = {
    TEMPORAL_TASK_QUEUE: taskQueue,
    LOG_LEVEL: 'debug',
    CALLBACK_AUTH_KEY: AUTH_KEY,
  };
  const children: Child[] = [];
  const start = async (file: string, own: Environment, readyWords: string): Promise<Child> => {
    // A test whose time was up goes on, but nobody would end its processes any more.
    test.signal.throwIfAborted();
    const child = startChild(programPath(file), { ...environment, ...own, ...ofAll });
    children.push(child);
    cleanUps.push(() => {
      child.kill('SIGKILL');
      return child.ended;
    });
    await untilItSays(child, readyWords);
    return child;
  };

  return {
    simulator,
    client,
    recordings: new RecordingClient({ client, taskQueue }),
    receiverUrl,
    taskQueue,
    output: () => children.map((child) => child.stdout() + child.stderr()).join('\n'),
    startWorker: (besides = {}) =>
      start(
        'worker.js',
        {
          TEMPORAL_ADDRESS: temporalOfWorker,
          HW_USER_NAME: 'username',
          HW_USER_PASSWORD: PASSWORD,
          HW_DOMAIN_NAME: 'domainname',
          IAM_ENDPOINT: vendorUrl,
          SPARKRTC_ENDPOINT: vendorUrl,
          OBS_ENDPOINT: vendorUrl,
          OBS_PATH_STYLE: 'true',
          CALLBACK_URL: callbackUrl,
          ...besides,
        },
        'the worker is ready',
      ),
    startReceiver: (ownPort = port) =>
      start(
        'receiver.js',
        { TEMPORAL_ADDRESS: temporalOfReceiver, RECEIVER_HOST: '127.0.0.1', RECEIVER_PORT: String(ownPort) },
        'Server listening',
      ),
    input: (overrides = {}) => ({
      ...seedInput,
      appName: `app-${id}`,
      maxIdleTime: 5,
      settleTimeout: '5 seconds',
      ...overrides,
    }),
  };
}

/** @throws {Error} where it ends before, with what it complained of */
export async function untilItSays(child: Child, words: string): Promise<void> {
  const ended = child.ended.then(() => {
    throw new Error(`The process ended before it said "${words}": ${child.stderr()}`);
  });
  const said = vi.waitUntil(() => child.stdout().includes(words), { timeout: 60_000 });
  await Promise.race([said, ended]);
}
