// @ts-check
import { ensureExecutable } from './executable.mjs';
import { reportToTerminal } from './report.mjs';

/**
 * A program that only some tests need. Without it they are skipped, loudly; in CI (environment variable CI) it is an error, so that they cannot go
 * missing unseen.
 * @param {import('./executable.mjs').Executable} executable
 * @param {string} loss what is skipped without it: `WITHOUT {loss}`
 * @param {import('./executable.mjs').Surroundings} surroundings
 * @returns {Promise<string | undefined>}
 */
export async function ensureOptionalExecutable(executable, loss, surroundings) {
  const { environment = process.env, report = reportToTerminal } = surroundings;
  try {
    return await ensureExecutable(executable, surroundings);
  } catch (error) {
    // A path that the user has given is to be corrected, not passed over.
    if (environment['CI'] || environment[executable.pathVariable]) throw error;
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : 'there is none here';
    report(`WITHOUT ${loss}: ${reason}. ${executable.advice}`);
    return undefined;
  }
}
