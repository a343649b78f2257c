// @ts-check
import { constants } from 'node:os';
import { clearInterval as stopInterval, setInterval as startInterval } from 'node:timers';
import { killAllChildren, stopAllChildren } from './children.mjs';

const ORPHAN_CHECK_MS = 250;

/**
 * Runs a script of this project: its answer is the exit code, its error one message without a stack and exit code 1. Ctrl-C, SIGTERM and a closed
 * terminal stop its children and end it with 128 + the signal's number, as shells expect; a second Ctrl-C does not wait. However it ends, short of
 * SIGKILL, no process that it started outlives it.
 * @param {() => Promise<number>} script
 */
export async function runScript(script) {
  let interrupted = false;
  /** @param {'SIGINT' | 'SIGTERM' | 'SIGHUP'} signal */
  const interrupt = (signal) => {
    const code = 128 + constants.signals[signal];
    if (interrupted) process.exit(code);
    interrupted = true;
    void stopAllChildren().finally(() => process.exit(code));
  };
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
    process.on(signal, () => interrupt(signal));
  if (process.env['npm_lifecycle_event']) onOrphaned(() => interrupt('SIGTERM'));
  process.on('exit', killAllChildren);
  let code;
  try {
    code = await script();
  } catch (error) {
    if (!interrupted) process.stderr.write(`\n${explain(error)}\n`);
    code = 1;
  }
  // What ends because of the signal is not the script's own end.
  if (interrupted) return;
  await stopAllChildren();
  process.exit(code);
}

/**
 * npm passes a SIGTERM on to the shell in between, which dies of it without a word to us.
 * @param {() => void} callback
 */
function onOrphaned(callback) {
  const parent = process.ppid;
  const watch = startInterval(() => {
    if (process.ppid === parent) return;
    stopInterval(watch);
    callback();
  }, ORPHAN_CHECK_MS);
  watch.unref();
}

/**
 * A headline alone, such as "Failed to query Workflow", says nothing: the cause follows it, unless the headline quotes it already.
 * @param {unknown} error
 * @returns {string}
 */
function explain(error) {
  if (!(error instanceof Error)) return String(error);
  const { message, cause } = error;
  if (!(cause instanceof Error) || message.includes(cause.message)) return message;
  return `${message}: ${explain(cause)}`;
}
