import type { Client } from '@temporalio/client';
import { loadClientConfig, type TemporalConfig } from '../config.js';
import { jobsTaskQueue } from '../contract/workflowId.js';
import { connectLazily } from '../temporal/connection.js';
import { describeNamespace, whatToMend } from '../temporal/readiness.js';
import { missingSearchAttributes } from '../temporal/searchAttributes.js';
import { crossed, doubtful, skipped, ticked, tryLoad, type Finding } from './finding.js';

const ANSWER_WITHIN = 5_000;
const ATTEMPTS = 2;

/** TASK_QUEUE_TYPE_WORKFLOW and TASK_QUEUE_TYPE_ACTIVITY of Temporal's API. */
const WORKFLOW_TASKS = 1;
const ACTIVITY_TASKS = 2;

const SERVER = 'Temporal';
const NAMESPACE = 'namespace';
const ATTRIBUTES = 'search attributes';
const WORKER = 'worker';
const JOBS_WORKER = 'worker, job calls';

/** Whether recordings can be started, found and made, as far as Temporal tells. */
export async function temporalFindings(): Promise<Finding[]> {
  const { config, problems } = tryLoad(loadClientConfig);
  if (problems !== undefined) return [crossed(SERVER, problems, 'Correct these variables.'), ...withoutServer()];
  const client = connectLazily(config, { attempts: ATTEMPTS });
  try {
    return await examine(client, config);
  } finally {
    await client.connection.close();
  }
}

function withoutServer(): Finding[] {
  return [NAMESPACE, ATTRIBUTES, WORKER, JOBS_WORKER].map((name) => skipped(name, 'needs Temporal'));
}

async function examine(client: Client, { namespace, taskQueue, connection }: TemporalConfig): Promise<Finding[]> {
  const { workflowService } = client.connection;
  const address = connection.address ?? 'localhost:7233';
  try {
    await within(client, () => workflowService.getSystemInfo({}));
  } catch (error) {
    const mend =
      whatToMend(error, namespace) ?? 'See that it runs, and that TEMPORAL_ADDRESS and TEMPORAL_TLS_* are right.';
    return [crossed(SERVER, `does not answer at ${address}: ${reasonOf(error)}`, mend), ...withoutServer()];
  }
  const server = ticked(SERVER, `answers at ${address}`);
  try {
    await within(client, () => describeNamespace(client.connection, namespace));
  } catch (error) {
    const mend = whatToMend(error, namespace) ?? 'Try again; then look at the state of the server.';
    const rest = [ATTRIBUTES, WORKER, JOBS_WORKER].map((name) => skipped(name, 'needs the namespace'));
    return [server, crossed(NAMESPACE, `"${namespace}" cannot be used: ${reasonOf(error)}`, mend), ...rest];
  }
  return [
    server,
    ticked(NAMESPACE, `"${namespace}" is there`),
    await attributes(client, namespace),
    await pollers(client, { name: WORKER, taskQueue, taskQueueType: WORKFLOW_TASKS }),
    await pollers(client, { name: JOBS_WORKER, taskQueue: jobsTaskQueue(taskQueue), taskQueueType: ACTIVITY_TASKS }),
  ];
}

async function attributes(client: Client, namespace: string): Promise<Finding> {
  try {
    const missing = await within(client, () => missingSearchAttributes(client.connection, namespace));
    if (missing.length === 0) return ticked(ATTRIBUTES, 'all are registered');
    return crossed(ATTRIBUTES, `missing: ${missing.join(', ')}`, 'Register them once: npm run setup:namespace');
  } catch (error) {
    // Temporal Cloud answers this question to nobody.
    return doubtful(
      ATTRIBUTES,
      `could not be looked up: ${reasonOf(error)}`,
      'Look at them in the web page of the namespace.',
    );
  }
}

async function pollers(
  client: Client,
  { name, taskQueue, taskQueueType }: { name: string; taskQueue: string; taskQueueType: number },
): Promise<Finding> {
  const { namespace } = client.options;
  try {
    const { pollers: found } = await within(client, () =>
      client.workflowService.describeTaskQueue({ namespace, taskQueue: { name: taskQueue }, taskQueueType }),
    );
    if (found.length > 0) return ticked(name, `${found.length} on task queue ${taskQueue}`);
    const mend = 'Start one (npm run start:worker) with this TEMPORAL_NAMESPACE and TEMPORAL_TASK_QUEUE.';
    return crossed(name, `none on task queue ${taskQueue}`, mend);
  } catch (error) {
    return crossed(name, `the task queue ${taskQueue} could not be looked up: ${reasonOf(error)}`, 'Try again.');
  }
}

function within<T>(client: Client, call: () => Promise<T>): Promise<T> {
  return client.withDeadline(Date.now() + ANSWER_WITHIN, call);
}

function reasonOf(error: unknown): string {
  const { details, message } = error as { details?: string; message?: string };
  return details || message || String(error);
}
