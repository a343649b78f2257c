// @ts-check
import { link, mkdir, readFile, rm, rmdir, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { clearInterval as stopInterval, setInterval as startInterval } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';
import { reportToTerminal } from './report.mjs';

const HEARTBEAT_MS = 5_000;
const SILENT_MS = 30_000;
const POLL_MS = 100;

/**
 * Runs the task while no other process of this project is inside the same lock. A lock whose holder has died is taken over: at once when that is
 * seen by its process id, after 30 s without a heartbeat otherwise (a holder in another container, or a process id used again).
 * @template T
 * @param {string} lockFile
 * @param {() => Promise<T>} task
 * @param {import('./report.mjs').Report} [report]
 * @returns {Promise<T>}
 */
export async function withLock(lockFile, task, report = reportToTerminal) {
  await mkdir(dirname(lockFile), { recursive: true });
  for (let told = false; !(await take(lockFile)); await sleep(POLL_MS)) {
    const held = await look(lockFile);
    if (held?.abandoned) await removeAbandoned(lockFile);
    else if (held && !told) {
      report(`another run is at it (${held.holder}); waiting until it is done`);
      told = true;
    }
  }
  const heartbeat = startInterval(() => {
    const now = new Date();
    // The lock is gone only when somebody deleted .cache; then there is nothing to keep alive.
    utimes(lockFile, now, now).catch(() => stopInterval(heartbeat));
  }, HEARTBEAT_MS);
  try {
    return await task();
  } finally {
    stopInterval(heartbeat);
    await rm(lockFile, { force: true });
  }
}

/**
 * A link, unlike a created file, appears together with its content: nobody reads a lock without a holder.
 * @param {string} lockFile
 */
async function take(lockFile) {
  const draft = `${lockFile}.${process.pid}`;
  await writeFile(draft, `${process.pid} on ${hostname()}`);
  try {
    await link(draft, lockFile);
    return true;
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    return false;
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * @param {string} lockFile
 * @returns {Promise<{ holder: string, abandoned: boolean } | undefined>} undefined when it has become free in the meantime
 */
async function look(lockFile) {
  try {
    const { mtimeMs } = await stat(lockFile);
    const holder = await readFile(lockFile, 'utf8');
    const [pid, host] = holder.split(' on ');
    const abandoned = Date.now() - mtimeMs > SILENT_MS || (host === hostname() && !isAlive(Number(pid)));
    return { holder, abandoned };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/**
 * Guarded, and looked at again under the guard: of two waiters that see a dead holder, the second must not remove the lock that the first has just
 * taken.
 * @param {string} lockFile
 */
async function removeAbandoned(lockFile) {
  const guard = `${lockFile}.takeover`;
  try {
    await mkdir(guard);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    const { mtimeMs } = await stat(guard).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > SILENT_MS) await rmdir(guard).catch(() => undefined);
    return;
  }
  try {
    if ((await look(lockFile))?.abandoned) await rm(lockFile, { force: true });
  } finally {
    await rmdir(guard);
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

/**
 * @param {unknown} error
 * @param {string} code
 */
function hasCode(error, code) {
  return error instanceof Error && 'code' in error && error.code === code;
}
