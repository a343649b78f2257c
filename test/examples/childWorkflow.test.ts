import { expect, it, type TestContext } from 'vitest';
import type { SimulatorOptions } from '../../simulator/options.js';
import { deploy } from '../support/deployment.js';
import { endOf, exampleInput, examplesIn, jsonFile } from './programs.js';

/** A meeting that was started by the example's own programs, on a recorder with this vendor. */
async function startMeeting(test: TestContext, vendor: SimulatorOptions) {
  const deployment = await deploy(test, vendor);
  const run = examplesIn('typescript', test, deployment);
  const input = await exampleInput(deployment);
  const worker = run('child-workflow/worker');
  await Promise.all([
    deployment.startWorker(),
    deployment.startReceiver(),
    worker.says('the worker for meetings is ready'),
  ]);
  const start = run('child-workflow/start', [input.appName, await jsonFile(test, input)]);
  const meeting = deployment.client.workflow.getHandle(`meeting:${input.appName}`);
  const recording = deployment.client.workflow.getHandle(`recording:${input.appName}:room001:user001:camera`);
  return { deployment, run, input, start, meeting, recording };
}

const LONG: SimulatorOptions = { publishDurationMs: 600_000 };

it('a recording is the child of a meeting, which gets its files', async (test) => {
  const { deployment, input, start } = await startMeeting(test, {});
  const { code, stdout, stderr } = await endOf(start);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { key } = deployment.simulator.objects('obsName')[0]!;
  const report = { title: input.appName, recorded: true, outcome: 'recorded', files: [`obsName/${key}`] };
  expect(JSON.parse(stdout)).toEqual(report);
});

it('a meeting goes on without the recording that failed, and says why', async (test) => {
  const { start } = await startMeeting(test, { buckets: [{ name: 'obsName', authorized: false }] });
  const { code, stdout } = await endOf(start);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ recorded: false, reason: 'BucketNotAuthorized' });
});

it('a second meeting learns that the stream is being recorded already', async (test) => {
  const { deployment, run, input } = await startMeeting(test, LONG);
  await expect.poll(() => deployment.simulator.jobs[0]?.state, { timeout: 60_000 }).toBe('RUNNING');
  const second = run('child-workflow/start', [`${input.appName}-2`, await jsonFile(test, input)]);
  const { code, stdout } = await endOf(second);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ recorded: false, reason: 'AlreadyRunning' });
  expect(deployment.simulator.jobs).toHaveLength(1);
});

it.for(['terminate', 'cancel'] as const)('%s the meeting, and the vendor’s job is stopped', async (end, test) => {
  const { deployment, start, meeting, recording } = await startMeeting(test, LONG);
  await expect.poll(() => deployment.simulator.jobs[0]?.state, { timeout: 60_000 }).toBe('RUNNING');

  await meeting[end]();
  await expect(recording.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
  // By us: the stream would have gone on for a minute.
  expect(deployment.simulator.jobs[0]).toMatchObject({ state: 'STOPPED', stop_reason: 'TENANT_STOP' });
  expect((await endOf(start)).code).toBe(1);
});
