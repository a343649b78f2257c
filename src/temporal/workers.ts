import type { WorkerDeploymentVersion } from '@temporalio/common';
import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import type { createActivities } from '../activities/index.js';
import { jobsTaskQueue } from '../contract/workflowId.js';

/** Covers the longest HTTP call of an activity, so that a stopping worker leaves no job start without its answer. */
const SHUTDOWN_GRACE = '30 seconds' as const;

/**
 * A run takes up to 10,000 signals, and those that piled up while no worker was there come in one activation, at about half a millisecond each on a
 * busy machine. The SDK's limit of 5 s is meant to catch endless loops; to be cut off there ends the whole process, and the next one in the same way.
 * The SDK takes this option, although its types do not show it.
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
  /** What all workers of this queue together make at most, on the average: the server's burst is about twice as many. */
  jobCallsPerSecond: number;
  /** The build that these workers are of: a recording stays with the build that began it. Default: any worker goes on with any recording. */
  version?: WorkerDeploymentVersion | undefined;
}

/** The two workers of a process: the procedure, and the job calls on their own queue, whose rate the server limits for all processes together. */
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
    // Of no version: the job calls of every build's recordings are made by whoever is there, under one rate limit.
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
