// @ts-check
/** `npm test`: fetches what is missing, builds, and runs the tests. Arguments are vitest's, e.g. `npm test -- test/workflows`. */
import { constants } from 'node:os';
import { join } from 'node:path';
import { startChild } from './children.mjs';
import { runScript } from './runScript.mjs';
import { ensureBuild } from './setup/build.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { projectDirectory } from './setup/paths.mjs';
import { ensureS3Server } from './setup/s3Server.mjs';
import { ensureTemporalCli } from './setup/temporalCli.mjs';
import { ensureTestServer } from './setup/testServer.mjs';
import { ensureVendorSdk } from './setup/vendorSdk.mjs';

await runScript(async () => {
  await ensureDependencies();
  await Promise.all([ensureBuild(), ensureTemporalCli(), ensureTestServer(), ensureS3Server(), ensureVendorSdk()]);
  const vitest = join(projectDirectory, 'node_modules', 'vitest', 'vitest.mjs');
  const tests = startChild(process.execPath, [vitest, 'run', ...process.argv.slice(2)], {
    cwd: projectDirectory,
    stdio: 'inherit',
  });
  return new Promise((resolve, reject) => {
    tests.once('error', reject);
    tests.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
});
