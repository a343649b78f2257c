// @ts-check
import { join } from 'node:path';
import { runCommand } from './command.mjs';
import { ensureExecutable } from './executable.mjs';
import { reportToTerminal } from './report.mjs';

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
  installers: [{ source: 'go install, which can take a minute', install: installWithGo }],
  advice:
    'Install Go (https://go.dev/dl/), or toxiproxy itself (https://github.com/Shopify/toxiproxy) so that toxiproxy-server is on PATH.',
};

/**
 * Toxiproxy: stands between two processes and cuts, holds or slows their network, for the tests of outages. Without it those tests are skipped,
 * loudly; in CI (environment variable CI) it is an error, so that they cannot go missing unseen.
 * @param {import('./executable.mjs').Surroundings} [surroundings]
 * @returns {Promise<string | undefined>}
 */
export async function ensureToxiproxy(surroundings = {}) {
  const { environment = process.env, report = reportToTerminal } = surroundings;
  try {
    return await ensureExecutable(toxiproxy, surroundings);
  } catch (error) {
    // A path that the user has given is to be corrected, not passed over.
    if (environment['CI'] || environment[toxiproxy.pathVariable]) throw error;
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    report(`WITHOUT toxiproxy the tests of a cut network are skipped: ${reason}. ${toxiproxy.advice}`);
    return undefined;
  }
}

/** @param {string} directory */
async function installWithGo(directory) {
  await runCommand('go', ['install', `github.com/Shopify/toxiproxy/v2/cmd/server@v${VERSION}`], {
    cwd: directory,
    // The module cache is made writable, so that a temporary HOME can be deleted like any directory.
    env: { ...process.env, GOBIN: directory, GOFLAGS: `${process.env['GOFLAGS'] ?? ''} -modcacherw`.trim() },
    timeoutMs: COMPILE_TIMEOUT_MS,
  });
  return join(directory, 'server');
}
