import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { inject, onTestFinished, type TestContext } from 'vitest';
import type { SimulatorOptions } from '../../simulator/options.js';
import { Simulator } from '../../simulator/simulator.js';
import { createActivities } from '../../src/activities/index.js';
import { createReceiver } from '../../src/callbacks/receiver.js';
import { RecordingClient, RecordingFailedError, type Recording, type RecordingInput } from '../../src/client.js';
import { DEFAULT_JOB_CALLS_PER_SECOND } from '../../src/config.js';
import { createHuaweiClients, type HuaweiConfig } from '../../src/huawei/clients.js';
import { connectLazily } from '../../src/temporal/connection.js';
import { createDeliver, DELIVERY_ATTEMPTS } from '../../src/temporal/deliver.js';
import { createWorkers, runTogether } from '../../src/temporal/workers.js';
import { seedInput } from './given.js';
import { installQuietRuntime } from './quietRuntime.js';
import { AUTH_KEY, PASSWORD, QUICK_VENDOR } from './stack.js';

export { AUTH_KEY, PASSWORD };

installQuietRuntime();

export interface RigOptions {
  simulator?: SimulatorOptions;
  /** Without it no one listens at the callback URL; default true. */
  receiver?: boolean;
  /** Default: the server that all test files share. */
  temporalAddress?: string;
  /** Default: one of its own. */
  taskQueue?: string;
  /** 0 replays a workflow's history at each of its tasks. */
  maxCachedWorkflows?: number;
  credentials?: Partial<HuaweiConfig['credentials']>;
}

export interface RecordingRig {
  simulator: Simulator;
  client: Client;
  recordings: RecordingClient;
  appName: string;
  taskQueue: string;
  /** What the receiver and the workers of this rig logged. */
  logs: string[];
  /** Where the receiver takes this application's callbacks. */
  callbackUrl: string;
  /** The metrics page of the receiver. */
  receiverMetrics: () => Promise<string>;
  input: (overrides?: Partial<RecordingInput>) => RecordingInput;
  start: (overrides?: Partial<RecordingInput>) => Promise<Recording>;
}

/**
 * All of a deployment but the processes: simulator, receiver, both workers and a client, on the shared Temporal server
 * with queues and an application of its own. Gone when the test is over.
 */
export async function startRig(
  options: RigOptions = {},
  // A test that runs beside others has to name itself.
  test: Pick<TestContext, 'onTestFinished'> = { onTestFinished },
): Promise<RecordingRig> {
  const id = randomUUID().slice(0, 8);
  const appName = `app-${id}`;
  const { taskQueue = `recordings-${id}` } = options;
  const address = options.temporalAddress ?? inject('temporalAddress');
  const logs: string[] = [];
  const cleanUps: (() => Promise<unknown>)[] = [];
  // The last thing that was started goes first.
  test.onTestFinished(async () => {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  }, 60_000);

  const simulator = await Simulator.start({ ...QUICK_VENDOR, ...options.simulator });
  cleanUps.push(() => simulator.stop());

  const connection = await Connection.connect({ address });
  cleanUps.push(() => connection.close());
  const client = new Client({ connection });

  const deliveries = connectLazily(
    { connection: { address }, namespace: 'default', taskQueue },
    { attempts: DELIVERY_ATTEMPTS },
  );
  cleanUps.push(() => deliveries.connection.close());
  const registry = new Registry();
  const receiver = createReceiver({
    keys: { current: AUTH_KEY },
    deliver: createDeliver({ client: deliveries }),
    ready: () => Promise.resolve(),
    registry,
    logger: pino({ level: 'debug' }, { write: (line: string) => logs.push(line) }),
  });
  const receiverUrl = await receiver.listen({ host: '127.0.0.1', port: 0 });
  cleanUps.push(() => receiver.close());
  // A port that was just let go: no one listens there.
  if (options.receiver === false) await receiver.close();

  const { close, ...vendor } = createHuaweiClients({
    credentials: { userName: 'username', password: PASSWORD, domainName: 'domainname', ...options.credentials },
    iamEndpoint: simulator.url,
    sparkRtcEndpoint: simulator.url,
    obsEndpoint: simulator.url,
    obsPathStyle: true,
  });
  cleanUps.push(close);
  const nativeConnection = await NativeConnection.connect({ address });
  cleanUps.push(() => nativeConnection.close());
  const workers = await createWorkers({
    connection: nativeConnection,
    namespace: 'default',
    taskQueue,
    jobCallsPerSecond: DEFAULT_JOB_CALLS_PER_SECOND,
    activities: createActivities({
      ...vendor,
      callback: { url: `${receiverUrl}/callback`, authKey: AUTH_KEY },
    }),
    workflowBundle: { codePath: inject('workflowBundle') },
    ...(options.maxCachedWorkflows !== undefined && { maxCachedWorkflows: options.maxCachedWorkflows }),
  });
  const running = runTogether(workers);
  cleanUps.push(async () => {
    for (const worker of workers) worker.shutdown();
    await running;
  });

  const recordings = new RecordingClient({ client, taskQueue });
  const input = (overrides: Partial<RecordingInput> = {}): RecordingInput => ({
    ...seedInput,
    appName,
    maxIdleTime: 5,
    reconcileInterval: '5 seconds',
    settleTimeout: '5 seconds',
    ...overrides,
  });
  return {
    simulator,
    client,
    recordings,
    appName,
    taskQueue,
    logs,
    callbackUrl: `${receiverUrl}/callback/${appName}`,
    receiverMetrics: () => registry.metrics(),
    input,
    start: async (overrides) => (await recordings.start(input(overrides))).recording,
  };
}

/** The last failure of a chain of causes, which is the one that says what happened. */
export async function failureOf(recording: Recording): Promise<{ type: string; message: string; error: unknown }> {
  try {
    await recording.result();
  } catch (error) {
    if (!(error instanceof RecordingFailedError)) throw error;
    return { type: error.type, message: error.reason, error };
  }
  throw new Error('the recording did not fail');
}
