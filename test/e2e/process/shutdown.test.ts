import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { Child } from '../../support/child.js';
import { deploy } from '../../support/deployment.js';

/** Ends the process as an orchestrator does; returns how it ended and after how long. */
async function stop(child: Child, signal: NodeJS.Signals) {
  const begun = Date.now();
  child.kill(signal);
  return { ...(await child.ended), took: Date.now() - begun };
}

describe.concurrent('a process that receives SIGTERM', { timeout: 120_000 }, () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`ends with 0 on ${signal}, without a word of failure`, async (test) => {
      const deployment = await deploy(test);
      const children = await Promise.all([deployment.startWorker(), deployment.startReceiver()]);
      for (const ended of await Promise.all(children.map((child) => stop(child, signal)))) {
        expect(ended).toMatchObject({ code: 0 });
        expect(ended.took).toBeLessThan(5_000);
      }
      expect(deployment.output()).not.toMatch(/"level":"(error|fatal)"/);
    });
  }

  it('worker: waits for the response to a start of a job', async (test) => {
    const deployment = await deploy(test, {
      faults: [{ match: 'POST /v2/apps/*/individual-stream-jobs', effect: { kind: 'delayAfter', ms: 2_000 } }],
    });
    const { simulator, recordings } = deployment;
    const [worker] = await Promise.all([deployment.startWorker(), deployment.startReceiver()]);
    const { recording } = await recordings.start(deployment.input());
    await test.expect.poll(() => simulator.jobs.length, { timeout: 60_000 }).toBe(1);

    const { code, took } = await stop(worker, 'SIGTERM');
    expect(code).toBe(0);
    expect(took).toBeLessThan(10_000);
    // The response was awaited: otherwise the next worker would have to look for the job. The server keeps it back
    // while
    // a workflow task of the
    // worker that is gone is open, up to 10 s.
    const handle = deployment.client.workflow.getHandle(recording.workflowId);
    const completed = async () =>
      ((await handle.fetchHistory()).events ?? []).filter((event) => event.activityTaskCompletedEventAttributes)
        .length;
    await test.expect.poll(completed, { timeout: 60_000 }).toBe(5);

    await deployment.startWorker();
    expect(await recording.result()).toMatchObject({ outcome: 'recorded', warnings: [] });
    expect(simulator.jobs).toHaveLength(1);
  });

  it('worker: does not call off a question that is on its way', async (test) => {
    const deployment = await deploy(test, {
      faults: [{ match: 'GET /v2/apps/*/individual-stream-jobs/*', effect: { kind: 'delayAfter', ms: 2_000 } }],
    });
    const { simulator, recordings } = deployment;
    const [worker] = await Promise.all([deployment.startWorker(), deployment.startReceiver()]);
    await recordings.start(deployment.input({ reconcileInterval: '1 second' }));
    const question = () =>
      simulator.requests.find(({ method, path }) => method === 'GET' && path.includes('/individual-stream-jobs/'));
    await test.expect.poll(question, { timeout: 60_000 }).toBeDefined();

    expect(await stop(worker, 'SIGTERM')).toMatchObject({ code: 0 });
    // Left out where the connection was broken before.
    expect(question()?.status).toBe(200);
  });

  it('receiver: finishes the callback in hand and takes no other', async (test) => {
    const deployment = await deploy(test);
    const receiver = await deployment.startReceiver();
    const callback = request(`${deployment.receiverUrl}/callback/app`, { method: 'POST' });
    const responded = once(callback, 'response') as Promise<[IncomingMessage]>;
    callback.write('{"half":');
    // Let through in order on one listener: when this has a response, the half callback is there too.
    await fetch(`${deployment.receiverUrl}/healthz`);

    const ended = stop(receiver, 'SIGTERM');
    await test.expect
      .poll(() =>
        fetch(`${deployment.receiverUrl}/healthz`).then(
          (response) => response.status,
          () => 'no connection',
        ),
      )
      .toBe('no connection');
    callback.end('true}');
    const [response] = await responded;
    expect([response.statusCode, await text(response)]).toEqual([200, '{"result":"ignored"}']);
    expect(await ended).toMatchObject({ code: 0 });
    expect((await ended).took).toBeLessThan(5_000);
  });
});
