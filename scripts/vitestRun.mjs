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
 * @param {string} project of vitest.config.ts
 * @param {NodeJS.ProcessEnv} [besides] more variables for them
 * @param {string[]} [more] more arguments for vitest
 */
export async function runVitest(project, besides = {}, more = []) {
  await ensureDependencies();
  await Promise.all([ensureTemporalCli(), ensureTestServer(), ensureS3Server()]);
  return vitest(['--project', project, ...more], besides);
}

/**
 * Runs vitest and nothing else.
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [besides] more variables for the tests
 * @returns {Promise<number>} vitest's exit code
 */
export function vitest(args, besides = {}) {
  const program = join(projectDirectory, 'node_modules', 'vitest', 'vitest.mjs');
  const tests = startChild(process.execPath, [program, 'run', ...args], {
    cwd: projectDirectory,
    stdio: 'inherit',
    env: { ...process.env, ...besides },
  });
  return new Promise((resolve, reject) => {
    tests.once('error', reject);
    tests.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}
