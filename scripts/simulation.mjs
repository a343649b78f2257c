// @ts-check
/**
 * `npm run test:simulation`: plays recordings in virtual time and checks the promises, with a fresh seed unless one is
 * given. `-- --seed N --recordings M` plays M recordings of a seed, `-- --seed N --path P` the one that a failure names.
 */
import { parseArgs } from 'node:util';
import { runScript } from './runScript.mjs';
import { ensureBuild } from './setup/build.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { vitest } from './vitestRun.mjs';

await runScript(async () => {
  const { values } = parseArgs({
    options: { seed: { type: 'string' }, path: { type: 'string' }, recordings: { type: 'string', default: '1000' } },
  });
  await ensureDependencies();
  await ensureBuild();
  return vitest(['--project', 'simulation'], {
    SIMULATION_RECORDINGS: values.recordings,
    SIMULATION_SEED: values.seed ?? String(Math.floor(Math.random() * 2 ** 31)),
    ...(values.path !== undefined && { SIMULATION_PATH: values.path }),
  });
});
