// @ts-check
import { constants } from 'node:os';
import { killAllChildren, stopAllChildren } from './children.mjs';

/**
 * Runs a script of this project: its answer is the exit code, its error one message without a stack and exit code 1. Ctrl-C, SIGTERM and a closed
 * terminal stop its children and end it with 128 + the signal's number, as shells expect; a second Ctrl-C does not wait. However it ends, short of
 * SIGKILL, no process that it started outlives it.
 * @param {() => Promise<number>} script
 */
export async function runScript(script) {
  let interrupted = false;
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      const code = 128 + constants.signals[signal];
      if (interrupted) process.exit(code);
      interrupted = true;
      void stopAllChildren().finally(() => process.exit(code));
    });
  }
  process.on('exit', killAllChildren);
  let code;
  try {
    code = await script();
  } catch (error) {
    if (!interrupted) process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
    code = 1;
  }
  // What ends because of the signal is not the script's own end.
  if (interrupted) return;
  await stopAllChildren();
  process.exit(code);
}
