// @ts-check
import { join } from 'node:path';
import { CommandError, runCommand } from './command.mjs';
import { cacheDirectory, projectDirectory } from './paths.mjs';

const COMPILE_TIMEOUT_MS = 2 * 60_000;

/**
 * Compiles the examples in TypeScript against the built package, as its users do.
 * @returns {Promise<string>} where they are
 * @throws {Error} with the compiler's complaints
 */
export async function buildTypescriptExamples() {
  const tsc = join(projectDirectory, 'node_modules', 'typescript', 'bin', 'tsc');
  try {
    await runCommand(process.execPath, [tsc, '-p', 'examples/tsconfig.build.json'], {
      cwd: projectDirectory,
      timeoutMs: COMPILE_TIMEOUT_MS,
    });
  } catch (error) {
    throw error instanceof CommandError ? new Error(`The examples do not compile:\n${error.output}`) : error;
  }
  return join(cacheDirectory, 'examples');
}
