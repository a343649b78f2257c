import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { inject, vi, type TestContext } from 'vitest';
import type { SimulatorOptions } from '../../simulator/options.js';
import { Simulator } from '../../simulator/simulator.js';
import { RecordingClient, type RecordingInput } from '../../src/client.js';
import { freePort } from '../receiver/ownServer.js';
import { seedInput } from '../workflows/given.js';
import { startChild, type Child, type Environment } from './child.js';

export const PASSWORD = 'canary-password-8f2c';
export const AUTH_KEY = 'canary-auth-key-0123456789abcdef01234567';

export interface Deployment {
  simulator: Simulator;
  client: Client;
  recordings: RecordingClient;
  receiverUrl: string;
  /** What all processes of this deployment have written. */
  output: () => string;
  /** One more worker, which is ready when the promise is fulfilled. */
  startWorker: () => Promise<Child>;
  /** The receiver, always at the same port. */
  startReceiver: () => Promise<Child>;
  input: (overrides?: Partial<RecordingInput>) => RecordingInput;
}

/**
 * Simulator and client here, worker and receiver as processes of their own, as an operator runs them, on the shared Temporal server with queues and
 * an application of its own. Gone when the test is over.
 * @param test the context of the test that asks; vitest's own `onTestFinished` does not know which one it is when they run side by side
 */
export async function deploy(test: TestContext, options: SimulatorOptions = {}): Promise<Deployment> {
  const cleanUps: (() => Promise<unknown>)[] = [];
  // The last thing that was started goes first.
  test.onTestFinished(async () => {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  });
  const id = randomUUID().slice(0, 8);
  const taskQueue = `recordings-${id}`;
  const address = inject('temporalAddress');

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
  const connection = await Connection.connect({ address });
  cleanUps.push(() => connection.close());
  const client = new Client({ connection });

  const port = await freePort();
  const receiverUrl = `http://127.0.0.1:${port}`;
  const environment: Environment = {
    TEMPORAL_ADDRESS: address,
    TEMPORAL_TASK_QUEUE: taskQueue,
    LOG_LEVEL: 'debug',
    CALLBACK_AUTH_KEY: AUTH_KEY,
  };
  const children: Child[] = [];
  const start = (file: string, own: Environment): Child => {
    const child = startChild(file, { ...environment, ...own });
    children.push(child);
    cleanUps.push(() => {
      child.kill('SIGKILL');
      return child.ended;
    });
    return child;
  };

  return {
    simulator,
    client,
    recordings: new RecordingClient({ client, taskQueue }),
    receiverUrl,
    output: () => children.map((child) => child.stdout() + child.stderr()).join('\n'),
    startWorker: async () => {
      const worker = start('worker.js', {
        HW_USER_NAME: 'username',
        HW_USER_PASSWORD: PASSWORD,
        HW_DOMAIN_NAME: 'domainname',
        IAM_ENDPOINT: simulator.url,
        SPARKRTC_ENDPOINT: simulator.url,
        OBS_ENDPOINT: simulator.url,
        OBS_PATH_STYLE: 'true',
        CALLBACK_URL: `${receiverUrl}/callback`,
      });
      await untilItSays(worker, 'the worker is ready');
      return worker;
    },
    startReceiver: async () => {
      const receiver = start('receiver.js', { RECEIVER_HOST: '127.0.0.1', RECEIVER_PORT: String(port) });
      await untilItSays(receiver, 'Server listening');
      return receiver;
    },
    input: (overrides = {}) => ({
      ...seedInput,
      appName: `app-${id}`,
      maxIdleTime: 5,
      settleTimeout: '5 seconds',
      ...overrides,
    }),
  };
}

async function untilItSays(child: Child, words: string): Promise<void> {
  const ended = child.ended.then(() => {
    throw new Error(`The process ended before it said "${words}": ${child.stderr()}`);
  });
  const said = vi.waitUntil(() => child.stdout().includes(words), { timeout: 25_000 });
  await Promise.race([said, ended]);
}
