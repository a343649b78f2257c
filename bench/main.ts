import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { registerSearchAttributes } from '../src/temporal/searchAttributes.js';
import { deploy } from './deployment.js';
import type { Figure } from './figures.js';
import { measureLimits } from './measures/limits.js';
import { measureListing } from './measures/listing.js';
import { measureGrowth, measureOpenRecordings } from './measures/memory.js';
import { measureReceiver } from './measures/receiver.js';
import { measureCost, measureLatency, measureThroughput } from './measures/recording.js';
import { measureReplay, measureStart } from './measures/starting.js';
import { topOf } from './profile.js';
import { printFigures, writeReport } from './report.js';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
  },
});

/** How much of everything: enough to judge by, enough for three minutes, enough to see that it runs. */
const FULL = {
  latency: { rounds: 12, each: 20 },
  throughput: { rounds: 6, each: 256 },
  receiver: { rounds: 10, each: 2_000 },
  starts: 6,
  replays: 20,
  keys: 1_000_000,
  crowd: { recordings: 300, stopped: 20 },
  open: 2_000,
  callbacks: 100_000,
};
const QUICK = {
  latency: { rounds: 6, each: 8 },
  throughput: { rounds: 4, each: 96 },
  receiver: { rounds: 6, each: 800 },
  starts: 3,
  replays: 3,
  keys: 10_000,
  crowd: undefined,
  open: undefined,
  callbacks: undefined,
};
const SMOKE = {
  latency: { rounds: 2, each: 2 },
  throughput: { rounds: 2, each: 32 },
  receiver: { rounds: 2, each: 100 },
  starts: 1,
  replays: 1,
  keys: 1_000,
  crowd: { recordings: 12, stopped: 2 },
  open: 20,
  callbacks: 400,
};
const effort = values.smoke ? SMOKE : values.quick ? QUICK : FULL;

Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' }, forward: {} } },
});

/** Each part has a server of its own, so that none has to carry what the ones before have left. */
async function onServer<T>(measure: (address: string) => Promise<T>): Promise<T> {
  const environment = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: process.env['BENCH_TEMPORAL_CLI'] ?? 'temporal' },
      // Without this the dev server hands out 20 tasks a second: every latency would be a grid of 50 ms.
      extraArgs: ['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=1000'],
      log: { format: 'pretty', level: 'error' },
    },
  });
  try {
    await registerSearchAttributes(environment.connection, 'default');
    return await measure(environment.address);
  } finally {
    await environment.teardown();
  }
}

async function measureAll(): Promise<Figure[]> {
  const figures = await onServer(async (address) => {
    const deployment = await deploy(address);
    try {
      return [
        ...(await measureLatency(deployment, effort.latency)),
        ...(await measureCost(deployment)),
        await measureThroughput(deployment, effort.throughput),
        ...(await measureReceiver(deployment, effort.receiver)),
        await measureStart(deployment, effort.starts),
        await measureListing(deployment, effort.keys),
      ];
    } finally {
      await deployment.close();
    }
  });
  figures.push(await measureReplay(effort.replays));
  const { crowd, open, callbacks } = effort;
  if (crowd) figures.push(...(await onServer((address) => measureLimits(address, crowd))));
  if (open !== undefined) figures.push(...(await onServer((address) => measureOpenRecordings(address, open))));
  if (callbacks !== undefined) figures.push(await onServer((address) => measureGrowth(address, callbacks)));
  return figures;
}

/** Worker and receiver under load, with what they spend their time on. */
async function profile(): Promise<void> {
  const profiles = join('.cache', 'bench', 'profiles');
  await rm(profiles, { recursive: true, force: true });
  await onServer(async (address) => {
    const deployment = await deploy(address, { profiles });
    try {
      await measureThroughput(deployment, { rounds: 2, each: 160 });
      await measureReceiver(deployment, { rounds: 2, each: 3_000 });
    } finally {
      await deployment.close();
    }
  });
  for (const name of ['worker', 'receiver']) console.log((await topOf(join(profiles, name), 15)).join('\n'));
}

if (values.profile) await profile();
else {
  const figures = await measureAll();
  printFigures(figures);
  if (!values.quick && !values.smoke) await writeReport(figures);
  if (!values.smoke && figures.some(({ met }) => met === false)) process.exitCode = 1;
}
