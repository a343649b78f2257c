// @ts-check
/**
 * `npm run test:simulation`: plays recordings in virtual time and checks the promises; a fresh seed unless one is given.
 * `-- --seed N --recordings M` plays M recordings of a seed, `-- --seed N --path P` the one that a failure names.
 */
import { constants } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startChild } from './children.mjs';
import { runScript } from './runScript.mjs';
import { ensureBuild } from './setup/build.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { projectDirectory } from './setup/paths.mjs';

await runScript(async () => {
  const { values } = parseArgs({
    options: { seed: { type: 'string' }, path: { type: 'string' }, recordings: { type: 'string', default: '1000' } },
  });
  await ensureDependencies();
  await ensureBuild();
  const vitest = join(projectDirectory, 'node_modules', 'vitest', 'vitest.mjs');
  const config = join(projectDirectory, 'test', 'simulation', 'vitest.config.ts');
  const tests = startChild(process.execPath, [vitest, 'run', '--config', config, '--root', projectDirectory], {
    cwd: projectDirectory,
    stdio: 'inherit',
    env: {
      ...process.env,
      SIMULATION_RECORDINGS: values.recordings,
      SIMULATION_SEED: values.seed ?? String(Math.floor(Math.random() * 2 ** 31)),
      ...(values.path !== undefined && { SIMULATION_PATH: values.path }),
    },
  });
  return new Promise((resolve, reject) => {
    tests.once('error', reject);
    tests.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
});
