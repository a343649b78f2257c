// @ts-check
/** `npm run build`: dist/, with the workflows' bundle; nothing to do when it was built from the very same sources. */
import { runScript } from './runScript.mjs';
import { ensureBuild } from './setup/build.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';

await runScript(async () => {
  await ensureDependencies();
  await ensureBuild();
  return 0;
});
