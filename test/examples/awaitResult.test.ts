import { expect, it } from 'vitest';
import { deploy } from '../support/deployment.js';
import { endOf, examplesIn } from './programs.js';

it('the result of a recording is awaited by another process, while it runs and after its end', async (test) => {
  const deployment = await deploy(test, { publishDurationMs: 600_000 });
  await Promise.all([deployment.startWorker(), deployment.startReceiver()]);
  const run = examplesIn('typescript', test, deployment);
  const { recording, workflowId } = await deployment.recordings.start(deployment.input());

  const during = run('await-result/awaitResult', [workflowId]);
  await expect.poll(() => deployment.simulator.jobs[0]?.state, { timeout: 60_000 }).toBe('RUNNING');
  await recording.stop();
  const [early, late] = [await endOf(during), await endOf(run('await-result/awaitResult', [workflowId]))];
  expect(early).toMatchObject({ code: 0, stderr: '' });
  const { key } = deployment.simulator.objects('obsName')[0]!;
  expect(JSON.parse(early.stdout)).toEqual({ outcome: 'recorded', files: [`obsName/${key}`], warnings: [] });
  expect(late).toEqual(early);
});

it('a recording that has failed, was cancelled or never existed is distinguished', async (test) => {
  const deployment = await deploy(test, { publishDurationMs: 600_000 });
  const run = examplesIn('typescript', test, deployment);

  const unknown = await endOf(run('await-result/awaitResult', ['recording:none:room001:user001:camera']));
  expect(unknown).toMatchObject({ code: 1, stdout: '' });
  expect(unknown.stderr).toMatch(/^There is no recording "recording:none:room001:user001:camera"/);

  await Promise.all([deployment.startWorker(), deployment.startReceiver()]);
  const cancelled = await deployment.recordings.start(deployment.input({ userId: 'user002' }));
  await deployment.client.workflow.getHandle(cancelled.workflowId).cancel();
  const end = await endOf(run('await-result/awaitResult', [cancelled.workflowId]));
  expect(end).toMatchObject({ code: 1, stdout: '' });
  expect(end.stderr).toMatch(/^The recording was cancelled/);

  // Rejected by the recorder itself: the client would not have sent it.
  const workflowId = `recording:${deployment.input().appName}:room001:user003:camera`;
  await deployment.client.workflow.start('singleStreamRecording', {
    workflowId,
    taskQueue: deployment.taskQueue,
    args: [deployment.input({ userId: 'user003', maxIdleTime: 1 })],
  });
  const failed = await endOf(run('await-result/awaitResult', [workflowId]));
  expect(failed).toMatchObject({ code: 1, stdout: '' });
  expect(failed.stderr).toMatch(/^The recording failed \(InvalidInput; fix that first\): [^]*maxIdleTime/);
});
