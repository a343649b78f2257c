// @ts-check
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf, runCommand } from './command.mjs';
import { withLock } from './lock.mjs';
import { cacheDirectory, shortPath } from './paths.mjs';
import { installWithPip } from './pip.mjs';
import { reportToTerminal } from './report.mjs';

const PROBE_TIMEOUT_MS = 60_000;

/**
 * @typedef {object} PythonPackages
 * @property {string} name as the screen has it, and its directory in the cache
 * @property {string} version
 * @property {string} requirements name of a file in `requirements/`
 * @property {string} module what is imported to see that it works
 * @property {string} source said on the screen, with its size
 * @property {string} loss what is skipped without it: `WITHOUT {loss}`
 */

/**
 * @typedef {object} Surroundings
 * @property {NodeJS.ProcessEnv} [environment] the process's own unless given
 * @property {string} [directory] where it is kept, `.cache` unless given
 * @property {import('./report.mjs').Report} [report]
 */

/**
 * Packages of PyPI, pinned by hash, that only some tests need. Without them these are skipped, loudly; in CI (environment variable CI) it is an error,
 * so that they cannot go missing unseen.
 * @param {PythonPackages} packages
 * @param {Surroundings} [surroundings]
 * @returns {Promise<string | undefined>} what PYTHONPATH has to be for `python3 -S`
 */
export async function ensurePythonPackages(packages, surroundings = {}) {
  const { environment = process.env, directory = cacheDirectory, report = reportToTerminal } = surroundings;
  const { name, version } = packages;
  const installed = join(directory, `${name.replaceAll(' ', '-').toLowerCase()}-${version}`);
  try {
    if ((await refusal(packages, installed)) !== undefined) {
      await withLock(`${installed}.lock`, () => install(packages, installed, report), report);
    }
    report(`${name} ${version}: ${shortPath(installed)}`);
    return installed;
  } catch (error) {
    if (environment['CI']) throw error;
    report(`WITHOUT ${packages.loss}: ${messageOf(error)}`);
    return undefined;
  }
}

/**
 * They appear by a rename, so that an interrupted run leaves nothing that looks whole.
 * @param {PythonPackages} packages
 * @param {string} target
 * @param {import('./report.mjs').Report} report
 */
async function install(packages, target, report) {
  // Another run may have installed them while this one waited for the lock.
  if ((await refusal(packages, target)) === undefined) return;
  // The lock says that nobody else is in it: what is there was left by a run that was killed.
  const workshop = `${target}.unfinished`;
  await rm(workshop, { recursive: true, force: true });
  await mkdir(workshop);
  try {
    report(`${packages.name} ${packages.version}: trying ${packages.source} …`);
    const requirements = join(import.meta.dirname, 'requirements', packages.requirements);
    const fresh = dirname(await installWithPip(requirements, workshop));
    const reason = await refusal(packages, fresh);
    if (reason !== undefined) throw new Error(reason);
    await rm(target, { recursive: true, force: true });
    await rename(fresh, target);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

/**
 * Why they cannot be used from there; undefined: they can. Some wheels are compiled for one version of Python, which may have changed since. `-S`
 * leaves out the machine's own packages, so that nothing else answers in their place.
 * @param {PythonPackages} packages
 * @param {string} path
 */
async function refusal(packages, path) {
  try {
    await runCommand('python3', ['-S', '-c', `import ${packages.module}`], {
      env: { ...process.env, PYTHONPATH: path },
      timeoutMs: PROBE_TIMEOUT_MS,
    });
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
