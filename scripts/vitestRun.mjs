// @ts-check
import { constants } from 'node:os';
import { join } from 'node:path';
import { startChild } from './children.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { projectDirectory } from './setup/paths.mjs';
import { ensureS3Server } from './setup/s3Server.mjs';
import { ensureTemporalCli } from './setup/temporalCli.mjs';
import { ensureTestServer } from './setup/testServer.mjs';

/**
 * Runs tests that are apart from `npm test`, with everything that they need set up.
 * @param {string} directory of test/, with a vitest.config.ts
 * @param {NodeJS.ProcessEnv} [besides] more variables for them
 * @returns {Promise<number>} vitest's exit code
 */
export async function runVitest(directory, besides = {}) {
  await ensureDependencies();
  await Promise.all([ensureTemporalCli(), ensureTestServer(), ensureS3Server()]);
  const vitest = join(projectDirectory, 'node_modules', 'vitest', 'vitest.mjs');
  const config = join(projectDirectory, 'test', directory, 'vitest.config.ts');
  const tests = startChild(process.execPath, [vitest, 'run', '--config', config, '--root', projectDirectory], {
    cwd: projectDirectory,
    stdio: 'inherit',
    env: { ...process.env, ...besides },
  });
  return new Promise((resolve, reject) => {
    tests.once('error', reject);
    tests.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}
