import type { WorkerDeploymentVersion } from '@temporalio/common';
import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import type { createActivities } from '../activities/index.js';
import { jobsTaskQueue } from '../contract/workflowId.js';

/** Covers the longest HTTP call of an activity, so that a stopping worker leaves no job start without its answer. */
const SHUTDOWN_GRACE = '30 seconds' as const;

/**
 * Up to 10,000 signals may come in one activation after an outage of the workers, about half a millisecond each. The
 * SDK's limit of 5 s would end the whole process. The SDK takes this option, although its types do not show it.
 */
const ENOUGH_FOR_ALL_SIGNALS = { isolateExecutionTimeout: '1 minute' };

export interface RecordingWorkersOptions extends Pick<
  WorkerOptions,
  'interceptors' | 'maxCachedWorkflows' | 'sinks' | 'workflowBundle'
> {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
  activities: ReturnType<typeof createActivities>;
  /** The average for all workers of this queue together; the server lets bursts of about twice as many through. */
  jobCallsPerSecond: number;
  /** A recording stays with the build that started it. Default: unversioned, any worker continues any recording. */
  version?: WorkerDeploymentVersion | undefined;
}

/** The two workers of a process: the procedure, and the job calls, with one rate limit for all processes. */
export async function createRecordingWorkers(options: RecordingWorkersOptions): Promise<Worker[]> {
  const {
    connection,
    namespace,
    taskQueue,
    activities,
    jobCallsPerSecond,
    version,
    interceptors = {},
    ...workflows
  } = options;
  const shared = { connection, namespace, activities, shutdownGraceTime: SHUTDOWN_GRACE };
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
      taskQueue: jobsTaskQueue(taskQueue),
      maxTaskQueueActivitiesPerSecond: jobCallsPerSecond,
    }),
  ];
}

/** Runs until all have stopped. None is of use without the others: when one ends, they all do. */
export async function runTogether(workers: Worker[]): Promise<void> {
  const shutDownAll = () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  await Promise.all(workers.map((worker) => worker.run().finally(shutDownAll)));
}
