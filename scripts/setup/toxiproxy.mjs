// @ts-check
import { installWithGo } from './go.mjs';
import { ensureOptionalExecutable } from './optionalExecutable.mjs';

const VERSION = '2.12.0';

/** The first compilation, with some 20 modules to download, takes a minute on two cores. */
const COMPILE_TIMEOUT_MS = 10 * 60_000;

/** @type {import('./executable.mjs').Executable} */
const toxiproxy = {
  name: 'toxiproxy-server',
  version: VERSION,
  pathVariable: 'TOXIPROXY_PATH',
  probeArguments: ['-version'],
  identify: (answer) => {
    const version = /^toxiproxy-server version (\S+)/m.exec(answer)?.[1];
    // Its releases carry their number; `go install` leaves the word "git".
    return version === 'git' ? VERSION : version;
  },
  installers: [{ source: 'go install, which can take a minute', install }],
  advice:
    'Install Go (https://go.dev/dl/), or toxiproxy itself (https://github.com/Shopify/toxiproxy) so that toxiproxy-server is on PATH.',
};

/**
 * Toxiproxy: stands between two processes and cuts, holds or slows their network, for the tests of outages. Without it those tests are skipped,
 * loudly; in CI (environment variable CI) it is an error, so that they cannot go missing unseen.
 * @param {import('./executable.mjs').Surroundings} [surroundings]
 * @returns {Promise<string | undefined>}
 */
export function ensureToxiproxy(surroundings = {}) {
  return ensureOptionalExecutable(toxiproxy, 'toxiproxy the tests of a cut network are skipped', surroundings);
}

/** @param {string} directory */
function install(directory) {
  return installWithGo(`github.com/Shopify/toxiproxy/v2/cmd/server@v${VERSION}`, directory, COMPILE_TIMEOUT_MS);
}
