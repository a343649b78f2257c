// @ts-check
import { access, constants, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError, messageOf, runCommand } from './command.mjs';
import { withLock } from './lock.mjs';
import { cacheDirectory, pathDirectories, shortPath } from './paths.mjs';
import { reportToTerminal } from './report.mjs';

const PROBE_TIMEOUT_MS = 30_000;

/**
 * A program that the tests or the demo need, and every way to come by it.
 * @typedef {object} Executable
 * @property {string} name its name on PATH
 * @property {string} version the version that is installed where there is none
 * @property {string} pathVariable the environment variable by which the user names one
 * @property {readonly string[]} probeArguments asks it who it is
 * @property {(answer: string) => string | undefined} identify its version from that answer; undefined: it is another program. Throws where it is too old
 * @property {readonly Installer[]} installers in the order of trying
 * @property {string} advice what the user can do when nothing helped: one sentence
 */

/**
 * @typedef {object} Installer
 * @property {string} source said on the screen, with its size
 * @property {(directory: string) => Promise<string>} install leaves the program somewhere in this empty directory and answers where
 */

/**
 * @typedef {object} Surroundings
 * @property {NodeJS.ProcessEnv} [environment] the process's own unless given
 * @property {string} [directory] where programs are kept, `.cache/bin` unless given
 * @property {import('./report.mjs').Report} [report]
 */

/**
 * Finds the program, in this order: the one that the user names, PATH, the project's cache, and then each installer. Every candidate is run before it
 * counts as found. An installed program appears in the cache by a rename, so that an interrupted run leaves nothing that looks whole.
 * @param {Executable} executable
 * @param {Surroundings} [surroundings]
 * @returns {Promise<string>} its path
 * @throws {Error} names all that was tried, why each failed, and what to do; its cause is why the last installer failed
 */
export async function ensureExecutable(executable, surroundings = {}) {
  const {
    environment = process.env,
    directory = join(cacheDirectory, 'bin'),
    report = reportToTerminal,
  } = surroundings;
  const { name, version, pathVariable } = executable;

  const named = environment[pathVariable];
  if (named) {
    const probed = await probe(executable, named);
    if ('version' in probed) return found(named, probed.version);
    // The user asked for this one: another in its place would be a surprise.
    throw new Error(
      `${pathVariable} names ${named}, which is no ${name} that runs here: ${probed.refusal}. Correct ${pathVariable} or unset it.`,
    );
  }

  /** @type {string[]} */
  const tried = [`${pathVariable}: not set`];
  const onPath = await findOnPath(name, environment['PATH']);
  if (onPath) {
    const probed = await probe(executable, onPath);
    if ('version' in probed) return found(onPath, probed.version);
    tried.push(`PATH: ${onPath} is passed over: ${probed.refusal}`);
  } else {
    tried.push(`PATH: no ${name} in it`);
  }

  const cached = join(directory, `${name}-${version}`);
  if (await isExecutableFile(cached)) {
    const probed = await probe(executable, cached);
    if ('version' in probed) return found(cached, probed.version);
    tried.push(`cache: ${shortPath(cached)} is replaced: ${probed.refusal}`);
  } else {
    tried.push(`cache: no ${shortPath(cached)}`);
  }

  return found(cached, await withLock(`${cached}.lock`, install, report));

  /**
   * @param {string} path
   * @param {string} foundVersion
   */
  function found(path, foundVersion) {
    report(`${name} ${foundVersion}: ${shortPath(path)}`);
    return path;
  }

  async function install() {
    // Another run may have installed it while this one waited for the lock.
    if (await isExecutableFile(cached)) {
      const probed = await probe(executable, cached);
      if ('version' in probed) return probed.version;
    }
    await removeLeftovers(directory, name);
    let cause;
    for (const { source, install } of executable.installers) {
      const workshop = await mkdtemp(join(directory, `${name}.unfinished-`));
      try {
        report(`${name} ${version}: trying ${source} …`);
        const fresh = await install(workshop);
        const probed = await probe(executable, fresh);
        if ('version' in probed) {
          await rename(fresh, cached);
          return probed.version;
        }
        cause = new Error(probed.refusal);
        tried.push(`${source}: ${probed.refusal}`);
      } catch (error) {
        cause = error;
        tried.push(`${source}: ${messageOf(error)}`);
      } finally {
        await rm(workshop, { recursive: true, force: true });
      }
    }
    const list = tried.map((line) => `  - ${line.replaceAll('\n', '\n      ')}`).join('\n');
    throw new Error(`No ${name} was found, and none could be installed:\n${list}\n${executable.advice}`, { cause });
  }
}

/**
 * @param {Executable} executable
 * @param {string} path
 * @returns {Promise<{ version: string } | { refusal: string }>}
 */
async function probe({ name, probeArguments, identify }, path) {
  let answer;
  let failure;
  try {
    answer = await runCommand(path, probeArguments, { timeoutMs: PROBE_TIMEOUT_MS });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    // A program without a question for its version ends with an error, yet says enough to be known.
    failure = error;
    answer = error.output;
  }
  try {
    const version = identify(answer);
    if (version !== undefined) return { version };
    return { refusal: failure?.message ?? `it does not answer as ${name} does, but: ${answer.trim().split('\n')[0]}` };
  } catch (error) {
    return { refusal: messageOf(error) };
  }
}

/**
 * @param {string} name
 * @param {string | undefined} path
 */
async function findOnPath(name, path) {
  for (const directory of pathDirectories(path)) {
    const candidate = join(directory, name);
    if (await isExecutableFile(candidate)) return candidate;
  }
  return undefined;
}

/** @param {string} path */
async function isExecutableFile(path) {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/**
 * What runs that were killed have left; the lock says that none is under way.
 * @param {string} directory
 * @param {string} name
 */
async function removeLeftovers(directory, name) {
  await mkdir(directory, { recursive: true });
  for (const entry of await readdir(directory)) {
    if (entry.startsWith(`${name}.unfinished-`)) await rm(join(directory, entry), { recursive: true, force: true });
  }
}
