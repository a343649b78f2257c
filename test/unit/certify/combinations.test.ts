import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { optionsFromEnvironment } from '../../../simulator/environment.js';
import type { SimulatorOptions } from '../../../simulator/options.js';
import type { Simulator } from '../../../simulator/simulator.js';
import { dialectOf } from '../../../src/certify/report.js';
import { certified, PASSWORD, SCENE } from './certifiedSimulator.js';
import { identified } from './identified.js';
import { differences, RANDOM, type Positions } from './switches.js';

/** Method, path, status and form of each request, in their order; what is repeated until it succeeds counts once. */
function requestsOf({ requests }: Simulator): string[] {
  return requests
    .map(({ method, path, status }) => `${method} ${path.replace(/(?<=apps|rules|jobs)\/[^/]+/g, '/*')} ${status}`)
    .filter((line, i, lines) => line !== lines[i - 1]);
}

/** Type, fields and response of each callback; those of different jobs may come in any order. */
function callbacksOf({ callbacks }: Simulator): string[] {
  return callbacks.map(({ event, status }) => `${event.event_type} ${Object.keys(event).join(' ')} ${status}`).sort();
}

/** The options of a simulator that loads the dialect of a report. */
async function optionsOfDialect(report: Parameters<typeof dialectOf>[0]): Promise<SimulatorOptions> {
  const folder = await mkdtemp(join(tmpdir(), 'dialect-'));
  try {
    const file = join(folder, 'dialect.json');
    await writeFile(file, JSON.stringify(dialectOf(report)));
    return { ...optionsFromEnvironment({ SIMULATOR_DIALECT: file }), ...SCENE, port: 0, password: PASSWORD };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A simulator that loads the dialect sees the same requests and sends the same callbacks. */
async function isPlayed(positions: Positions): Promise<void> {
  const { simulator, report } = await identified(positions);
  const again = await certified(await optionsOfDialect(report));
  expect(requestsOf(again.simulator)).toEqual(requestsOf(simulator));
  expect(callbacksOf(again.simulator)).toEqual(callbacksOf(simulator));
  const dialect = dialectOf(report);
  expect(differences(again.report, dialect, Object.keys(dialect))).toEqual([]);
}

describe.concurrent('a simulator with all switches in random positions', () => {
  it.for(RANDOM)('is identified, and its dialect plays it: %j', isPlayed);
});
