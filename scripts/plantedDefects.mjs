// @ts-check
/**
 * `npm run test:simulation:defects`: shows that the simulation finds what it has to find. Each patch in
 * test/simulation/defects takes one handling out of a copy of the workflow, and the simulation of that copy has to
 * fail. Names or numbers of defects, as arguments, choose some of them; `-- --seed N` repeats a run,
 * `--limit SECONDS` is the time for each defect.
 */
import { randomInt } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runScript } from './runScript.mjs';
import { ensureBuild, importBundler } from './setup/build.mjs';
import { CommandError, lastLines, runCommand } from './setup/command.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { cacheDirectory, projectDirectory, shortPath } from './setup/paths.mjs';

const defectsDirectory = join(projectDirectory, 'test', 'simulation', 'defects');

/** Chance decides what a simulation plays: of all defects, so many may be missed. */
const MISSES_ALLOWED = 2;

/** More than fit into any limit. */
const RECORDINGS = 1_000_000;

/** For what surrounds the simulation, and for the recording that is being played when the limit is reached. */
const GRACE_SECONDS = 120;

const PATCH_TIMEOUT_MS = 30_000;

/**
 * @typedef {object} Defect
 * @property {string} name without the ending
 * @property {string} patch the file
 */

/**
 * @typedef {object} Outcome
 * @property {number} recordings
 * @property {string} [broken] what the simulation found
 */

await runScript(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { seed: { type: 'string' }, limit: { type: 'string', default: '300' } },
  });
  const seed = wholeNumber('--seed', values.seed) ?? randomInt(1, 2 ** 31);
  const limit = wholeNumber('--limit', values.limit) ?? 0;
  const all = await readDefects();
  const defects = chosen(all, positionals);
  for (const defect of defects) await applyPatch(defect, ['--check']);

  await ensureDependencies();
  await ensureBuild();
  console.log(`${defects.length} defects, seed ${seed}, at most ${limit} s for each`);
  let found = 0;
  for (const defect of defects) {
    const begun = Date.now();
    const { recordings, broken } = await simulate(defect, { seed, limit });
    if (broken !== undefined) found += 1;
    const seconds = ((Date.now() - begun) / 1000).toFixed(0);
    const columns = [
      defect.name.padEnd(36),
      (broken === undefined ? 'NOT FOUND' : 'found').padEnd(9),
      `${recordings} recordings`.padStart(16),
      `${seconds} s`.padStart(6),
      firstSentence(broken ?? ''),
    ];
    console.log(columns.join('  ').trimEnd());
  }
  console.log(`${found} of ${defects.length} defects were found`);
  const missesAllowed = defects.length === all.length ? MISSES_ALLOWED : 0;
  return defects.length - found > missesAllowed ? 1 : 0;
});

/** @returns {Promise<Defect[]>} in the order of their numbers */
async function readDefects() {
  const files = (await readdir(defectsDirectory)).filter((file) => file.endsWith('.patch')).sort();
  return files.map((file) => ({ name: file.replace(/\.patch$/, ''), patch: join(defectsDirectory, file) }));
}

/**
 * @param {Defect[]} defects
 * @param {string[]} wanted names, with or without the number, or numbers; all where there are none
 */
function chosen(defects, wanted) {
  if (wanted.length === 0) return defects;
  return wanted.map((word) => {
    const defect = defects.find(({ name }) => {
      const [number = '', ...words] = name.split('-');
      return word === name || word === words.join('-') || (/^\d+$/.test(word) && Number(word) === Number(number));
    });
    if (!defect) throw new Error(`there is no defect "${word}" in ${shortPath(defectsDirectory)}`);
    return defect;
  });
}

/**
 * @param {Defect} defect
 * @param {string[]} options of git apply
 */
async function applyPatch({ patch }, options) {
  try {
    await runCommand('git', ['apply', ...options, patch], { cwd: projectDirectory, timeoutMs: PATCH_TIMEOUT_MS });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new Error(`${shortPath(patch)} no longer applies to src: write it again`, { cause: error });
  }
}

/**
 * @param {Defect} defect
 * @param {{ seed: number, limit: number }} options
 * @returns {Promise<Outcome>}
 */
async function simulate(defect, { seed, limit }) {
  const directory = join(cacheDirectory, 'defects', defect.name);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  await cp(join(projectDirectory, 'src'), join(directory, 'src'), { recursive: true });
  await applyPatch(defect, [`--directory=${shortPath(directory)}`]);
  const bundle = join(directory, 'workflow-bundle.js');
  await writeFile(bundle, await bundleOf(join(directory, 'src', 'workflows', 'singleStreamRecording.ts')));

  const outcomeFile = join(directory, 'outcome.json');
  const vitest = join(projectDirectory, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [vitest, 'run', '--project', 'simulation', '-t', 'keep every promise$'];
  const simulation = runCommand(process.execPath, args, {
    cwd: projectDirectory,
    env: {
      ...process.env,
      SIMULATION_BUNDLE: bundle,
      SIMULATION_SEED: String(seed),
      SIMULATION_RECORDINGS: String(RECORDINGS),
      SIMULATION_TIME_LIMIT: String(limit * 1000),
      SIMULATION_SHRINK: 'false',
      SIMULATION_OUTCOME: outcomeFile,
    },
    timeoutMs: (limit + GRACE_SECONDS) * 1000,
  });
  const output = await simulation.catch((/** @type {CommandError} */ { output }) => output);
  const outcome = await readFile(outcomeFile, 'utf8').catch(() => undefined);
  if (outcome === undefined)
    throw new Error(`the simulation of ${defect.name} did not come to an end:\n${lastLines(output, 15)}`);
  /** @type {unknown} */
  const read = JSON.parse(outcome);
  return /** @type {Outcome} */ (read);
}

/** @param {string} workflowsPath */
async function bundleOf(workflowsPath) {
  // Only now, because they are not there before the installation and the build.
  const { DefaultLogger } = await import('@temporalio/worker');
  const { bundleWorkflows } = await importBundler();
  return bundleWorkflows({ workflowsPath, logger: new DefaultLogger('ERROR') });
}

/** @param {string} broken */
function firstSentence(broken) {
  const [sentence = ''] = broken.split(/; |\n/);
  return sentence.length > 110 ? `${sentence.slice(0, 109)}…` : sentence;
}

/**
 * @param {string} name
 * @param {string | undefined} text
 */
function wholeNumber(name, text) {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || number >= 2 ** 31)
    throw new Error(`${name} must be a whole number above 0, not "${text}"`);
  return number;
}
