// @ts-check
import { installWithGo } from './go.mjs';
import { ensureOptionalExecutable } from './optionalExecutable.mjs';

const VERSION = '1.8.0';

/** The first compilation, with some 300 modules to download, takes minutes on two cores. */
const COMPILE_TIMEOUT_MS = 20 * 60_000;

/** @type {import('./executable.mjs').Executable} */
const s3Server = {
  name: 'versitygw',
  version: VERSION,
  pathVariable: 'VERSITYGW_PATH',
  probeArguments: ['--version'],
  identify: (answer) => {
    const version = /^Version\s*:\s*(\S+)/m.exec(answer)?.[1];
    // Its releases carry their number; `go install` leaves the word "git".
    return version === 'git' ? VERSION : version;
  },
  installers: [{ source: 'go install, which can take minutes', install }],
  advice:
    'Install Go (https://go.dev/dl/), or versitygw itself (https://github.com/versity/versitygw) so that it is on PATH.',
};

/**
 * versitygw: a real S3 server that checks signatures, for the tests of the bucket's listing. Without it those tests are skipped, loudly; in CI
 * (environment variable CI) it is an error, so that they cannot go missing unseen.
 * @param {import('./executable.mjs').Surroundings} [surroundings]
 * @returns {Promise<string | undefined>}
 */
export function ensureS3Server(surroundings = {}) {
  return ensureOptionalExecutable(s3Server, 'versitygw the tests against a real S3 server are skipped', surroundings);
}

/** @param {string} directory */
function install(directory) {
  return installWithGo(`github.com/versity/versitygw/cmd/versitygw@v${VERSION}`, directory, COMPILE_TIMEOUT_MS);
}
