import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withLock } from '../../../scripts/setup/lock.mjs';

const run = promisify(execFile);

let directory: string;
let lockFile: string;
const quietly = () => undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lock-'));
  lockFile = join(directory, 'the.lock');
});

afterEach(() => rm(directory, { recursive: true, force: true }));

/** A process id that is certainly nobody's any more. */
async function deadProcessId(): Promise<string> {
  const { stdout } = await run(process.execPath, ['-p', 'process.pid']);
  return stdout.trim();
}

it('lets one process after the other in, also past a lock whose holder has died', async () => {
  await writeFile(lockFile, `${await deadProcessId()} on ${hostname()}`);
  const journal = join(directory, 'journal');
  const script = `
    import { appendFile } from 'node:fs/promises';
    import { setTimeout } from 'node:timers/promises';
    import { withLock } from ${JSON.stringify(join(import.meta.dirname, '../../../scripts/setup/lock.mjs'))};
    await withLock(${JSON.stringify(lockFile)}, async () => {
      await appendFile(${JSON.stringify(journal)}, 'in ');
      await setTimeout(30);
      await appendFile(${JSON.stringify(journal)}, 'out ');
    });`;
  await Promise.all(Array.from({ length: 6 }, () => run(process.execPath, ['--input-type=module', '-e', script])));
  expect(await readFile(journal, 'utf8')).toBe('in out '.repeat(6));
  expect(await readdir(directory)).toEqual(['journal']);
});

it('waits for a holder that lives, and says for whom', async () => {
  const order: string[] = [];
  const first = withLock(lockFile, async () => {
    await expect
      .poll(() => order)
      .toContain(`another run is at it (${process.pid} on ${hostname()}); waiting until it is done`);
    order.push('first');
  });
  await expect.poll(() => readdir(directory)).toContain('the.lock');
  const second = withLock(
    lockFile,
    () => Promise.resolve(void order.push('second')),
    (line) => order.push(line),
  );
  await Promise.all([first, second]);
  expect(order.slice(-2)).toEqual(['first', 'second']);
});

it('takes over the lock of another machine only after half a minute of silence', async () => {
  await writeFile(lockFile, '1 on another-machine');
  const lines: string[] = [];
  const waiting = withLock(
    lockFile,
    () => Promise.resolve('in'),
    (line) => lines.push(line),
  );
  await expect.poll(() => lines).toEqual(['another run is at it (1 on another-machine); waiting until it is done']);
  const longAgo = new Date(Date.now() - 31_000);
  await utimes(lockFile, longAgo, longAgo);
  expect(await waiting).toBe('in');
});

it('is free again after a failure', async () => {
  await expect(withLock(lockFile, () => Promise.reject(new Error('the task failed')), quietly)).rejects.toThrow(
    'the task failed',
  );
  expect(await withLock(lockFile, () => Promise.resolve('in'), quietly)).toBe('in');
});
