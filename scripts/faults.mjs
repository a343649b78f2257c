// @ts-check
/**
 * `npm run test:faults`: recordings under random faults from a seed that it prints, starts whose answer is lost, and outages of every part.
 * `-- --seed N` repeats a run, `--seeds N` takes so many seeds from there on, `--recordings N` so many recordings for each; `--quick` is the short
 * run, without the recordings of many thousand events; `--report` writes the figures into docs/reliability.md.
 */
import { randomInt } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { figuresDirectory, testsDirectory } from './faults/figures.mjs';
import { runScript } from './runScript.mjs';
import { ensureBuild } from './setup/build.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { ensureS3Server } from './setup/s3Server.mjs';
import { ensureTemporalCli } from './setup/temporalCli.mjs';
import { ensureTestServer } from './setup/testServer.mjs';
import { ensureToxiproxy } from './setup/toxiproxy.mjs';
import { vitest } from './vitestRun.mjs';

/** Over 200 lost answers in a full run of three seeds. */
const FULL = { seeds: 3, recordings: 500, lostAnswers: 72 };
const QUICK = { seeds: 1, recordings: 120, lostAnswers: 36 };

/** What runs side by side, part by part. A full run would be too much for the one Temporal server that all share. */
const QUICK_PARTS = [['campaign', 'outages']];
const FULL_PARTS = [['campaign'], ['outages'], ['long']];

await runScript(async () => {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      seeds: { type: 'string' },
      recordings: { type: 'string' },
      quick: { type: 'boolean', default: false },
      report: { type: 'boolean', default: false },
    },
  });
  const scale = values.quick ? QUICK : FULL;
  const first = wholeNumber('--seed', values.seed) ?? randomInt(1, 2 ** 31);
  const recordings = wholeNumber('--recordings', values.recordings) ?? scale.recordings;
  const count = wholeNumber('--seeds', values.seeds) ?? scale.seeds;
  const seeds = Array.from({ length: count }, (_, more) => first + more);

  await ensureDependencies();
  await Promise.all([ensureBuild(), ensureTemporalCli(), ensureTestServer(), ensureS3Server(), ensureToxiproxy()]);
  await rm(figuresDirectory, { recursive: true, force: true });
  await mkdir(figuresDirectory, { recursive: true });

  const again = `npm run test:faults -- --seed ${first} --seeds ${count} --recordings ${recordings}${values.quick ? ' --quick' : ''}`;
  console.log(`seed${count === 1 ? '' : 's'} ${seeds.join(', ')}; the same faults again: ${again}`);
  const settings = {
    FAULTS_SEEDS: seeds.join(','),
    FAULTS_RECORDINGS: String(recordings),
    FAULTS_LOST_ANSWERS: String(scale.lostAnswers),
  };
  let code = 0;
  for (const part of values.quick ? QUICK_PARTS : FULL_PARTS) code = Math.max(code, await runFaults(part, settings));
  if (values.report) {
    // Only now, because it uses installed packages.
    const { writeReport } = await import('./faults/report.mjs');
    await writeReport(again);
  }
  return code;
});

/**
 * @param {string[]} directories of test/faults
 * @param {Record<string, string>} settings
 * @returns {Promise<number>} the exit code
 */
function runFaults(directories, settings) {
  const results = join(testsDirectory, `${directories.join('-')}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
  // Each test has several processes of its own, and their starts take seconds of computing.
  const filters = ['--maxWorkers=3', ...directories.map((directory) => `test/faults/${directory}/`)];
  return vitest(['--project', 'faults', ...reporters, ...filters], settings);
}

/**
 * @param {string} name
 * @param {string | undefined} text
 */
function wholeNumber(name, text) {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || number >= 2 ** 32)
    throw new Error(`${name} must be a whole number above 0, not "${text}"`);
  return number;
}
