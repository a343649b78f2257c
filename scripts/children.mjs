// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { clearTimeout as stopTimer, setTimeout as startTimer } from 'node:timers';

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */

/** Long enough for a worker to finish its running activities. */
const GRACE_MS = 15_000;

/**
 * Every process started here that has not ended, oldest first.
 * @type {Set<ChildProcess>}
 */
const running = new Set();

let stopping = false;

/**
 * Starts a process as the leader of a group of its own: a signal then reaches what it has started in turn (npm, pip and go do), and a Ctrl-C in
 * the terminal reaches only us, so that the children can be stopped in an order.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 */
export function startChild(command, args, options) {
  if (stopping) throw new Error(`${command} is not started any more: this process is ending`);
  const child = spawn(command, args, { ...options, detached: true });
  running.add(child);
  child.once('exit', () => {
    running.delete(child);
    // What it has started and left behind, such as a server of a test that was cut short.
    signalGroup(child, 'SIGKILL');
  });
  // A command that cannot be started has no exit; who started it hears of the error by a listener of its own.
  child.once('error', () => running.delete(child));
  return child;
}

/**
 * SIGTERM to its group, and SIGKILL when the grace is over.
 * @param {ChildProcess} child
 * @param {number} [graceMs] milliseconds, 15 s unless said otherwise
 */
export async function stopChild(child, graceMs = GRACE_MS) {
  if (!running.has(child)) return;
  const ended = once(child, 'exit');
  signalGroup(child, 'SIGTERM');
  const impatience = startTimer(() => signalGroup(child, 'SIGKILL'), graceMs);
  await ended;
  stopTimer(impatience);
}

/** Stops the youngest first, since the later ones need the earlier ones to end well. All of them share one grace, and no new one is started. */
export async function stopAllChildren() {
  stopping = true;
  const deadline = Date.now() + GRACE_MS;
  for (const child of [...running].reverse()) await stopChild(child, Math.max(0, deadline - Date.now()));
}

/** For the moment this process ends: nothing can be waited for any more. */
export function killAllChildren() {
  for (const child of running) signalGroup(child, 'SIGKILL');
}

/**
 * @param {ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
function signalGroup(child, signal) {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    // Nobody is left in the group (macOS says EPERM while its leader is a zombie): that is what was wanted.
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}
