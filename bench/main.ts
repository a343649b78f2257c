import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { DEFAULT_JOB_CALLS_PER_SECOND } from '../src/config.js';
import { registerSearchAttributes } from '../src/temporal/searchAttributes.js';
import { freePort } from '../test/support/freePort.js';
import { deploy } from './deployment.js';
import { PARTS, failsRun, type Figure, type Part } from './figures.js';
import { flameGraph } from './flameGraph.js';
import { measureInspection } from './measures/inspection.js';
import { measureBursts } from './measures/bursts.js';
import { measureLimits } from './measures/limits.js';
import { measureListing } from './measures/listing.js';
import { measureGrowth, measureOpenRecordings } from './measures/memory.js';
import { measureReceiver } from './measures/receiver.js';
import {
  measureCost,
  measureLatency,
  measureQuestions,
  measureSilentEnd,
  measureThroughput,
} from './measures/recording.js';
import { measureReplay, measureStart } from './measures/starting.js';
import { topOf } from './profile.js';
import { printFigures, writeReport, type Measured } from './report.js';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
  },
});

const MINUTE = 60_000;

/** How much of everything: enough to judge by, enough for three minutes, enough to see that it runs. */
const FULL = {
  latency: { rounds: 6, each: 10, seconds: 45 },
  throughput: { rounds: 6, each: 64, seconds: 65 },
  intervals: 16,
  silentEnds: 20,
  inspection: { rounds: 6, each: 2_000, seconds: 30 },
  receiver: { rounds: 10, each: 1_200, seconds: 30 },
  starts: 4,
  replays: 4,
  keys: 1_000_000,
  crowd: { recordings: 300, stopped: 20 },
  bursts: { recordings: 300, workers: 2, singles: 3, rates: [DEFAULT_JOB_CALLS_PER_SECOND] },
  // The two that take longest come last, and a run of all parts ends within 20 minutes on a slow machine too.
  open: { recordings: 10_000, asking: 1_000, intervalMs: 90_000, starts: 10, until: 13 * MINUTE },
  growth: { callbacks: 100_000, until: 19 * MINUTE },
};
const QUICK = {
  latency: { rounds: 6, each: 6, seconds: 12 },
  throughput: { rounds: 5, each: 40, seconds: 30 },
  intervals: undefined,
  silentEnds: 10,
  inspection: { rounds: 3, each: 200, seconds: 5 },
  receiver: { rounds: 10, each: 600, seconds: 15 },
  starts: 3,
  replays: 1,
  keys: 10_000,
  crowd: undefined,
  bursts: undefined,
  open: undefined,
  growth: undefined,
};
const SMOKE = {
  latency: { rounds: 2, each: 2 },
  throughput: { rounds: 2, each: 32 },
  intervals: 3,
  silentEnds: 2,
  inspection: { rounds: 2, each: 20 },
  receiver: { rounds: 2, each: 100 },
  starts: 1,
  replays: 1,
  keys: 1_000,
  crowd: { recordings: 12, stopped: 2 },
  bursts: { recordings: 12, workers: 2, singles: 1, rates: [DEFAULT_JOB_CALLS_PER_SECOND] },
  open: { recordings: 20, asking: 12, intervalMs: 8_000, starts: 3 },
  growth: { callbacks: 400 },
};
const effort = values.smoke ? SMOKE : values.quick ? QUICK : FULL;

Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' }, forward: {} } },
});

/** Each part has a server of its own, so that none has to carry what the ones before have left. */
async function onServer<T>(
  measure: (address: string, metricsUrl: string) => Promise<T>,
  dynamicConfig: readonly string[] = [],
): Promise<T> {
  const metricsPort = await freePort();
  const environment = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: process.env['BENCH_TEMPORAL_CLI'] ?? 'temporal' },
      // Without this the dev server hands out 20 tasks a second: every latency would be a grid of 50 ms.
      extraArgs: [
        ...['history.transferProcessorMaxPollRPS=1000', ...dynamicConfig].flatMap((value) => [
          '--dynamic-config-value',
          value,
        ]),
        ...['--metrics-port', String(metricsPort)],
      ],
      log: { format: 'pretty', level: 'error' },
    },
  });
  try {
    await registerSearchAttributes(environment.connection, 'default');
    return await measure(environment.address, `http://127.0.0.1:${metricsPort}/metrics`);
  } finally {
    await environment.teardown();
  }
}

/** Those parts that are wanted and belong to this effort. */
async function measure(wanted: ReadonlySet<Part>): Promise<Measured> {
  const measured: Measured = new Map();
  const { intervals, silentEnds, crowd, bursts, open, growth } = effort;
  // Who wants one part wants all of it.
  const timed = <T extends object>(of: T): T => (wanted.size < PARTS.length ? { ...of, until: Infinity } : of);
  const part = async (name: Part, figures: () => Promise<Figure[]>) => {
    if (!wanted.has(name)) return;
    const startedAt = performance.now();
    measured.set(name, await figures());
    console.error(`${name}: ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
  };
  if ((['recordings', 'receiver', 'start', 'listing'] as const).some((name) => wanted.has(name))) {
    await onServer(async (address, metricsUrl) => {
      const deployment = await deploy(address);
      try {
        await part('recordings', async () => [
          ...(await measureLatency(deployment, effort.latency)),
          ...(await measureCost(deployment)),
          ...(await measureThroughput(deployment, effort.throughput, metricsUrl)),
        ]);
        await part('receiver', () => measureReceiver(deployment, effort.receiver));
        await part('start', async () => [await measureStart(deployment, effort.starts)]);
        await part('listing', async () => [await measureListing(deployment, effort.keys)]);
      } finally {
        await deployment.close();
      }
    });
  }
  await part('replay', async () => [await measureReplay(effort.replays)]);
  if (intervals !== undefined) {
    await part('questions', async () => [await onServer((address) => measureQuestions(address, intervals))]);
  }
  await part('silence', async () => [await onServer((address) => measureSilentEnd(address, silentEnds))]);
  await part('inspection', () => onServer((address) => measureInspection(address, effort.inspection)));
  if (crowd) await part('limits', () => onServer((address) => measureLimits(address, crowd)));
  if (bursts) {
    const fair = ['matching.enableFairness=true'];
    await part('bursts', () => onServer((address) => measureBursts(address, bursts), fair));
  }
  if (open) await part('open', () => onServer((address) => measureOpenRecordings(address, timed(open))));
  if (growth) await part('growth', async () => [await onServer((address) => measureGrowth(address, timed(growth)))]);
  return measured;
}

const PROFILED = [
  {
    process: 'worker',
    thread: 'main thread of the worker',
    file: /\.0\.\d+\.cpuprofile$/,
    picture: 'flames-worker.svg',
  },
  {
    process: 'worker',
    thread: 'workflow thread',
    file: /\.[1-9]\d*\.\d+\.cpuprofile$/,
    picture: 'flames-workflows.svg',
  },
  { process: 'receiver', thread: 'receiver', file: /\.cpuprofile$/, picture: 'flames-receiver.svg' },
];

/** Worker and receiver under load: what they spend their time on, as flame graphs and as the top of a list. */
async function profile(): Promise<void> {
  const profiles = join('.cache', 'bench', 'profiles');
  await rm(profiles, { recursive: true, force: true });
  await onServer(async (address, metricsUrl) => {
    const deployment = await deploy(address, { profiles });
    try {
      await measureThroughput(deployment, { rounds: 2, each: 160 }, metricsUrl);
      await measureReceiver(deployment, { rounds: 2, each: 3_000 });
    } finally {
      await deployment.close();
    }
  });
  for (const name of ['worker', 'receiver']) console.log((await topOf(join(profiles, name), 15)).join('\n'));
  for (const { process, thread, file, picture } of PROFILED) {
    const directory = join(profiles, process);
    for (const name of (await readdir(directory)).filter((one) => file.test(one))) {
      await writeFile(join(profiles, picture), await flameGraph(join(directory, name), thread));
    }
  }
}

if (values.profile) await profile();
else {
  const measured = await measure(new Set(values.only?.map(partOf) ?? PARTS));
  const figures = [...measured.values()].flat();
  printFigures(figures);
  if (!values.quick && !values.smoke) await writeReport(measured);
  if (!values.smoke && figures.some(failsRun)) process.exitCode = 1;
}

function partOf(name: string): Part {
  const part = PARTS.find((one) => one === name);
  if (!part) throw new Error(`--only ${name}: there is no such part; there are ${PARTS.join(', ')}.`);
  return part;
}
