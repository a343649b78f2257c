import type { Client } from '@temporalio/client';
import { loadClientConfig, type TemporalConfig } from '../config.js';
import { jobsTaskQueue } from '../contract/workflowId.js';
import { connectLazily } from '../temporal/connection.js';
import { describeNamespace, adviceFor } from '../temporal/readiness.js';
import { addressOf } from '../temporal/route.js';
import { findMissingSearchAttributes } from '../temporal/searchAttributes.js';
import { fail, warn, skip, pass, tryLoad, type Check } from './check.js';

const TIMEOUT = 5_000;
const ATTEMPTS = 2;

/** TASK_QUEUE_TYPE_WORKFLOW and TASK_QUEUE_TYPE_ACTIVITY of Temporal's API. */
const WORKFLOW_TASKS = 1;
const ACTIVITY_TASKS = 2;

const SERVER = 'Temporal';
const NAMESPACE = 'namespace';
const ATTRIBUTES = 'search attributes';
const WORKER = 'worker';
const JOBS_WORKER = 'worker, job calls';

/** Server, namespace, search attributes and workers. */
export async function checkTemporal(): Promise<Check[]> {
  const { config, problems } = tryLoad(loadClientConfig);
  if (problems !== undefined) return [fail(SERVER, problems, 'Correct these variables.'), ...withoutServer()];
  const client = connectLazily(config, { attempts: ATTEMPTS });
  try {
    return await checkServer(client, config);
  } finally {
    await client.connection.close();
  }
}

function withoutServer(): Check[] {
  return [NAMESPACE, ATTRIBUTES, WORKER, JOBS_WORKER].map((name) => skip(name, 'needs Temporal'));
}

async function checkServer(client: Client, { namespace, taskQueue, connection }: TemporalConfig): Promise<Check[]> {
  const { workflowService } = client.connection;
  const address = addressOf(connection);
  try {
    await within(client, () => workflowService.getSystemInfo({}));
  } catch (error) {
    const fix = adviceFor(error, namespace) ?? 'Check that it runs, and check TEMPORAL_ADDRESS and TEMPORAL_TLS_*.';
    return [fail(SERVER, `not reachable at ${address}: ${reasonOf(error)}`, fix), ...withoutServer()];
  }
  const server = pass(SERVER, `reached at ${address}`);
  try {
    await within(client, () => describeNamespace(client.connection, namespace));
  } catch (error) {
    const fix = adviceFor(error, namespace) ?? 'Try again; if it fails again, check the server.';
    const rest = [ATTRIBUTES, WORKER, JOBS_WORKER].map((name) => skip(name, 'needs the namespace'));
    return [server, fail(NAMESPACE, `"${namespace}" cannot be used: ${reasonOf(error)}`, fix), ...rest];
  }
  return [
    server,
    pass(NAMESPACE, `"${namespace}" exists`),
    await checkAttributes(client, namespace),
    await checkPollers(client, { name: WORKER, taskQueue, taskQueueType: WORKFLOW_TASKS }),
    await checkPollers(client, {
      name: JOBS_WORKER,
      taskQueue: jobsTaskQueue(taskQueue),
      taskQueueType: ACTIVITY_TASKS,
    }),
  ];
}

async function checkAttributes(client: Client, namespace: string): Promise<Check> {
  try {
    const { missing, noRoom } = await within(client, () => findMissingSearchAttributes(client.connection, namespace));
    if (missing.length === 0) return pass(ATTRIBUTES, 'all are registered');
    if (noRoom !== undefined) return warn(ATTRIBUTES, `missing: ${missing.join(', ')}`, noRoom);
    return fail(ATTRIBUTES, `missing: ${missing.join(', ')}`, 'Register them once: npm run setup:namespace');
  } catch (error) {
    // Temporal Cloud does not offer this call.
    return warn(ATTRIBUTES, `could not be read: ${reasonOf(error)}`, 'Check them in the Web UI of the namespace.');
  }
}

async function checkPollers(
  client: Client,
  { name, taskQueue, taskQueueType }: { name: string; taskQueue: string; taskQueueType: number },
): Promise<Check> {
  const { namespace } = client.options;
  try {
    const { pollers: found } = await within(client, () =>
      client.workflowService.describeTaskQueue({ namespace, taskQueue: { name: taskQueue }, taskQueueType }),
    );
    if (found.length > 0) return pass(name, `${found.length} on task queue ${taskQueue}`);
    const fix = 'Start one (npm run start:worker) with this TEMPORAL_NAMESPACE and TEMPORAL_TASK_QUEUE.';
    return fail(name, `none on task queue ${taskQueue}`, fix);
  } catch (error) {
    return fail(name, `the task queue ${taskQueue} could not be read: ${reasonOf(error)}`, 'Try again.');
  }
}

function within<T>(client: Client, call: () => Promise<T>): Promise<T> {
  return client.withDeadline(Date.now() + TIMEOUT, call);
}

function reasonOf(error: unknown): string {
  const { details, message } = error as { details?: string; message?: string };
  return details || message || String(error);
}
