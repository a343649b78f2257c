/** Entry point of `sparkrtc-recorder-worker`: runs recordings in a process of yours. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import type { PayloadCodec } from '@temporalio/common';
import { Runtime, type NativeConnection, type Worker, type WorkerOptions } from '@temporalio/worker';
import { createActivities } from './activities/index.js';
import { DEFAULT_JOB_CALLS_PER_SECOND, DEFAULT_MAX_CACHED_WORKFLOWS } from './config.js';
import { DEFAULT_TASK_QUEUE } from './contract/workflowId.js';
import { createHuaweiClients, type HuaweiConfig } from './huawei/clients.js';
import type { OnResponse } from './huawei/http.js';
import { sharedAttemptLimit } from './temporal/attemptLimit.js';
import { unreadablePayloads } from './temporal/unreadablePayloads.js';
import { bundleWorkflows, withStackTraces } from './temporal/workflowBundle.js';
import { createWorkers, runTogether, shutDown } from './temporal/workers.js';

export type { HuaweiConfig } from './huawei/clients.js';

/** Options of {@link createRecordingWorkers}. */
export interface RecordingWorkersOptions extends Pick<WorkerOptions, 'interceptors' | 'sinks'> {
  /** Your native connection. Close it yourself, after the workers have stopped. */
  connection: NativeConnection;
  /** Temporal's namespace. Default: `default`. */
  namespace?: string;
  /** Where callers start recordings. Default: `single-stream-recording`. */
  taskQueue?: string;
  /** The vendor's endpoints, and the credentials: a user, or an access key. */
  vendor: HuaweiConfig;
  /** Where the vendor sends its callbacks: the public URL of a receiver, and the key that signs them. */
  callback: {
    /** Without a trailing slash; the application's name is appended as the last segment. */
    url: string;
    /** 32 to 64 characters; the same as the receiver's. */
    authKey: string;
  };
  /** Rate limit for all workers of the task queue together; the vendor allows 10. Default: 8. */
  jobCallsPerSecond?: number;
  /** How many open recordings stay in memory, about 100 KiB each; the others are replayed. Default: 1,000. */
  maxCachedWorkflows?: number;
  /** With it, a recording stays with the build that started it. Default: unversioned. */
  version?: { deploymentName: string; buildId: string } | undefined;
  /** Those of the callers, if they encrypt. Default: none; a recording whose input cannot be read then fails. */
  payloadCodecs?: PayloadCodec[];
  /** Stack traces of promises in workflows; they take a quarter of the CPU time of a replay. Default: false. */
  workflowStackTraces?: boolean;
  /** Whether the workflow bundle contains the OpenTelemetry interceptors. Default: false. */
  tracedWorkflows?: boolean;
  /** Called after each call to the vendor with its service, name, status and duration in seconds; no secrets. */
  onVendorCall?: OnResponse;
}

/** The workers of a process, and the vendor's clients that they share. */
export interface RecordingWorkers {
  /** One for recordings, one for the calls that start and stop jobs. */
  readonly workers: readonly Worker[];
  /** Runs until all have stopped: on SIGTERM, on `shutdown()`, or on the first failure. Then it closes. */
  run: () => Promise<void>;
  /** Begins to stop all of them; `run` resolves when they have. */
  shutdown: () => void;
  /** Closes the vendor's clients. Only needed if `run` was never called. */
  close: () => Promise<void>;
}

/**
 * Creates the workers of recordings. They run in any process, in parallel with workers of your own.
 * @throws the SDK's error if the namespace does not exist or rejects the connection
 *
 * @example
 * const connection = await NativeConnection.connect({ address: 'localhost:7233' });
 * const recordings = await createRecordingWorkers({ connection, vendor, callback });
 * await Promise.all([recordings.run(), ownWorker.run()]);
 */
export async function createRecordingWorkers(options: RecordingWorkersOptions): Promise<RecordingWorkers> {
  const {
    connection,
    namespace = 'default',
    taskQueue = DEFAULT_TASK_QUEUE,
    vendor,
    callback,
    onVendorCall,
  } = options;
  const { jobCallsPerSecond = DEFAULT_JOB_CALLS_PER_SECOND } = options;
  const { maxCachedWorkflows = DEFAULT_MAX_CACHED_WORKFLOWS, version, interceptors = {}, sinks = {} } = options;
  const { payloadCodecs = [] } = options;
  const attemptLimit = sharedAttemptLimit({
    client: new Client({ connection, namespace, dataConverter: { payloadCodecs } }),
    ...{ taskQueue, credentials: vendor.credentials, versioned: version !== undefined },
  });
  const { close, ...clients } = createHuaweiClients(vendor, { onResponse: onVendorCall, attemptLimit });
  try {
    const workers = await createWorkers({
      ...{ connection, namespace, taskQueue, jobCallsPerSecond, maxCachedWorkflows, version, interceptors, sinks },
      dataConverter: { payloadCodecs: payloadCodecs.length > 0 ? payloadCodecs : [unreadablePayloads] },
      activities: createActivities({ ...clients, callback }),
      workflowBundle: await workflowCode(options),
    });
    return {
      workers,
      run: () => runTogether(workers).finally(close),
      shutdown: () => shutDown(workers),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The bundle from the build starts faster than one made now; when running from source there is none. */
async function workflowCode({ workflowStackTraces = false, tracedWorkflows = false }: RecordingWorkersOptions) {
  const bundle = tracedWorkflows ? './workflow-bundle-traced.js' : './workflow-bundle.js';
  const codePath = fileURLToPath(new URL(bundle, import.meta.url));
  const isBuilt = existsSync(codePath);
  if (isBuilt && !workflowStackTraces) return { codePath };
  const code = isBuilt
    ? await readFile(codePath, 'utf8')
    : await bundleWorkflows({
        workflowsPath: fileURLToPath(new URL('./workflows/singleStreamRecording.js', import.meta.url)),
        interceptorModules: tracedWorkflows
          ? [fileURLToPath(import.meta.resolve('@temporalio/interceptors-opentelemetry/lib/workflow-interceptors'))]
          : [],
        logger: Runtime.instance().logger,
      });
  return { code: workflowStackTraces ? withStackTraces(code) : code };
}
