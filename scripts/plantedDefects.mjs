// @ts-check
/**
 * `npm run test:simulation:defects`: shows that the simulation finds what it has to find. Each patch in
 * test/simulation/defects removes one safeguard from a copy of the workflow, and the simulation of that copy has to
 * fail. Arguments are names or numbers of defects; `--seed N` repeats a run, `--limit SECONDS` is for each defect.
 */
import { randomInt } from 'node:crypto';
import { closeSync, cpSync, existsSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle } from './bundle.mjs';
import { runProcess, runScript, wholeNumber } from './processes.mjs';
import { cacheDirectory, ensureBuild, ensurePackages, projectDirectory, run } from './setup.mjs';

const patches = join(projectDirectory, 'test', 'simulation', 'defects');

/** Chance decides what a simulation plays: of all defects, so many may be missed. */
const MISSES_ALLOWED = 2;

/** Milliseconds for what surrounds a simulation, and for the recording that it plays when the limit is reached. */
const GRACE_MS = 120_000;

await runScript(async () => {
  const options = /** @type {const} */ ({ seed: { type: 'string' }, limit: { type: 'string', default: '300' } });
  const { values, positionals } = parseArgs({ allowPositionals: true, options });
  const seed = wholeNumber('--seed', values.seed) ?? randomInt(1, 2 ** 31);
  const limit = wholeNumber('--limit', values.limit) ?? 0;
  const all = readdirSync(patches, { encoding: 'utf8' }).filter((file) => file.endsWith('.patch'));
  const names = all.map((file) => file.replace(/\.patch$/, '')).sort();
  const defects = positionals.length > 0 ? positionals.map((word) => defectOf(names, word)) : names;
  for (const name of defects) apply(name, '--check');

  ensurePackages();
  ensureBuild();
  console.log(`${defects.length} defects, seed ${seed}, at most ${limit} s for each`);
  let missed = 0;
  for (const name of defects) {
    const begun = Date.now();
    const { recordings, broken } = await simulate(name, seed, limit * 1000);
    if (broken === undefined) missed += 1;
    const found = (broken === undefined ? 'NOT FOUND' : 'found').padEnd(9);
    const seconds = ((Date.now() - begun) / 1000).toFixed(0);
    const effort = `${`${recordings} recordings`.padStart(16)}  ${`${seconds} s`.padStart(6)}`;
    console.log(
      `${name.padEnd(36)}  ${found}  ${effort}  ${broken?.split(/; |\n/)[0]?.slice(0, 110) ?? ''}`.trimEnd(),
    );
  }
  console.log(`${defects.length - missed} of ${defects.length} defects were found`);
  return missed > (defects.length === all.length ? MISSES_ALLOWED : 0) ? 1 : 0;
});

// A word is a name, with or without its number, or a number.
/** @type {(names: string[], word: string) => string} */
function defectOf(names, word) {
  const name = names.find((one) => {
    const [number, ...words] = one.split('-');
    return word === one || word === words.join('-') || (/^\d+$/.test(word) && Number(word) === Number(number));
  });
  if (name === undefined) throw new Error(`There is no defect "${word}" in ${relative(projectDirectory, patches)}.`);
  return name;
}

/** @type {(name: string, option: string) => void} */
function apply(name, option) {
  try {
    run('git', ['apply', option, join(patches, `${name}.patch`)]);
  } catch (error) {
    throw new Error(`${name}.patch no longer applies to src: write it again.`, { cause: error });
  }
}

/** @typedef {{ recordings: number, broken?: string }} Outcome what the simulation found */

/** @type {(name: string, seed: number, limitMs: number) => Promise<Outcome>} */
async function simulate(name, seed, limitMs) {
  const directory = join(cacheDirectory, 'defects', name);
  rmSync(directory, { recursive: true, force: true });
  cpSync(join(projectDirectory, 'src'), join(directory, 'src'), { recursive: true });
  apply(name, `--directory=${relative(projectDirectory, directory)}`);
  const code = join(directory, 'workflow-bundle.js');
  const outcome = join(directory, 'outcome.json');
  writeFileSync(code, await bundle(join(directory, 'src', 'workflows', 'singleStreamRecording.ts')));
  const env = {
    ...process.env,
    SIMULATION_BUNDLE: code,
    SIMULATION_SEED: String(seed),
    // More than fit into any limit.
    SIMULATION_RECORDINGS: '1000000',
    SIMULATION_TIME_LIMIT: String(limitMs),
    SIMULATION_SHRINK: 'false',
    SIMULATION_OUTCOME: outcome,
  };
  const vitest = join(projectDirectory, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [vitest, 'run', '--project', 'simulation', '-t', 'keep every promise$'];
  const log = openSync(join(directory, 'log'), 'w');
  /** @type {import('node:child_process').SpawnOptions} */
  const options = { cwd: projectDirectory, env, timeout: limitMs + GRACE_MS, stdio: ['ignore', log, log] };
  await runProcess(process.execPath, args, options);
  closeSync(log);
  if (!existsSync(outcome)) throw new Error(`The simulation of ${name} did not end: see ${join(directory, 'log')}`);
  /** @type {unknown} */
  const found = JSON.parse(readFileSync(outcome, 'utf8'));
  return /** @type {Outcome} */ (found);
}
