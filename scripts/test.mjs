// @ts-check
/**
 * Runs projects of vitest.config.ts, with everything that they need: `node scripts/test.mjs [PROJECT…] [ARGUMENT…]`.
 * Without a project these are the ones of `npm test`. The arguments are vitest's, but for a project's own options,
 * which its tests read from variables: `simulation --seed 7` sets SIMULATION_SEED.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildExamples } from './packages.mjs';
import { runProcess, runScript } from './processes.mjs';
import { ensureBuild, ensurePackages, projectDirectory, temporalCli, testServer } from './setup.mjs';

const PROJECTS = ['unit', 'e2e', 'simulation', 'faults', 'web', 'monitoring', 'deploy', 'examples', 'package'];

/** @type {Record<string, import('node:util').ParseArgsConfig['options']>} */
const OPTIONS = {
  simulation: { seed: { type: 'string' }, path: { type: 'string' }, recordings: { type: 'string', default: '1000' } },
  web: { pictures: { type: 'boolean' } },
  examples: { build: { type: 'boolean' } },
};

await runScript(async () => {
  let args = process.argv.slice(2);
  const end = args.findIndex((arg) => !PROJECTS.includes(arg));
  const named = args.splice(0, end < 0 ? args.length : end);
  const projects = named.length > 0 ? named : ['unit', 'e2e', 'simulation'];
  const [only = ''] = named.length === 1 ? named : [];
  const env = { ...process.env };
  const options = OPTIONS[only];
  if (options) {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    args = positionals;
    for (const [name, value] of Object.entries(values)) env[`${only}_${name}`.toUpperCase()] = String(value);
  }

  ensurePackages();
  ensureBuild();
  if (env['EXAMPLES_BUILD']) return buildExamples();
  // Simulated recordings need no server. What only some tests need their project's globalSetup looks for.
  if (only !== 'simulation') [temporalCli, testServer].forEach((ensure) => ensure());
  const vitest = join(projectDirectory, 'node_modules', 'vitest', 'vitest.mjs');
  const selected = projects.flatMap((name) => ['--project', name]);
  // Each test of an example has several processes.
  if (only === 'examples') args.push('--maxWorkers=2');
  return runProcess(process.execPath, [vitest, 'run', ...selected, ...args], { cwd: projectDirectory, env });
});
