import { createServer, connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { expect, inject, it, onTestFinished, vi } from 'vitest';
import { startRig } from '../../support/recordingRig.js';
import { cli, keyOf, ofRig, startCli } from './cli.js';

const SOON = { timeout: 60_000, interval: 50 };

/** Watches a recording, and stops that as soon as it is seen to record. */
async function watchToItsEnd(...options: string[]) {
  const rig = await startRig({ simulator: { publishDurationMs: 600_000 } });
  const recording = await rig.start();
  const watching = startCli(['watch', ...keyOf(rig), ...options], { environment: ofRig(rig) });
  await vi.waitUntil(() => watching.stdout().includes('recording'), SOON);
  await recording.stop();
  const { code } = await watching.ended;
  return { rig, code, stdout: watching.stdout(), stderr: watching.stderr() };
}

it('tells each change in a line, to the end, and ends with the outcome', async () => {
  const { rig, code, stdout, stderr } = await watchToItsEnd();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout.trimEnd().split('\n');
  expect(lines[0]).toBe(`Camera of user001 in room001 (${rig.appName})`);
  expect(stdout).toMatch(/^ +0:\d\d {2}recording$/m);
  expect(stdout).toMatch(/^ +0:\d\d {2}job \S+$/m);
  expect(stdout).toMatch(/^✓ recorded: 1 file, [\d.]+ .?B, ended by stop\nFORMAT +SIZE +DURATION +PLACE\nMP4 /m);
  // Each once, and nothing for a terminal.
  expect(new Set(lines).size).toBe(lines.length);
  expect(stdout).not.toContain('\x1b');
});

it('tells programs one object a line', async () => {
  const { code, stdout, stderr } = await watchToItsEnd('--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const sights = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { kind: string });
  expect(sights.at(0)).toMatchObject({ kind: 'status' });
  expect(sights.at(-1)).toMatchObject({ kind: 'result', outcome: 'recorded', fileCount: 1 });
});

it('has nothing else to say after many looks', async () => {
  // Some 12 s: Node warns of listeners that pile up when there are more than ten.
  const rig = await startRig({ simulator: { publishDurationMs: 120_000 } });
  await rig.start();
  expect(await cli(['watch', ...keyOf(rig)], { environment: ofRig(rig) })).toMatchObject({ code: 0, stderr: '' });
});

it('ends with a code for each other end', async () => {
  const rig = await startRig();
  const environment = ofRig(rig);
  const stopped = await rig.start({ userId: 'empty', waitForParticipant: true });
  await stopped.stop();
  await stopped.result();
  const cancelled = await rig.start({ userId: 'cancelled', waitForParticipant: true });
  await rig.client.workflow.getHandle(cancelled.workflowId).cancel();
  await expect(cancelled.result()).rejects.toMatchObject({ type: 'Cancelled' });
  rig.simulator.addFault({
    match: 'POST /v2/apps/*/individual-stream-jobs',
    effect: { kind: 'respond', status: 400 },
  });
  const failed = await rig.start({ userId: 'failed' });
  await expect(failed.result()).rejects.toMatchObject({ type: 'JobRejected' });

  const [empty, ended, rejected] = await Promise.all(
    [stopped, cancelled, failed].map(({ workflowId }) => cli(['watch', '--id', workflowId], { environment })),
  );
  expect(empty).toMatchObject({ code: 5, stderr: '', stdout: expect.stringContaining('! empty: 0 files') as string });
  expect(ended).toMatchObject({ code: 6, stderr: '', stdout: expect.stringContaining('✗ Cancelled') as string });
  expect(rejected).toMatchObject({ code: 1, stderr: '' });
  expect(rejected?.stdout).toMatch(
    /✗ JobRejected\n.* 400.*\n {2}to do +Correct what .*\n {2}more +docs\/errors\.md#jobrejected\n$/,
  );
});

it('Ctrl-C ends the watching only', async () => {
  const rig = await startRig({ simulator: { publishDurationMs: 600_000 } });
  const recording = await rig.start();
  const watching = startCli(['watch', ...keyOf(rig)], { environment: ofRig(rig) });
  await vi.waitUntil(() => watching.stdout().includes('recording'), SOON);
  watching.kill('SIGINT');
  expect(await watching.ended).toEqual({ code: 130, signal: null });
  expect(watching.stderr()).toBe(
    `Stopped watching; the recording continues. Watch it again:  sparkrtc-recorder watch --id ${recording.workflowId}\n`,
  );
  expect(await recording.stop()).toMatchObject({ stopRequestedBy: 'stop' });
  await recording.result();
});

it('goes on when Temporal was away for some seconds', async () => {
  const rig = await startRig({ simulator: { publishDurationMs: 600_000 } });
  const recording = await rig.start();
  const way = await interruptible(inject('temporalAddress'));
  const watching = startCli(['watch', ...keyOf(rig)], {
    environment: { ...ofRig(rig), TEMPORAL_ADDRESS: way.address },
  });
  await vi.waitUntil(() => watching.stdout().includes('recording'), SOON);
  await way.close();
  await vi.waitUntil(() => watching.stdout().includes('Temporal is not available'), SOON);
  await way.open();
  await vi.waitUntil(() => watching.stdout().includes('Available again'), SOON);
  await recording.stop();
  expect(await watching.ended).toMatchObject({ code: 0 });
  expect(watching.stdout()).toContain('✓ recorded');
  expect(watching.stderr()).toBe('');
});

/** A way to the server that can be closed: connections break, and new ones are rejected. */
async function interruptible(target: string) {
  const [host = '', port = ''] = target.split(':');
  const sockets = new Set<Socket>();
  const server = createServer((from) => {
    const to = connect(Number(port), host);
    for (const socket of [from, to]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    from.pipe(to).pipe(from);
  });
  const listen = async (at: number) => {
    server.listen(at, '127.0.0.1');
    await once(server, 'listening');
  };
  const close = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  onTestFinished(close);
  await listen(0);
  const { port: own } = server.address() as { port: number };
  return { address: `127.0.0.1:${own}`, close, open: () => listen(own) };
}
