import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { registerSearchAttributes } from '../src/temporal/searchAttributes.js';
import { deploy } from './deployment.js';
import type { Figure } from './figures.js';
import { measureCost, measureLatency, measureThroughput } from './measures/recording.js';
import { printFigures } from './report.js';

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const { quick } = values;

Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' }, forward: {} } },
});
const environment = await TestWorkflowEnvironment.createLocal({
  server: {
    executable: { type: 'existing-path', path: process.env['BENCH_TEMPORAL_CLI'] ?? 'temporal' },
    // Without this the dev server hands out 20 tasks a second: every latency would be a grid of 50 ms.
    extraArgs: ['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=1000'],
    log: { format: 'pretty', level: 'error' },
  },
});
const figures: Figure[] = [];
try {
  await registerSearchAttributes(environment.connection, 'default');
  const deployment = await deploy(environment.address);
  try {
    figures.push(...(await measureLatency(deployment, quick ? { rounds: 4, each: 8 } : { rounds: 10, each: 20 })));
    const cost = await measureCost(deployment);
    figures.push(...cost.figures);
    console.log(JSON.stringify(cost.ours), JSON.stringify(cost.theirs));
    figures.push(await measureThroughput(deployment, quick ? { rounds: 3, each: 96 } : { rounds: 6, each: 320 }));
  } finally {
    await deployment.close();
  }
} finally {
  await environment.teardown();
}
printFigures(figures);
await mkdir('bench', { recursive: true });
if (!quick) await writeFile('bench/results.json', `${JSON.stringify(figures, null, 2)}\n`);
if (figures.some(({ met }) => met === false)) process.exitCode = 1;
