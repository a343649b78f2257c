// @ts-check
/**
 * `npm run test:faults`: recordings under random faults, starts whose response is lost, and outages of every part.
 * `--seed N` repeats a run, `--seeds N` is the number of seeds from there on, `--recordings N` that of recordings for
 * each; `--quick` is the short run, without those of many thousand events; `--report` updates docs/reliability.md.
 */
import { randomInt } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runProcess, runScript, wholeNumber } from './processes.mjs';
import { cacheDirectory } from './setup.mjs';

/**
 * What runs in parallel, part by part. A full run would be too much for the one Temporal server that all share, and
 * break-offs are measured in seconds, which a busy machine prolongs.
 */
const FULL = {
  seeds: 3,
  recordings: 500,
  lostResponses: 72,
  breakOffs: 60,
  parts: [['campaign'], ['breakOffs'], ['outages'], ['long']],
};
const QUICK = {
  seeds: 1,
  recordings: 120,
  lostResponses: 36,
  breakOffs: 20,
  parts: [['breakOffs'], ['campaign', 'outages']],
};

/** Each campaign writes its figures here, vitest its results to `tests`. */
const figures = join(cacheDirectory, 'faults');

await runScript(async () => {
  const text = /** @type {const} */ ({ type: 'string' });
  const flag = /** @type {const} */ ({ type: 'boolean', default: false });
  const { values } = parseArgs({ options: { seed: text, seeds: text, recordings: text, quick: flag, report: flag } });
  const scale = values.quick ? QUICK : FULL;
  const first = wholeNumber('--seed', values.seed) ?? randomInt(1, 2 ** 31);
  const recordings = wholeNumber('--recordings', values.recordings) ?? scale.recordings;
  const count = wholeNumber('--seeds', values.seeds) ?? scale.seeds;
  const seeds = Array.from({ length: count }, (_, more) => first + more).join(',');

  rmSync(figures, { recursive: true, force: true });
  mkdirSync(join(figures, 'tests'), { recursive: true });
  const quick = values.quick ? ' --quick' : '';
  const command = `npm run test:faults -- --seed ${first} --seeds ${count} --recordings ${recordings}${quick}`;
  console.log(`The same faults again: ${command}`);
  const settings = {
    FAULTS_SEEDS: seeds,
    FAULTS_RECORDINGS: String(recordings),
    FAULTS_LOST_RESPONSES: String(scale.lostResponses),
    FAULTS_BREAK_OFFS: String(scale.breakOffs),
  };
  let code = 0;
  for (const part of scale.parts) {
    const results = `--outputFile.json=${join(figures, 'tests', `${part.join('-')}.json`)}`;
    // Each test has several processes, whose starts take seconds of CPU time.
    const args = ['faults', '--reporter=default', '--reporter=json', results, '--maxWorkers=3'];
    const command = [join(import.meta.dirname, 'test.mjs'), ...args, ...part.map((name) => `test/faults/${name}/`)];
    code = Math.max(code, await runProcess(process.execPath, command, { env: { ...process.env, ...settings } }));
  }
  // Imported here, because it needs the installed packages.
  if (values.report) await (await import('./faultsReport.mjs')).writeReport(command, figures);
  return code;
});
