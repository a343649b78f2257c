import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import type { Client } from '@temporalio/client';
import type { SimulatorOptions } from '../../simulator/options.js';
import type { RecordedRequest } from '../../simulator/requestLog.js';
import { Simulator } from '../../simulator/simulator.js';
import { RecordingClient, type RecordingInput } from '../../src/client.js';
import { connectLazily } from '../../src/temporal/connection.js';
import { startProgram, type Child, type Environment, type ProcessOptions } from './child.js';
import { freePort } from './freePort.js';
import { seedInput } from './given.js';

export const PASSWORD = 'canary-password-8f2c';
export const AUTH_KEY = 'canary-auth-key-0123456789abcdef01234567';

/** A vendor that is ten times as fast, and whose users publish for a simulated 10 seconds. */
export const QUICK_VENDOR: SimulatorOptions = {
  password: PASSWORD,
  timeScale: 10,
  publishDurationMs: 10_000,
  initDelayMs: 0,
  ruleDelayMs: 0,
  callbackRetryDelaysMs: [200, 400, 800],
};

/** The ways by which processes and vendor reach each other. */
export type Link = 'worker to Temporal' | 'receiver to Temporal' | 'worker to vendor' | 'vendor to receiver';

export interface StackOptions {
  temporalAddress: string;
  /** The path of a program such as `worker.js`. */
  programPath: (file: string) => string;
  simulator?: SimulatorOptions;
  /** Called for each request to the simulator, after its response. */
  onRequest?: (request: RecordedRequest) => void;
  /** Default: one of this stack's own. */
  taskQueue?: string;
  /** Default: any that is free. */
  receiverPort?: number;
  /** Puts something on a link: returns the address to use instead of this one. Default: nothing is there. */
  through?: (link: Link, address: string) => Promise<string>;
  /** More variables for every process; one of the same name replaces ours, and an empty one counts as unset. */
  environment?: Environment;
  /** Arguments of Node itself for a program. */
  nodeArguments?: (file: string) => string[];
  /** How the process of this name, such as `worker`, is started. */
  processOptions?: (name: string) => ProcessOptions;
  /** Called before a process starts; may throw. */
  onStart?: () => void;
}

/**
 * A whole deployment: simulator and client in this process, worker and receiver in their own, as an operator runs
 * them.
 */
export interface Stack {
  simulator: Simulator;
  client: Client;
  recordings: RecordingClient;
  receiverUrl: string;
  /** Where the receiver takes callbacks, without the application. */
  callbackUrl: string;
  appName: string;
  taskQueue: string;
  /** The variables of a worker. */
  environment: Environment;
  /** What all processes of this stack have written. */
  output: () => string;
  /** One more worker, with these variables besides; it is ready when the promise is fulfilled. */
  startWorker: (besides?: Environment, program?: string) => Promise<Child>;
  /** A receiver, at the same port each time by default. */
  startReceiver: (port?: number) => Promise<Child>;
  /** Any other program, ended with the stack. */
  start: (path: string, environment: Environment, readyWords: string) => Promise<Child>;
  input: (overrides?: Partial<RecordingInput>) => RecordingInput;
  /** Ends everything, the last that was started first. */
  stop: () => Promise<void>;
}

/** Starts the simulator and makes the client; the client and `receiverUrl` go round what is put on the links. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { temporalAddress, programPath, environment = {}, nodeArguments = () => [], processOptions } = options;
  const through = options.through ?? ((_link, address) => Promise.resolve(address));
  const id = randomUUID().slice(0, 8);
  const appName = `app-${id}`;
  const taskQueue = options.taskQueue ?? `recordings-${id}`;
  const cleanUps: (() => Promise<unknown>)[] = [];

  const simulator = await Simulator.start({ ...QUICK_VENDOR, ...options.simulator }, options.onRequest);
  cleanUps.push(() => simulator.stop());
  // It finds a server again that was away.
  const client = connectLazily({ connection: { address: temporalAddress }, namespace: 'default', taskQueue });
  cleanUps.push(() => client.connection.close());

  const port = options.receiverPort ?? (await freePort());
  const receiverUrl = `http://127.0.0.1:${port}`;
  const vendorUrl = `http://${await through('worker to vendor', new URL(simulator.url).host)}`;
  const callbackUrl = `http://${await through('vendor to receiver', `127.0.0.1:${port}`)}/callback`;
  const shared = { TEMPORAL_TASK_QUEUE: taskQueue, LOG_LEVEL: 'debug', CALLBACK_AUTH_KEY: AUTH_KEY };
  const ofWorker = {
    ...shared,
    TEMPORAL_ADDRESS: await through('worker to Temporal', temporalAddress),
    HW_USER_NAME: 'username',
    HW_USER_PASSWORD: PASSWORD,
    HW_DOMAIN_NAME: 'domainname',
    IAM_ENDPOINT: vendorUrl,
    SPARKRTC_ENDPOINT: vendorUrl,
    OBS_ENDPOINT: vendorUrl,
    OBS_PATH_STYLE: 'true',
    CALLBACK_URL: callbackUrl,
  };
  const ofReceiver = {
    ...shared,
    TEMPORAL_ADDRESS: await through('receiver to Temporal', temporalAddress),
    RECEIVER_HOST: '127.0.0.1',
  };

  const children: Child[] = [];
  const start = async (path: string, own: Environment, readyWords: string): Promise<Child> => {
    options.onStart?.();
    const name = basename(path, '.js');
    const args = [...nodeArguments(path), path];
    const child = startProgram(
      process.execPath,
      args,
      { ...own, ...environment },
      { name, ...processOptions?.(name) },
    );
    children.push(child);
    cleanUps.push(() => {
      child.kill('SIGKILL');
      return child.ended;
    });
    await child.says(readyWords);
    return child;
  };
  return {
    ...{ simulator, client, receiverUrl, callbackUrl, appName, taskQueue, start },
    environment: { ...ofWorker, ...environment },
    recordings: new RecordingClient({ client, taskQueue }),
    output: () => children.map((child) => child.stdout() + child.stderr()).join('\n'),
    startWorker: (besides = {}, program = programPath('worker.js')) =>
      start(program, { ...ofWorker, ...besides }, 'the worker is ready'),
    startReceiver: (ownPort = port) =>
      start(programPath('receiver.js'), { ...ofReceiver, RECEIVER_PORT: String(ownPort) }, 'Server listening'),
    input: (overrides = {}) => ({ ...seedInput, appName, maxIdleTime: 5, settleTimeout: '5 seconds', ...overrides }),
    stop: async () => {
      for (const cleanUp of cleanUps.reverse()) await cleanUp();
    },
  };
}
