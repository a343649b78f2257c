// @ts-check
/** `npm run test:package`: the packed package as an ES module project and a CommonJS project install, compile and run it. */
import { runScript } from './runScript.mjs';
import { ensureBuild } from './setup/build.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { runVitest } from './vitestRun.mjs';

await runScript(async () => {
  await ensureDependencies();
  await ensureBuild();
  return runVitest('package');
});
