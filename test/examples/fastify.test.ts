import { createServer } from 'node:http';
import { readdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { expect, it, type TestContext } from 'vitest';
import type { SimulatorOptions } from '../../simulator/options.js';
import { deploy } from '../support/deployment.js';
import { freePort } from '../support/freePort.js';
import { exampleInput, examplesIn, jsonFile, ownDirectory } from './programs.js';

const TOKEN = 'canary-webhook-token';

/** Takes reports, the first one not at once, so that it has to be sent again. */
async function takeReports(test: TestContext) {
  const reports: unknown[] = [];
  let rejectedOnce = false;
  const server = createServer((request, response) => {
    void json(request).then((report) => {
      if (rejectedOnce) reports.push(report);
      response.writeHead(rejectedOnce ? 204 : 500).end();
      rejectedOnce = true;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  test.onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, reports };
}

async function startService(test: TestContext, vendor: SimulatorOptions) {
  const deployment = await deploy(test, vendor);
  const run = examplesIn('typescript', test, deployment);
  // Who is recorded in which room is what the webhook tells; JSON leaves out what is undefined.
  const recorded = { ...(await exampleInput(deployment)), roomId: undefined, userId: undefined };
  const { url: reportUrl, reports } = await takeReports(test);
  const [port, pending] = [await freePort(), await ownDirectory(test)];
  const environment = {
    WEBHOOK_TOKEN: TOKEN,
    REPORT_URL: reportUrl,
    RECORDED: await jsonFile(test, recorded),
    PENDING: pending,
    PORT: String(port),
  };
  const startAgain = async () => {
    const service = run('fastify/main', [], environment);
    await service.says('Server listening');
    return service;
  };
  const [service] = await Promise.all([startAgain(), deployment.startWorker(), deployment.startReceiver()]);
  const joined = async (body: unknown, token = TOKEN) => {
    const response = await fetch(`http://127.0.0.1:${port}/joined`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const workflowId = `recording:${recorded.appName}:room001:user001:camera`;
  return { deployment, service, startAgain, joined, reports, pending, workflowId };
}

it('the service records who joins, once, and reports the files', async (test) => {
  const { deployment, joined, reports, pending, workflowId } = await startService(test, {});
  const started = await joined({ room: 'room001', user: 'user001' });
  expect(started).toEqual({ status: 202, body: { workflowId, alreadyRunning: false, warnings: [] } });
  const again = await joined({ room: 'room001', user: 'user001' });
  expect(again).toMatchObject({ status: 202, body: { workflowId, alreadyRunning: true } });

  await expect.poll(() => reports.length, { timeout: 60_000 }).toBe(1);
  const { key } = deployment.simulator.objects('obsName')[0]!;
  const { runId } = await deployment.client.workflow.getHandle(workflowId).describe();
  const files = [{ bucket: 'obsName', object: key }];
  expect(reports).toMatchObject([{ workflowId, runId, ended: 'completed', outcome: 'recorded', files }]);
  await expect.poll(() => readdir(pending)).toEqual([]);
});

it('the service takes nothing from strangers, nor what it does not understand', async (test) => {
  const { deployment, joined } = await startService(test, {});
  expect(await joined({ room: 'room001', user: 'user001' }, 'another token')).toMatchObject({ status: 401 });
  for (const body of [
    { room: 'room001' },
    { room: 'room:001', user: 'user001' },
    { room: 'room001', user: 'user001', screen: 'true' },
    { room: 'room001', user: 'user001', bucket: 'mine' },
  ]) {
    expect(await joined(body), JSON.stringify(body)).toMatchObject({ status: 400 });
  }
  expect(deployment.simulator.requests).toEqual([]);
});

it('the service reports what has ended while it was dead', async (test) => {
  const { deployment, service, startAgain, joined, reports, pending, workflowId } = await startService(test, {
    publishDurationMs: 600_000,
  });
  expect(await joined({ room: 'room001', user: 'user001' })).toMatchObject({ status: 202 });
  await expect.poll(() => deployment.simulator.jobs[0]?.state, { timeout: 60_000 }).toBe('RUNNING');
  service.kill('SIGKILL');
  await service.ended;
  const recording = deployment.recordings.get(workflowId);
  await recording.stop();
  await recording.result();
  expect(reports).toEqual([]);

  await startAgain();
  await expect.poll(() => reports.length, { timeout: 60_000 }).toBe(1);
  expect(reports).toMatchObject([{ workflowId, ended: 'completed', endedBy: 'stop', fileCount: 1 }]);
  await expect.poll(() => readdir(pending)).toEqual([]);
});

it('the service reports a recording without a result too', async (test) => {
  const { joined, reports } = await startService(test, { buckets: [{ name: 'obsName', authorized: false }] });
  expect(await joined({ room: 'room001', user: 'user001', screen: true })).toMatchObject({ status: 202 });
  await expect.poll(() => reports.length, { timeout: 60_000 }).toBe(1);
  expect(reports).toMatchObject([{ ended: 'without result', reason: 'BucketNotAuthorized' }]);
});
