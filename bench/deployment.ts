import { fileURLToPath } from 'node:url';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import type { SimulatorOptions } from '../simulator/options.js';
import type { Simulator } from '../simulator/simulator.js';
import { RecordingClient, type Recording, type RecordingInput } from '../src/client.js';
import type { Child, Environment } from '../test/support/child.js';
import { AUTH_KEY, PASSWORD, startStack, type Stack } from '../test/support/stack.js';
import type { BareJob } from './baselines/bareActivities.js';

const KEY = { accessKey: 'BENCHMARKKEY00000001', secretKey: 'of-the-simulator-only' };
export const BUCKET = 'obsName';

/** A program of dist/, as an operator starts it. */
export const ofProduct = (name: string): string => fileURLToPath(new URL(`../../../dist/${name}`, import.meta.url));

/** One of the references, compiled beside this file. */
const ofBaseline = (name: string): string => fileURLToPath(new URL(`./baselines/${name}`, import.meta.url));

export interface Deployment extends Pick<
  Stack,
  'startWorker' | 'taskQueue' | 'recordings' | 'appName' | 'callbackUrl'
> {
  address: string;
  client: Client;
  vendor: Simulator;
  worker: Child;
  receiver: Child;
  bareWorker: Child;
  bareReceiver: Child;
  /** The task queue of the reference. */
  bareQueue: string;
  /** Where the reference takes callbacks. */
  bareCallbackUrl: string;
  input: (roomId: string, overrides?: Partial<RecordingInput>) => RecordingInput;
  /** The product. */
  record: (roomId: string, overrides?: Partial<RecordingInput>) => Promise<Recording>;
  /** The product, for a caller who does not want the search attributes. */
  recordUnlisted: (roomId: string) => Promise<Recording>;
  /** The reference, under the same vendor. */
  recordBare: (roomId: string) => Promise<WorkflowHandle>;
  close: () => Promise<void>;
}

export interface DeploymentOptions {
  simulator?: SimulatorOptions;
  /** More variables of the product's worker. */
  worker?: Environment;
  /** Where each process leaves a profile of its processor time, in a directory of its own. */
  profiles?: string;
}

/** Worker and receiver as an operator runs them, the reference beside them, and one simulator for both. */
export async function deploy(address: string, options: DeploymentOptions = {}): Promise<Deployment> {
  const { profiles } = options;
  const stack = await startStack({
    temporalAddress: address,
    programPath: ofProduct,
    simulator: {
      accessKeys: [KEY],
      // A minute of video in 0.3 s; the idle limit of 5 s in 25 ms.
      timeScale: 200,
      publishDurationMs: 60_000,
      ...options.simulator,
    },
    // The first line of the receiver, of which there is none at the level "warn", says that it listens.
    environment: { LOG_LEVEL: 'info', NODE_ENV: 'production' },
    nodeArguments: (file) =>
      profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}/${nameOf(file)}`],
  });
  const { simulator: vendor, recordings, taskQueue, appName, callbackUrl } = stack;
  const startWorker: Stack['startWorker'] = (besides, program) =>
    stack.startWorker({ JOB_CALLS_PER_SECOND: '100000', ...options.worker, ...besides }, program);
  const receiver = await stack.startReceiver();
  const worker = await startWorker();

  const bareQueue = `bare-${taskQueue}`;
  const temporal = { TEMPORAL_ADDRESS: address };
  const bareReceiver = await stack.start(ofBaseline('bareReceiver.js'), { ...temporal, PORT: '0' }, 'listening at');
  const barePort = /listening at (\d+)/.exec(bareReceiver.stdout())?.[1];
  const bareVendor = { url: vendor.url, ...KEY, bucket: BUCKET };
  const bareWorker = await stack.start(
    ofBaseline('bareWorker.js'),
    { ...temporal, TEMPORAL_TASK_QUEUE: bareQueue, BARE_VENDOR: JSON.stringify(bareVendor) },
    'the worker is ready',
  );
  const bareCallbackUrl = `http://127.0.0.1:${barePort}/bare`;
  const prepared = await prepareBare(vendor.url, `bare-${appName}`, bareCallbackUrl);

  const connection = await Connection.connect({ address });
  const client = new Client({ connection });
  const unlisted = new RecordingClient({ client, taskQueue, searchAttributes: false });
  const input = (roomId: string, overrides: Partial<RecordingInput> = {}): RecordingInput => ({
    appName,
    roomId,
    userId: 'user',
    maxIdleTime: 5,
    recordRule: {
      obsAddr: { bucket: BUCKET, location: 'cn-north-4', object: 'Record/', projectId: '0'.repeat(32) },
      recordFormats: ['MP4'],
    },
    ...overrides,
  });
  return {
    ...{ address, client, vendor, recordings, worker, receiver, bareWorker, bareReceiver },
    ...{ appName, taskQueue, bareQueue, callbackUrl, bareCallbackUrl, input, startWorker },
    record: async (roomId, overrides) => (await recordings.start(input(roomId, overrides))).recording,
    recordUnlisted: async (roomId) => (await unlisted.start(input(roomId))).recording,
    recordBare: (roomId) =>
      client.workflow.start('bareRecording', {
        taskQueue: bareQueue,
        workflowId: `bare:${roomId}:user`,
        args: [{ ...prepared, roomId, userId: 'user' } satisfies BareJob],
      }),
    close: async () => {
      // A profile is written by a process that ends by itself.
      await Promise.all([worker, receiver, bareWorker, bareReceiver].map(stopProcess));
      await connection.close();
      await stack.stop();
    },
  };
}

/** Asks a process to end, as an operator does, and waits for it. */
export async function stopProcess(child: Child): Promise<void> {
  child.kill('SIGTERM');
  await child.ended;
}

function nameOf(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1, -'.js'.length);
}

/** What the reference is given and does not do itself: token, application, rule and callback. */
async function prepareBare(url: string, appName: string, callbackUrl: string) {
  const call = async (method: string, path: string, body: object, headers: Environment = {}) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    const text = await response.text();
    return { headers: response.headers, body: (text ? JSON.parse(text) : {}) as Record<string, string> };
  };
  const user = { name: 'username', password: PASSWORD, domain: { name: 'domainname' } };
  const auth = {
    identity: { methods: ['password'], password: { user } },
    scope: { project: { name: 'cn-north-4' } },
  };
  const token = (await call('POST', '/v3/auth/tokens', { auth })).headers.get('x-subject-token') ?? '';
  const own = { 'x-auth-token': token };
  const { app_id: appId = '' } = (await call('POST', '/v2/apps', { app_name: appName }, own)).body;
  const rule = {
    obs_addr: { bucket: BUCKET, location: 'cn-north-4', object: 'Record/', project_id: '0'.repeat(32) },
    record_formats: ['MP4'],
    mp4_config: {},
  };
  const { rule_id: ruleId = '' } = (await call('POST', `/v2/apps/${appId}/record-rules`, rule, own)).body;
  await call('PUT', `/v2/apps/${appId}/record-callback`, { url: callbackUrl, auth_key: AUTH_KEY }, own);
  return { appId, ruleId, token };
}
