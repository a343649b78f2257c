// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { clearInterval, setInterval } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */
/** @typedef {import('node:child_process').SpawnOptions} SpawnOptions */

/** Milliseconds; long enough for a worker to finish its running activities. */
const GRACE_MS = 15_000;

const ORPHAN_CHECK_MS = 250;

const running = /** @type {Set<ChildProcess>} */ (new Set());

/**
 * Starts a process as the leader of a group, so that a signal reaches what it starts in turn, and a Ctrl-C in the
 * terminal reaches only us: the processes can then be stopped in an order.
 * @type {(command: string, args: string[], options: SpawnOptions) => ChildProcess}
 */
export function start(command, args, options) {
  const child = spawn(command, args, { ...options, detached: true });
  running.add(child);
  child.once('exit', () => {
    running.delete(child);
    // What it left behind, such as the server of a test that was interrupted.
    signalGroup(child, 'SIGKILL');
  });
  child.once('error', () => running.delete(child));
  return child;
}

// Runs a process to its end, and returns its exit code as a shell has it.
/** @type {(command: string, args: string[], options?: SpawnOptions) => Promise<number>} */
export async function runProcess(command, args, options = {}) {
  const child = start(command, args, { stdio: 'inherit', ...options });
  await once(child, 'exit');
  return child.exitCode ?? 128 + (child.signalCode ? constants.signals[child.signalCode] : 0);
}

/** The latest first, since later ones need earlier ones to end well. All share one grace period. */
async function stopAll() {
  const deadline = sleep(GRACE_MS, undefined, { ref: false });
  for (const child of [...running].reverse()) {
    signalGroup(child, 'SIGTERM');
    await Promise.race([deadline, running.has(child) && once(child, 'exit')]);
    signalGroup(child, 'SIGKILL');
  }
}

/**
 * Runs a script: it returns its exit code, and its error is a message without a stack. Signals stop the processes that
 * it started, and end it with 128 + the signal's number; a second one does not wait. No process outlives it.
 * @param {() => Promise<number | void>} script
 */
export async function runScript(script) {
  let interrupted = false;
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      const exit = () => process.exit(128 + constants.signals[signal]);
      if (interrupted) exit();
      interrupted = true;
      void stopAll().then(exit);
    });
  }
  // npm passes a SIGTERM to the shell in between, which ends without a word to us.
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent || !process.env['npm_lifecycle_event']) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, ORPHAN_CHECK_MS).unref();
  process.on('exit', () => running.forEach((child) => signalGroup(child, 'SIGKILL')));
  let code = 1;
  try {
    code = (await script()) ?? 0;
  } catch (error) {
    if (!interrupted) process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
  }
  // What ends because of a signal is not the script's own end.
  if (interrupted) return;
  await stopAll();
  process.exit(code);
}

/** @type {(child: ChildProcess, signal: NodeJS.Signals) => void} */
function signalGroup({ pid }, signal) {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch (error) {
    // The group is empty (macOS says EPERM while its leader is a zombie): that is what was wanted.
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

/** @type {(option: string, text: string | undefined) => number | undefined} */
export function wholeNumber(option, text) {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number < 2 ** 32) return number;
  throw new Error(`${option} must be a whole number above 0, not "${text}"`);
}
