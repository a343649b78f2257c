import { optionsFromEnvironment } from './environment.js';
import type { SimulatorOptions } from './options.js';
import type { RecordedRequest } from './requestLog.js';
import { Simulator } from './simulator.js';

/** The simulator as a process: environment, start, one JSON line for each request, stop on SIGINT or SIGTERM. */
const options = readEnvironment();
const simulator = await Simulator.start(options, logRequest).catch((error: unknown) => {
  const reason = error instanceof Error ? error.message : String(error);
  console.error(`The simulator cannot listen on ${options.host}:${options.port}: ${reason}`);
  process.exit(1);
});
console.log(JSON.stringify({ message: 'simulator is listening', url: simulator.url, timeScale: options.timeScale }));

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void simulator.stop().then(() => console.log(JSON.stringify({ message: 'simulator has stopped', signal })));
  });
}

function readEnvironment(): SimulatorOptions {
  try {
    return optionsFromEnvironment(process.env);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(2);
  }
}

/** Without query and body: both may hold signatures and keys. */
function logRequest({ method, path, status, at }: RecordedRequest): void {
  console.log(JSON.stringify({ at: new Date(at).toISOString(), method, path, status, ms: Date.now() - at }));
}
