import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { expect, it, vi } from 'vitest';
import type { Recording } from '../../../src/client.js';
import { deploy } from '../../support/deployment.js';

const LIMIT = { timeout: 60_000, interval: 100 };

/** From now on new recordings start on this build. The server knows a build when its worker has polled. */
async function makeCurrent(
  { workflowService, options: { namespace } }: Client,
  deploymentName: string,
  buildId: string,
) {
  await vi.waitFor(
    () => workflowService.setWorkerDeploymentCurrentVersion({ namespace, deploymentName, buildId, identity: 'test' }),
    LIMIT,
  );
}

/** The builds that did the workflow tasks of a recording. */
async function buildsOf({ workflow }: Client, { workflowId }: Recording): Promise<string[]> {
  const { events } = await workflow.getHandle(workflowId).fetchHistory();
  const builds = (events ?? []).flatMap(
    ({ workflowTaskCompletedEventAttributes: done }) => done?.deploymentVersion?.buildId ?? [],
  );
  return [...new Set(builds)];
}

it(
  'open recordings end on the build that began them, new ones start on the new build',
  { timeout: 180_000 },
  async (test) => {
    const deployment = await deploy(test, { publishDurationMs: 3_600_000 });
    const { client, recordings, simulator, input } = deployment;
    const name = `recorder-${randomUUID().slice(0, 8)}`;
    const build = (buildId: string) => ({ TEMPORAL_DEPLOYMENT_NAME: name, TEMPORAL_WORKER_BUILD_ID: buildId });
    const records = (recording: Recording) =>
      vi.waitFor(async () => expect((await recording.status()).phase).toBe('recording'), LIMIT);
    await deployment.startReceiver();

    const first = await deployment.startWorker(build('one'));
    const { recording: old } = await recordings.start(input());
    // No build gets a task before one is made the current one.
    expect(simulator.requests).toEqual([]);
    await makeCurrent(client, name, 'one');
    await records(old);

    await deployment.startWorker(build('two'));
    await makeCurrent(client, name, 'two');
    const { recording: recent } = await recordings.start(input({ userId: 'user002' }));
    await records(recent);

    for (const recording of [old, recent]) {
      await recording.stop();
      expect(await recording.result()).toMatchObject({ outcome: 'recorded', endedBy: 'stop' });
    }
    expect(await buildsOf(client, old)).toEqual(['one']);
    expect(await buildsOf(client, recent)).toEqual(['two']);
    expect(simulator.jobs.map(({ state }) => state)).toEqual(['STOPPED', 'STOPPED']);
    first.kill('SIGTERM');
    expect(await first.ended).toMatchObject({ code: 0 });
  },
);
