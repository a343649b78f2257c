// @ts-check
/** `npm run test:examples`: every program of examples/, run against worker, receiver and simulator. `-- --build` only compiles those that are to be. */
import { parseArgs } from 'node:util';
import { runScript } from './runScript.mjs';
import { ensureBuild } from './setup/build.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { buildTypescriptExamples } from './setup/typescriptExamples.mjs';
import { runVitest } from './vitestRun.mjs';

await runScript(async () => {
  const { values } = parseArgs({ options: { build: { type: 'boolean', default: false } } });
  await ensureDependencies();
  await ensureBuild();
  if (!values.build) return runVitest('examples', {}, ['--maxWorkers=2']);
  await buildTypescriptExamples();
  return 0;
});
