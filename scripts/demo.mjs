// @ts-check
/** `npm run demo`: the vendor's example, live, with everything it needs on this machine. `-- --exit` ends when it has been played. */
import { parseArgs } from 'node:util';
import { runScript } from './runScript.mjs';
import { ensureBuild } from './setup/build.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { ensureTemporalCli } from './setup/temporalCli.mjs';

await runScript(async () => {
  const { values } = parseArgs({ options: { exit: { type: 'boolean', default: false } } });
  await ensureDependencies();
  const [temporalCli] = await Promise.all([ensureTemporalCli(), ensureBuild()]);
  // Only now, because it uses installed packages.
  const { playDemo } = await import('./demo/play.mjs');
  await playDemo({ temporalCli, stayUp: !values.exit });
  return 0;
});
