import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startChild, startProgram } from '../../support/child.js';
import { AUTH_KEY, PASSWORD } from '../../support/deployment.js';
import { seedInput } from '../../support/given.js';

/** Runs a program as process 1 of a PID namespace of its own, as a container does. */
const AS_FIRST_PROCESS = ['--user', '--map-root-user', '--pid', '--fork', '--kill-child'];
const isPossible = spawnSync('unshare', [...AS_FIRST_PROCESS, 'true']).status === 0;

const WORKER = {
  HW_USER_NAME: 'username',
  HW_USER_PASSWORD: PASSWORD,
  HW_DOMAIN_NAME: 'domainname',
  CALLBACK_URL: 'http://127.0.0.1:8080/callback',
  CALLBACK_AUTH_KEY: AUTH_KEY,
};

const REFERENCE = ['--app', 'rtctest', '--room', 'room001', '--user', 'user001'];

const PROGRAMS: [title: string, file: string, args: string[]][] = [
  ['start --wait', 'cli.js', ['start', '--input', '-', '--wait']],
  ['stop', 'cli.js', ['stop', '--wait', ...REFERENCE]],
  ['watch', 'cli.js', ['watch', ...REFERENCE]],
  ['setup', 'setup.js', []],
  ['a worker that is not connected yet', 'worker.js', []],
];

/** A server that takes connections and never responds. */
async function silentServer() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, called: once(server, 'connection') };
}

describe('a program that waits for Temporal', () => {
  for (const [title, file, args] of PROGRAMS) {
    it.skipIf(!isPossible)(
      `as process 1, ${title} ends on SIGTERM`,
      async () => {
        const { address, called } = await silentServer();
        const path = resolve(import.meta.dirname, '../../../dist', file);
        const child = startProgram(
          'unshare',
          [...AS_FIRST_PROCESS, process.execPath, path, ...args],
          { ...WORKER, TEMPORAL_ADDRESS: address },
          { input: JSON.stringify(seedInput) },
        );
        await called;
        const [first] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ');
        process.kill(Number(first), 'SIGTERM');
        expect(await child.ended).toMatchObject({ code: 143 });
      },
      20_000,
    );
  }

  it('as any other process, is ended by the signal itself, as shells expect', async () => {
    const { address, called } = await silentServer();
    const child = startChild('setup.js', { TEMPORAL_ADDRESS: address });
    await called;
    child.kill('SIGINT');
    expect(await child.ended).toEqual({ code: null, signal: 'SIGINT' });
  });
});
