import { readOptions, runSimulator } from './process.js';

/** The simulator as a process: set by its environment, one JSON line for each request. */
await runSimulator(readOptions(process.env), (entry) => console.log(JSON.stringify(entry)));
