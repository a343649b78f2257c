// @ts-check
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf, runCommand } from './command.mjs';
import { withLock } from './lock.mjs';
import { cacheDirectory, shortPath } from './paths.mjs';
import { installWithPip } from './pip.mjs';
import { reportToTerminal } from './report.mjs';

const VERSION = '3.1.219';

const PROBE_TIMEOUT_MS = 60_000;

const requirements = join(import.meta.dirname, 'requirements', 'vendor-sdk.txt');

/**
 * @typedef {object} Surroundings
 * @property {NodeJS.ProcessEnv} [environment] the process's own unless given
 * @property {string} [directory] where it is kept, `.cache` unless given
 * @property {import('./report.mjs').Report} [report]
 */

/**
 * The vendor's own SDK of SparkRTC for Python (huaweicloudsdkcloudrtc of PyPI, pinned by hash, about 5 MB), for the test that a client which nobody here
 * wrote gets along with the simulator. Without it that test is skipped, loudly; in CI (environment variable CI) it is an error, so that it cannot go
 * missing unseen.
 * @param {Surroundings} [surroundings]
 * @returns {Promise<string | undefined>} what PYTHONPATH has to be for `python3 -S`
 */
export async function ensureVendorSdk(surroundings = {}) {
  const { environment = process.env, directory = cacheDirectory, report = reportToTerminal } = surroundings;
  const installed = join(directory, `vendor-sdk-${VERSION}`);
  try {
    if ((await refusal(installed)) !== undefined) {
      await withLock(`${installed}.lock`, () => install(installed, report), report);
    }
    report(`vendor SDK ${VERSION}: ${shortPath(installed)}`);
    return installed;
  } catch (error) {
    if (environment['CI']) throw error;
    report(`WITHOUT the vendor's SDK the test of the simulator with it is skipped: ${messageOf(error)}`);
    return undefined;
  }
}

/**
 * It appears by a rename, so that an interrupted run leaves nothing that looks whole.
 * @param {string} target
 * @param {import('./report.mjs').Report} report
 */
async function install(target, report) {
  // Another run may have installed it while this one waited for the lock.
  if ((await refusal(target)) === undefined) return;
  // The lock says that nobody else is in it: what is there was left by a run that was killed.
  const workshop = `${target}.unfinished`;
  await rm(workshop, { recursive: true, force: true });
  await mkdir(workshop);
  try {
    report(`vendor SDK ${VERSION}: trying huaweicloudsdkcloudrtc of PyPI, pinned by hash, about 5 MB …`);
    const fresh = dirname(await installWithPip(requirements, workshop));
    const reason = await refusal(fresh);
    if (reason !== undefined) throw new Error(reason);
    await rm(target, { recursive: true, force: true });
    await rename(fresh, target);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

/**
 * Why it cannot be used from there; undefined: it can. Some of its wheels are compiled for one version of Python, which may have changed since. `-S`
 * leaves out the machine's own packages, so that nothing else answers in its place.
 * @param {string} path
 */
async function refusal(path) {
  try {
    await runCommand('python3', ['-S', '-c', 'import huaweicloudsdkcloudrtc.v2'], {
      env: { ...process.env, PYTHONPATH: path },
      timeoutMs: PROBE_TIMEOUT_MS,
    });
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
