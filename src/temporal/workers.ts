import type { WorkerDeploymentVersion } from '@temporalio/common';
import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import type { createActivities } from '../activities/index.js';
import { jobsTaskQueue } from '../contract/workflowId.js';
import { countWorkers, JobCallSlots, QUEUE_LIMIT_FACTOR } from './jobCallSlots.js';

/** Covers the longest HTTP call of an activity, so that a stopping worker gets the response of every job start. */
const SHUTDOWN_GRACE = '30 seconds' as const;

/**
 * Up to 10,000 signals may come in one activation after an outage of the workers, about half a millisecond each. The
 * SDK's limit of 5 s would end the whole process. The SDK takes this option, although its types do not show it.
 */
const ENOUGH_FOR_ALL_SIGNALS = { isolateExecutionTimeout: '1 minute' };

/** A tuner has to name the slots of all kinds of tasks; the worker of the job calls has activities only. */
const UNUSED = {
  workflowTaskSlotSupplier: { type: 'fixed-size', numSlots: 1 },
  localActivityTaskSlotSupplier: { type: 'fixed-size', numSlots: 1 },
  nexusTaskSlotSupplier: { type: 'fixed-size', numSlots: 1 },
} as const;

export interface WorkersOptions extends Pick<
  WorkerOptions,
  'dataConverter' | 'interceptors' | 'maxCachedWorkflows' | 'sinks' | 'workflowBundle'
> {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
  activities: ReturnType<typeof createActivities>;
  /** Of all workers of this queue together. */
  jobCallsPerSecond: number;
  /** A recording stays with the build that started it. Default: unversioned, any worker continues any recording. */
  version?: WorkerDeploymentVersion | undefined;
}

/** The two workers of a process: the procedure, and the job calls, with one rate limit for all processes. */
export async function createWorkers(options: WorkersOptions): Promise<Worker[]> {
  const {
    connection,
    namespace,
    taskQueue,
    activities,
    jobCallsPerSecond,
    version,
    dataConverter,
    interceptors = {},
    ...workflows
  } = options;
  const shared = {
    ...{ connection, namespace, activities, shutdownGraceTime: SHUTDOWN_GRACE },
    ...(dataConverter && { dataConverter }),
  };
  const jobs = jobsTaskQueue(taskQueue);
  const jobCallSlots = new JobCallSlots(jobCallsPerSecond, () => countWorkers(connection, namespace, jobs));
  return [
    await Worker.create({
      ...shared,
      ...workflows,
      interceptors,
      ...ENOUGH_FOR_ALL_SIGNALS,
      taskQueue,
      ...(version && {
        workerDeploymentOptions: { useWorkerVersioning: true, version, defaultVersioningBehavior: 'PINNED' },
      }),
    }),
    // Unversioned on purpose: any build may make the job calls of every recording, under one rate limit.
    await Worker.create({
      ...shared,
      interceptors: { activity: interceptors.activity ?? [] },
      taskQueue: jobs,
      maxTaskQueueActivitiesPerSecond: QUEUE_LIMIT_FACTOR * jobCallsPerSecond,
      maxConcurrentActivityTaskPolls: jobCallSlots.polls,
      tuner: { ...UNUSED, activityTaskSlotSupplier: jobCallSlots },
    }),
  ];
}

/** Runs until all have stopped. When one ends, the others are stopped. */
export async function runTogether(workers: Worker[]): Promise<void> {
  await Promise.all(workers.map((worker) => worker.run().finally(() => shutDown(workers))));
}

/** A worker that is not running would throw. */
export function shutDown(workers: Worker[]): void {
  for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
}
