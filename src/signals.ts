import { constants } from 'node:os';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Ends the process on SIGTERM and SIGINT: the kernel drops signals without a handler for process 1 of a container.
 * @returns a function that undoes it
 */
export function endOnSignals(): () => void {
  for (const signal of SIGNALS) process.on(signal, endBySignal);
  return () => SIGNALS.forEach((signal) => process.off(signal, endBySignal));
}

export function endBySignal(signal: NodeJS.Signals): void {
  // A shell has to see that a signal ended it. Process 1 survives this.
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  process.exit(128 + constants.signals[signal]);
}
