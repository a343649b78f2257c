import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { verifySignature } from '../../src/callbacks/verification.js';
import { startReceiver } from '../support/startReceiver.js';
import { startChild } from '../support/child.js';
import { freePort } from '../support/freePort.js';

interface Vectors {
  keys: { present: string; previous: string; stranger: string };
  signatures: {
    name: string;
    key: keyof Vectors['keys'];
    rand: string;
    timestamp: string;
    body?: string;
    bodyBase64?: string;
    signature: string;
    valid: boolean;
  }[];
  requests: { name: string; status: unknown[] }[];
}

const { keys, signatures, requests } = JSON.parse(
  readFileSync(new URL('callback-vectors.json', import.meta.url), 'utf8'),
) as Vectors;
const WEEK = 7 * 86_400_000;

/** Runs the program as someone with another receiver would. */
async function tryVectors(...args: string[]) {
  const program = fileURLToPath(new URL('run.mjs', import.meta.url));
  const child = spawn(process.execPath, [program, ...args], { env: {} });
  const [[code], output, complaint] = await Promise.all([
    once(child, 'close') as Promise<[number]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  const failed = [...output.matchAll(/^FAILED {3}(.*)$/gm)].map(([, name]) => name);
  return { code, failed, complaint, summary: output.trim().split('\n').at(-1) };
}

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close().closeAllConnections());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback/app`;
}

describe('the signatures', () => {
  it.each(signatures)('$name', ({ key, rand, timestamp, body, bodyBase64, signature, valid }) => {
    const bytes = bodyBase64 === undefined ? Buffer.from(body ?? '') : Buffer.from(bodyBase64, 'base64');
    const verdict = verifySignature({ rand, timestamp, signature, body: bytes, keys: { current: keys[key] } });
    expect(verdict).toBe(valid ? 'valid' : 'invalid');
  });
});

describe('the requests', () => {
  const delivered = () => Promise.resolve('unrouted' as const);

  it('have names of their own', () => {
    expect(new Set(requests.map(({ name }) => name)).size).toBe(requests.length);
    expect(requests.length).toBeGreaterThan(60);
  });

  it('all get the right response from this receiver', async () => {
    const { origin } = await startReceiver(delivered, undefined, {
      keys: { current: keys.present, previous: keys.previous },
      maxAgeMs: WEEK,
    });
    expect(await tryVectors('--url', `${origin}/callback/app`)).toEqual({
      code: 0,
      failed: [],
      complaint: '',
      summary: `${requests.length - 1} passed, 0 failed, 1 skipped`,
    });
  });

  it('all get the right response from the process, as it is configured by default', async () => {
    const port = await freePort();
    const receiver = startChild('receiver.js', {
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      CALLBACK_AUTH_KEY: keys.present,
      CALLBACK_AUTH_KEY_PREVIOUS: keys.previous,
      RECEIVER_HOST: '127.0.0.1',
      RECEIVER_PORT: String(port),
    });
    onTestFinished(async () => {
      receiver.kill('SIGKILL');
      await receiver.ended;
    });
    await vi.waitFor(() => expect(receiver.stdout()).toContain('Server listening'), { timeout: 60_000 });
    expect(await tryVectors('--url', `http://127.0.0.1:${port}/callback/app`)).toMatchObject({ code: 0, failed: [] });
  }, 120_000);

  it('are so with other keys, one key only, and no window', async () => {
    const present = 'another-key-of-thirty-two-or-more';
    const { origin } = await startReceiver(delivered, undefined, { keys: { current: present } });
    expect(
      await tryVectors('--url', `${origin}/x/app`, '--key', present, '--no-previous-key', '--no-window'),
    ).toMatchObject({ code: 0, failed: [] });
  });

  it.each([
    ['takes everything', 200, 'an unsigned event', 'GET'],
    ['rejects everything', 401, 'a file is complete', 'an unsigned event'],
    ['fails always', 500, 'GET', undefined],
  ])('show a receiver that %s', async (_what, status, found, passes) => {
    const url = await listen((request, response) => {
      request.resume().on('end', () => response.writeHead(status).end());
    });
    const { code, failed } = await tryVectors('--url', url);
    expect(code).toBe(1);
    expect(failed).toContain(found);
    expect(failed).not.toContain(passes);
    const right = requests.filter((vector) => vector.status.includes(status)).length;
    expect(requests.length - failed.length).toBeGreaterThanOrEqual(right);
  });

  it.each([
    ['has no previous key', { keys: { current: keys.present } }, ['the previous key']],
    [
      'knows no age',
      { keys: { current: keys.present, previous: keys.previous }, maxAgeMs: Infinity },
      ['ten years old', 'ten years old, in milliseconds', 'the example of 2021'],
    ],
  ])('show what a receiver lacks that %s', async (_what, lacking, found) => {
    const { origin } = await startReceiver(delivered, undefined, { maxAgeMs: WEEK, ...lacking });
    expect((await tryVectors('--url', `${origin}/callback/app`)).failed).toEqual(found);
  });

  it('cannot be tried where no one listens, or nowhere', async () => {
    const nowhere = await tryVectors('--url', `http://127.0.0.1:${await freePort()}/callback/app`);
    expect(nowhere).toMatchObject({ code: 2, complaint: expect.stringContaining('ECONNREFUSED') as string });
    expect(await tryVectors()).toMatchObject({
      code: 2,
      complaint: expect.stringContaining('--url is missing') as string,
    });
  });
});
