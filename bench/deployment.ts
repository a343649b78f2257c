import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { Simulator } from '../simulator/simulator.js';
import type { SimulatorOptions } from '../simulator/options.js';
import { RecordingClient, type Recording, type RecordingInput } from '../src/client.js';
import type { BareJob } from './baselines/bareActivities.js';
import { ofBaseline, ofProduct, startProcess, type Process, type Variables } from './processes.js';

const KEY = { accessKey: 'BENCHMARKKEY00000001', secretKey: 'of-the-simulator-only' };
const PASSWORD = 'of-the-simulator-only';
export const AUTH_KEY = 'of-the-simulator-only-0123456789abcdef';
const BUCKET = 'obsName';

export interface Deployment {
  address: string;
  client: Client;
  vendor: Simulator;
  recordings: RecordingClient;
  worker: Process;
  receiver: Process;
  bareWorker: Process;
  bareReceiver: Process;
  appName: string;
  /** What the worker was started with, for one more. */
  workerVariables: Variables;
  /** Where the receiver takes callbacks, without the application. */
  callbackUrl: string;
  /** Where the reference takes them. */
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
  worker?: Variables;
  /** Where each process leaves a profile of its processor time, in a directory of its own. */
  profiles?: string;
}

const APP = 'bench';

/** Worker and receiver as an operator runs them, the reference beside them, and one simulator for both. */
export async function deploy(address: string, options: DeploymentOptions = {}): Promise<Deployment> {
  const id = Math.random().toString(36).slice(2, 8);
  const appName = `${APP}-${id}`;
  const vendor = await Simulator.start({
    password: PASSWORD,
    accessKeys: [KEY],
    // A minute of video in 0.3 s; the idle limit of 5 s in 25 ms.
    timeScale: 200,
    ruleDelayMs: 0,
    initDelayMs: 0,
    ...options.simulator,
  });
  const temporal = { TEMPORAL_ADDRESS: address, LOG_LEVEL: 'warn' };
  const profiled = (name: string) =>
    options.profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${options.profiles}/${name}`];
  const port = await freePort();
  const callbackUrl = `http://127.0.0.1:${port}/callback`;
  const taskQueue = `recordings-${id}`;
  const receiver = await startProcess(
    ofProduct('receiver.js'),
    // Its first line, of which there is none at the level "warn", says that it listens.
    {
      ...temporal,
      LOG_LEVEL: 'info',
      CALLBACK_AUTH_KEY: AUTH_KEY,
      RECEIVER_HOST: '127.0.0.1',
      RECEIVER_PORT: String(port),
    },
    'Server listening',
    profiled('receiver'),
  );
  const workerVariables = {
    ...temporal,
    LOG_LEVEL: 'info',
    TEMPORAL_TASK_QUEUE: taskQueue,
    HW_USER_NAME: 'username',
    HW_USER_PASSWORD: PASSWORD,
    HW_DOMAIN_NAME: 'domainname',
    IAM_ENDPOINT: vendor.url,
    SPARKRTC_ENDPOINT: vendor.url,
    OBS_ENDPOINT: vendor.url,
    OBS_PATH_STYLE: 'true',
    CALLBACK_URL: callbackUrl,
    CALLBACK_AUTH_KEY: AUTH_KEY,
    JOB_CALLS_PER_SECOND: '100000',
    ...options.worker,
  };
  const worker = await startProcess(ofProduct('worker.js'), workerVariables, 'the worker is ready', profiled('worker'));

  const bareQueue = `bare-${id}`;
  const bareReceiver = await startProcess(ofBaseline('bareReceiver.js'), { ...temporal, PORT: '0' }, 'listening at');
  const barePort = /listening at (\d+)/.exec(bareReceiver.output())?.[1];
  const bareVendor = { url: vendor.url, ...KEY, bucket: BUCKET };
  const bareWorker = await startProcess(
    ofBaseline('bareWorker.js'),
    { ...temporal, TEMPORAL_TASK_QUEUE: bareQueue, BARE_VENDOR: JSON.stringify(bareVendor) },
    'the worker is ready',
    profiled('bareWorker'),
  );
  const bareCallbackUrl = `http://127.0.0.1:${barePort}/bare`;
  const prepared = await prepareBare(vendor.url, `bare-${id}`, bareCallbackUrl);

  const connection = await Connection.connect({ address });
  const client = new Client({ connection });
  const recordings = new RecordingClient({ client, taskQueue });
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
    ...{ appName, workerVariables, callbackUrl, input },
    bareCallbackUrl,
    record: async (roomId, overrides) => (await recordings.start(input(roomId, overrides))).recording,
    recordUnlisted: async (roomId) => (await unlisted.start(input(roomId))).recording,
    recordBare: (roomId) =>
      client.workflow.start('bareRecording', {
        taskQueue: bareQueue,
        workflowId: `bare:${roomId}:user`,
        args: [{ ...prepared, roomId, userId: 'user' } satisfies BareJob],
      }),
    close: async () => {
      await Promise.all([worker, receiver, bareWorker, bareReceiver].map((one) => one.stop()));
      await connection.close();
      await vendor.stop();
    },
  };
}

/** What the reference is given and does not do itself: token, application, rule and callback. */
async function prepareBare(url: string, appName: string, callbackUrl: string) {
  const call = async (method: string, path: string, body: object, headers: Variables = {}) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    const text = await answer.text();
    return { headers: answer.headers, body: (text ? JSON.parse(text) : {}) as Record<string, string> };
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

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
