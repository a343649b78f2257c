// @ts-check
/**
 * `npm run test:web`: recordings in Temporal's web page, as a person sees them in a browser. `-- --pictures` takes the pictures of docs/images anew;
 * otherwise they go to .cache/webpage.
 */
import { constants } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startChild } from './children.mjs';
import { runScript } from './runScript.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { cacheDirectory, projectDirectory } from './setup/paths.mjs';
import { ensureS3Server } from './setup/s3Server.mjs';
import { ensureTemporalCli } from './setup/temporalCli.mjs';
import { ensureTestServer } from './setup/testServer.mjs';

await runScript(async () => {
  const { values } = parseArgs({ options: { pictures: { type: 'boolean', default: false } } });
  await ensureDependencies();
  await Promise.all([ensureTemporalCli(), ensureTestServer(), ensureS3Server()]);
  const vitest = join(projectDirectory, 'node_modules', 'vitest', 'vitest.mjs');
  const config = join(projectDirectory, 'test', 'webpage', 'vitest.config.ts');
  const pictures = values.pictures ? join(projectDirectory, 'docs', 'images') : join(cacheDirectory, 'webpage');
  const tests = startChild(process.execPath, [vitest, 'run', '--config', config, '--root', projectDirectory], {
    cwd: projectDirectory,
    stdio: 'inherit',
    env: { ...process.env, WEB_PICTURES: pictures },
  });
  return new Promise((resolve, reject) => {
    tests.once('error', reject);
    tests.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
});
