import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { expect, inject, it, onTestFinished } from 'vitest';
import { startProgram, type Environment } from '../../support/child.js';
import { AUTH_KEY, PASSWORD } from '../../support/deployment.js';
import { freePort } from '../../support/freePort.js';

/** Keeps the event loop busy from then on. */
const STUCK_ON_SIGUSR2 = 'data:text/javascript,process.on("SIGUSR2",()=>{for(;;);})';

function startWorker(environment: Environment) {
  const path = resolve(import.meta.dirname, '../../../dist/worker.js');
  const worker = startProgram(process.execPath, ['--import', STUCK_ON_SIGUSR2, path], {
    HW_USER_NAME: 'username',
    HW_USER_PASSWORD: PASSWORD,
    HW_DOMAIN_NAME: 'domainname',
    CALLBACK_URL: 'http://127.0.0.1:8080/callback',
    CALLBACK_AUTH_KEY: AUTH_KEY,
    TEMPORAL_TASK_QUEUE: 'health',
    ...environment,
  });
  onTestFinished(async () => {
    worker.kill('SIGKILL');
    await worker.ended;
  });
  return worker;
}

/** The status, or undefined without a response in time. */
const statusOf = (url: string) =>
  fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    ({ status }) => status,
    () => undefined,
  );

it('responds while the event loop runs; the metrics page responds even if it is stuck', async () => {
  const [metrics, health] = [await freePort(), await freePort()];
  const worker = startWorker({
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    WORKER_METRICS_ADDRESS: `127.0.0.1:${metrics}`,
    WORKER_HEALTH_ADDRESS: `127.0.0.1:${health}`,
  });
  await worker.says('the worker is ready');
  const urls = [`http://127.0.0.1:${health}/healthz`, `http://127.0.0.1:${metrics}/metrics`] as const;
  expect(await Promise.all(urls.map(statusOf))).toEqual([200, 200]);
  expect(await statusOf(`http://127.0.0.1:${health}/metrics`)).toBe(404);

  worker.kill('SIGUSR2');
  await expect.poll(() => statusOf(urls[0])).toBeUndefined();
  expect(await statusOf(urls[1])).toBe(200);
});

it('responds with 503 until the worker runs', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => void silent.close());
  const health = await freePort();
  startWorker({
    TEMPORAL_ADDRESS: `127.0.0.1:${(silent.address() as AddressInfo).port}`,
    WORKER_HEALTH_ADDRESS: `:${health}`,
  });
  await expect.poll(() => statusOf(`http://127.0.0.1:${health}/healthz`)).toBe(503);
});

it('ends with one line if the port is taken', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  onTestFinished(() => void taken.close());
  const worker = startWorker({
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    WORKER_HEALTH_ADDRESS: `127.0.0.1:${(taken.address() as AddressInfo).port}`,
  });
  expect(await worker.ended).toMatchObject({ code: 1 });
  expect(worker.stderr()).toMatch(/^The worker cannot listen at WORKER_HEALTH_ADDRESS 127\.0\.0\.1:\d+: .*\n$/);
});
