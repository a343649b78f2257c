import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Client } from '@temporalio/client';
import { beforeAll, expect, inject, it, type TestContext } from 'vitest';
import type { SimulatorOptions } from '../../simulator/options.js';
import type { Environment } from '../support/child.js';
import { deploy } from '../support/deployment.js';
import { endOf, exampleInput, examplesIn, jsonFile } from './programs.js';

// What examples/README.md says is to be done once.
beforeAll(async () => {
  const address = ['--address', inject('temporalAddress')];
  const operator = (...args: string[]) =>
    promisify(execFile)(inject('temporalCli'), ['operator', ...args, ...address], { env: { HOME: '/nonexistent' } });
  await operator('namespace', 'create', '--namespace', 'lessons');
  const target = ['--target-namespace', 'default', '--target-task-queue', 'recordings-nexus'];
  await operator('nexus', 'endpoint', 'create', '--name', 'recordings', ...target);
});

/** A lesson in a namespace of its own, started by the example's own programs, on a recorder with this vendor. */
async function startLesson(test: TestContext, vendor: SimulatorOptions, ofWorker: Environment = {}) {
  const deployment = await deploy(test, vendor);
  const run = examplesIn('typescript', test, deployment);
  const input = await exampleInput(deployment);
  const elsewhere = { TEMPORAL_NAMESPACE: 'lessons' };
  await Promise.all([
    deployment.startWorker(ofWorker),
    deployment.startReceiver(),
    run('nexus/handlerWorker').says('the worker for the operations is ready'),
    run('nexus/callerWorker', [], elsewhere).says('the worker for lessons is ready'),
  ]);
  const start = async (name: string, asked = input) =>
    run('nexus/start', [name, await jsonFile(test, asked)], elsewhere);
  const { connection } = deployment.client;
  const lesson = new Client({ connection, namespace: 'lessons' }).workflow.getHandle(`lesson:${input.appName}`);
  const recording = deployment.client.workflow.getHandle(`recording:${input.appName}:room001:user001:camera`);
  return { deployment, input, lesson, recording, program: await start(input.appName), startAnother: start };
}

const LONG: SimulatorOptions = { publishDurationMs: 600_000 };

it('a workflow of another namespace gets the files of the recording that it asked for', async (test) => {
  const { deployment, program } = await startLesson(test, {});
  const { code, stdout, stderr } = await endOf(program);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { key } = deployment.simulator.objects('obsName')[0]!;
  expect(JSON.parse(stdout)).toEqual({ recorded: true, outcome: 'recorded', files: [`obsName/${key}`] });
});

it('stops the recording by another operation; another start of the stream meanwhile is rejected', async (test) => {
  const { deployment, input, lesson, program, startAnother } = await startLesson(test, LONG);
  await expect.poll(() => deployment.simulator.jobs[0]?.state, { timeout: 60_000 }).toBe('RUNNING');

  const second = await endOf(await startAnother(`${input.appName}-2`));
  expect(JSON.parse(second.stdout)).toMatchObject({ recorded: false, reason: 'AlreadyRecording' });

  await lesson.signal('endLesson');
  expect(JSON.parse((await endOf(program)).stdout)).toMatchObject({ recorded: true, outcome: 'recorded' });
  expect(deployment.simulator.jobs).toMatchObject([{ state: 'STOPPED', stop_reason: 'TENANT_STOP' }]);
});

it('receives the type of the failure of the recorder', async (test) => {
  const { input, program, startAnother } = await startLesson(test, {}, { HW_USER_PASSWORD: 'wrong' });
  const misfit = await endOf(await startAnother(`${input.appName}-2`, { ...input, maxIdleTime: 1 }));
  expect(JSON.parse(misfit.stdout)).toMatchObject({
    recorded: false,
    reason: 'InvalidInput',
    message: expect.stringContaining('maxIdleTime') as string,
  });
  const { stdout } = await endOf(program);
  expect(JSON.parse(stdout)).toMatchObject({
    recorded: false,
    reason: 'AuthenticationFailed',
    message: expect.stringContaining('HW_USER_PASSWORD') as string,
  });
});

it('its cancellation stops the job, and ends when that is done', async (test) => {
  const { deployment, lesson, recording } = await startLesson(test, LONG);
  await expect.poll(() => deployment.simulator.jobs[0]?.state, { timeout: 60_000 }).toBe('RUNNING');
  await lesson.cancel();
  await expect(lesson.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
  expect(deployment.simulator.jobs).toMatchObject([{ state: 'STOPPED', stop_reason: 'TENANT_STOP' }]);
  expect((await recording.describe()).status.name).toBe('CANCELLED');
});

it('its termination leaves the recording alone', async (test) => {
  const { deployment, lesson, recording } = await startLesson(test, LONG);
  await expect.poll(() => deployment.simulator.jobs[0]?.state, { timeout: 60_000 }).toBe('RUNNING');
  await lesson.terminate();
  await deployment.recordings.get(recording.workflowId).stop();
  expect(await recording.result()).toMatchObject({ outcome: 'recorded', endedBy: 'stop' });
});
