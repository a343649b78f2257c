// @ts-check
import { delimiter, dirname, join, relative } from 'node:path';

export const projectDirectory = dirname(dirname(import.meta.dirname));

/** Everything that set-up fetches or makes outside node_modules and dist; git ignores it, and deleting it is always safe. */
export const cacheDirectory = join(projectDirectory, '.cache');

/**
 * A path as a reader in the project's directory would write it.
 * @param {string} path
 */
export function shortPath(path) {
  const inside = relative(projectDirectory, path);
  return inside.startsWith('..') ? path : inside;
}

/**
 * The directories of PATH, without the empty entries that would mean the current one.
 * @param {string | undefined} path
 */
export function pathDirectories(path) {
  return (path ?? '').split(delimiter).filter(Boolean);
}
