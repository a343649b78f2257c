// @ts-check
/** `npm test`: fetches what is missing, builds, and runs the tests. Arguments are vitest's, e.g. `npm test -- test/unit/workflows`. */
import { runScript } from './runScript.mjs';
import { ensureBuild } from './setup/build.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { ensureS3Server } from './setup/s3Server.mjs';
import { ensureTemporalCli } from './setup/temporalCli.mjs';
import { ensureTestServer } from './setup/testServer.mjs';
import { ensureVendorSdk } from './setup/vendorSdk.mjs';
import { vitest } from './vitestRun.mjs';

await runScript(async () => {
  await ensureDependencies();
  await Promise.all([ensureBuild(), ensureTemporalCli(), ensureTestServer(), ensureS3Server(), ensureVendorSdk()]);
  const projects = ['unit', 'e2e', 'simulation'].flatMap((name) => ['--project', name]);
  return vitest([...projects, ...process.argv.slice(2)]);
});
