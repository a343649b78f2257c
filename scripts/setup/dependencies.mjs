// @ts-check
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './command.mjs';
import { withLock } from './lock.mjs';
import { cacheDirectory, projectDirectory } from './paths.mjs';
import { reportToTerminal } from './report.mjs';

const INSTALL_TIMEOUT_MS = 15 * 60_000;

/**
 * The part of npm's lock files that is read here.
 * @typedef {{ packages: Record<string, LockedPackage> }} LockFile
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean }} LockedPackage
 */

/**
 * `npm ci`, unless node_modules holds what package-lock.json asks for.
 * @param {import('./report.mjs').Report} [report]
 */
export async function ensureDependencies(report = reportToTerminal) {
  if (await areInstalled()) return;
  await withLock(
    join(cacheDirectory, 'dependencies.lock'),
    async () => {
      // Another run may have installed them while this one waited for the lock.
      if (await areInstalled()) return;
      report('packages: npm ci …');
      // --include=dev: NODE_ENV=production would leave out the compiler and the tests' tools.
      await runCommand('npm', ['ci', '--include=dev', '--no-audit', '--no-fund'], {
        cwd: projectDirectory,
        timeoutMs: INSTALL_TIMEOUT_MS,
      });
      report('packages: installed');
    },
    report,
  );
}

async function areInstalled() {
  const wanted = await readLockFile('package-lock.json');
  const installed = await readLockFile(join('node_modules', '.package-lock.json'));
  return wanted !== undefined && installed !== undefined && isSatisfied(wanted, installed);
}

/**
 * npm writes node_modules/.package-lock.json last, so an interrupted `npm ci` has none. Contents are compared and not times, which a checkout changes.
 * @param {LockFile} wanted
 * @param {LockFile} installed
 */
export function isSatisfied(wanted, installed) {
  return Object.entries(wanted.packages).every(([path, { version, integrity, optional, devOptional }]) => {
    if (path === '') return true;
    const present = installed.packages[path];
    // Optional packages are those of other platforms, too.
    if (!present) return optional === true || devOptional === true;
    return present.version === version && present.integrity === integrity;
  });
}

/**
 * @param {string} path
 * @returns {Promise<LockFile | undefined>} undefined when there is none
 */
async function readLockFile(path) {
  try {
    /** @type {unknown} */
    const content = JSON.parse(await readFile(join(projectDirectory, path), 'utf8'));
    return /** @type {LockFile} */ (content);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
