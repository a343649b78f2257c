// @ts-check
import { ensureOptionalExecutable } from './optionalExecutable.mjs';

/** @type {import('./executable.mjs').Executable} */
const chromium = {
  name: 'chromium',
  // Never installed here: a browser comes with dozens of libraries, which only the system's packages bring along.
  version: 'of-the-system',
  pathVariable: 'CHROMIUM_PATH',
  probeArguments: ['--version'],
  identify: (answer) => /^(?:Chromium|Google Chrome) (\S+)/m.exec(answer)?.[1],
  installers: [],
  advice: 'Install Chromium (Debian: apt-get install chromium), or set CHROMIUM_PATH to it or to Chrome.',
};

/**
 * Chromium, for the test of Temporal's web page. Without it that test is skipped, loudly; in CI (environment variable CI) it is an error, so that it
 * cannot go missing unseen.
 * @param {import('./executable.mjs').Surroundings} [surroundings]
 * @returns {Promise<string | undefined>}
 */
export function ensureChromium(surroundings = {}) {
  return ensureOptionalExecutable(chromium, "Chromium the test of Temporal's web page is skipped", surroundings);
}
