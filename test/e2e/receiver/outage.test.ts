import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { FILE_COMPLETE, signed } from '../../support/signedCallback.js';
import type { StartedReceiver } from '../../support/startReceiver.js';
import { freePort } from '../../support/freePort.js';
import { startServer } from '../../support/temporalServer.js';
import { connectClient, signalsOf, startDeliveringReceiver, startIdleWorkflow } from './temporal.js';

const BODY = JSON.stringify(FILE_COMPLETE);
const RECORDING = 'recording:rtctest:room001:user001:camera';

/** Sends one event; the response has to come within 3 s, whatever it is. */
async function send({ origin }: StartedReceiver) {
  const start = performance.now();
  const response = await fetch(`${origin}/callback/rtctest`, { method: 'POST', body: BODY, headers: signed(BODY) });
  expect(performance.now() - start).toBeLessThan(3_000);
  return response.status;
}

/** Why the last event was not delivered: Temporal's own words, and not only that the time was up. */
const reasonLogged = ({ log }: StartedReceiver) => JSON.stringify(log.at(-1)?.err);

const readiness = async ({ origin }: StartedReceiver) => (await fetch(`${origin}/readyz`)).status;

it('starts without a server, finds it when it comes, and again after it was away', async () => {
  const port = await freePort();
  const receiver = await startDeliveringReceiver(`127.0.0.1:${port}`);
  expect(await send(receiver)).toBe(503);
  expect(reasonLogged(receiver)).toContain('ECONNREFUSED');
  const unready = await fetch(`${receiver.origin}/readyz`);
  expect([unready.status, await unready.text()]).toEqual([503, expect.stringContaining('ECONNREFUSED')]);
  expect((await fetch(`${receiver.origin}/healthz`)).status).toBe(200);

  for (let time = 0; time < 2; time += 1) {
    const stop = startServer({ onTestFinished }, port);
    await expect.poll(() => readiness(receiver), { timeout: 60_000, interval: 200 }).toBe(200);
    // The workflow is forgotten with its server.
    expect(await send(receiver)).toBe(200);
    const handle = await startIdleWorkflow(await connectClient(`127.0.0.1:${port}`), RECORDING);
    expect(await send(receiver)).toBe(200);
    expect(await signalsOf(handle)).toHaveLength(1);

    await stop();
    expect(await send(receiver)).toBe(503);
    expect(await readiness(receiver)).toBe(503);
  }
});

it('responds with 503 in time when the server takes connections and says nothing', async () => {
  const silent = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  onTestFinished(() => void silent.close());
  await once(silent, 'listening');
  const receiver = await startDeliveringReceiver(`127.0.0.1:${(silent.address() as AddressInfo).port}`);
  expect(await send(receiver)).toBe(503);
  expect(reasonLogged(receiver)).toContain('DEADLINE_EXCEEDED');
  const start = performance.now();
  expect(await readiness(receiver)).toBe(503);
  expect(performance.now() - start).toBeLessThan(1_200);
});

it('responds with 503 when the recording has had all the signals that one run may have', async () => {
  const port = await freePort();
  startServer({ onTestFinished }, port, { 'history.maximumSignalsPerExecution': 2 });
  const receiver = await startDeliveringReceiver(`127.0.0.1:${port}`);
  await expect.poll(() => readiness(receiver), { timeout: 60_000, interval: 200 }).toBe(200);
  const handle = await startIdleWorkflow(await connectClient(`127.0.0.1:${port}`), RECORDING);
  expect([await send(receiver), await send(receiver), await send(receiver)]).toEqual([200, 200, 503]);
  expect(await signalsOf(handle)).toHaveLength(2);
  expect(reasonLogged(receiver)).toContain('exceeded workflow execution limit for signal events');
});
