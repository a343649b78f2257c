// @ts-check
/** `npm run test:deploy`: docker-compose.yml, Dockerfile and deploy/kubernetes, as far as they can be tried without an engine and a cluster. */
import { runScript } from './runScript.mjs';
import { ensureBuild } from './setup/build.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { runVitest } from './vitestRun.mjs';

await runScript(async () => {
  await ensureDependencies();
  await ensureBuild();
  return runVitest('deploy');
});
