// @ts-check
import { join } from 'node:path';
import { CommandError, messageOf, runCommand } from './command.mjs';
import { cacheDirectory, projectDirectory, shortPath } from './paths.mjs';
import { reportToTerminal } from './report.mjs';

const COMPILE_TIMEOUT_MS = 10 * 60_000;

/**
 * Vets and compiles the examples in Go, with the modules that go.sum pins. Without Go they are skipped, loudly; in CI (environment variable CI) it is
 * an error, so that they cannot go missing unseen.
 * @param {import('./report.mjs').Report} [report]
 * @returns {Promise<string | undefined>} where their programs are
 * @throws {Error} with the complaints of Go about the examples
 */
export async function buildGoExamples(report = reportToTerminal) {
  const programs = join(cacheDirectory, 'examples', 'go');
  const go = (/** @type {string[]} */ ...args) =>
    runCommand('go', args, {
      cwd: join(projectDirectory, 'examples', 'go'),
      env: { ...process.env, GOCACHE: join(cacheDirectory, 'go-build'), GOFLAGS: '-mod=readonly -modcacherw' },
      timeoutMs: COMPILE_TIMEOUT_MS,
    });
  try {
    await go('version');
  } catch (error) {
    if (process.env['CI']) throw error;
    report(`WITHOUT Go the examples in it are not run: ${messageOf(error)}. Install it from https://go.dev/dl/.`);
    return undefined;
  }
  try {
    report('examples in Go: compiling, which can take a minute the first time …');
    await go('vet', './...');
    await go('build', '-o', `${programs}/`, './...');
  } catch (error) {
    throw error instanceof CommandError ? new Error(`The examples in Go do not compile:\n${error.output}`) : error;
  }
  report(`examples in Go: ${shortPath(programs)}`);
  return programs;
}
