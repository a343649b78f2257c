// @ts-check
import { join } from 'node:path';
import { runCommand } from './command.mjs';
import { ensureExecutable } from './executable.mjs';
import { reportToTerminal } from './report.mjs';

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
  installers: [{ source: 'go install, which can take minutes', install: installWithGo }],
  advice:
    'Install Go (https://go.dev/dl/), or versitygw itself (https://github.com/versity/versitygw) so that it is on PATH.',
};

/**
 * versitygw: a real S3 server that checks signatures, for the tests of the bucket's listing. Without it those tests are skipped, loudly; in CI
 * (environment variable CI) it is an error, so that they cannot go missing unseen.
 * @param {import('./executable.mjs').Surroundings} [surroundings]
 * @returns {Promise<string | undefined>}
 */
export async function ensureS3Server(surroundings = {}) {
  const { environment = process.env, report = reportToTerminal } = surroundings;
  try {
    return await ensureExecutable(s3Server, surroundings);
  } catch (error) {
    // A path that the user has given is to be corrected, not passed over.
    if (environment['CI'] || environment[s3Server.pathVariable]) throw error;
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    report(`WITHOUT versitygw the tests against a real S3 server are skipped: ${reason}. ${s3Server.advice}`);
    return undefined;
  }
}

/** @param {string} directory */
async function installWithGo(directory) {
  await runCommand('go', ['install', `github.com/versity/versitygw/cmd/versitygw@v${VERSION}`], {
    cwd: directory,
    // The module cache is made writable, so that a temporary HOME can be deleted like any directory.
    env: { ...process.env, GOBIN: directory, GOFLAGS: `${process.env['GOFLAGS'] ?? ''} -modcacherw`.trim() },
    timeoutMs: COMPILE_TIMEOUT_MS,
  });
  return join(directory, 'versitygw');
}
