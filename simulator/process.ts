import { optionsFromEnvironment } from './environment.js';
import type { SimulatorOptions } from './options.js';
import { Simulator } from './simulator.js';

/** A log line of a process: it listens, a request, it has stopped. */
export interface LogEntry {
  [field: string]: unknown;
  /** Only in the first entry. */
  url?: string;
}

/** Runs a simulator until SIGINT or SIGTERM; exits with 1 if it cannot listen. */
export async function runSimulator(options: SimulatorOptions, log: (entry: LogEntry) => void): Promise<void> {
  // Without query and body: both may contain signatures and keys.
  const simulator = await Simulator.start(options, ({ method, path, status, at }) =>
    log({ at: new Date(at).toISOString(), method, path, status, ms: Date.now() - at }),
  ).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    console.error(`The simulator cannot listen on ${options.host}:${options.port}: ${reason}`);
    process.exit(1);
  });

  let stopping: Promise<void> | undefined;
  const stop = (signal: NodeJS.Signals) => {
    stopping ??= simulator.stop().then(() => log({ message: 'simulator has stopped', signal }));
  };
  // Not `once`: a terminal and the command that started this process may send the same signal.
  process.on('SIGINT', stop).on('SIGTERM', stop);
  // Last: whoever reads it may send a signal at once.
  log({ message: 'simulator is listening', url: simulator.url, timeScale: options.timeScale });
}

/** The options of an environment; exits with 2 for an invalid variable. */
export function readOptions(variables: Record<string, string | undefined>): SimulatorOptions {
  try {
    return optionsFromEnvironment(variables);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(2);
  }
}
