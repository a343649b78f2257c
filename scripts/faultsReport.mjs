// @ts-check
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { projectDirectory } from './setup.mjs';

/** @typedef {import('../test/faults/campaign/campaign.js').Figures} Figures */
/** @typedef {{ testResults: { name: string, assertionResults: { status: string }[] }[] }} VitestReport */

const ENDS = ['recorded', 'partial', 'empty', 'cancelled', 'failed'];

/** The sums of the campaigns, by the key of their figures. */
const SUMS = {
  violations: '**promises broken**',
  extraJobs: 'second jobs stopped',
  unheardJobs: 'jobs never reported',
  besideStrangers: 'with a foreign job',
  seconds: 'seconds',
};

// Writes the figures of the last run, which the command repeats, between the marks of docs/reliability.md.
/** @type {(command: string, directory: string) => Promise<void>} */
export async function writeReport(command, directory) {
  const file = join(projectDirectory, 'docs', 'reliability.md');
  const page = readFileSync(file, 'utf8');
  const marks = /(?<=<!-- figures: begin -->).*(?=<!-- figures: end -->)/s;
  if (!marks.test(page)) throw new Error(`${file} lacks the marks of the figures`);

  const campaigns = /** @type {Figures[]} */ (readAll(directory));
  const campaignRows = campaigns.map((figures) => [
    ...[figures.name.split(' ')[0] ?? '', figures.seed, figures.recordings],
    ...[...ENDS, 'open'].map((end) => figures.ends[end] ?? 0),
    ...Object.keys(SUMS).map((key) => figures[/** @type {keyof typeof SUMS} */ (key)]),
  ]);
  const head = ['campaign', 'seed', 'recordings', ...ENDS, 'never ended', ...Object.values(SUMS)];

  // A column for each campaign, because there are more figures than campaigns.
  const [names = [], ...campaignTable] = transposed([head, ...withSums(campaignRows, 2)]);

  /** @type {Record<string, number>} */
  const faults = {};
  for (const [kind, times] of campaigns.flatMap((figures) => Object.entries(figures.faults)))
    faults[kind] = (faults[kind] ?? 0) + times;

  const tests = /** @type {VitestReport[]} */ (readAll(join(directory, 'tests'))).flatMap((part) => part.testResults);
  const testRows = tests.map(({ name, assertionResults }) => {
    const count = (/** @type {string} */ status) => assertionResults.filter((one) => one.status === status).length;
    return [relative(projectDirectory, name), count('passed'), count('failed'), count('pending')];
  });

  const faultRows = sorted(Object.entries(faults)).map(([kind, times]) => [`\`${kind}\``, times ?? 0]);
  const day = new Date().toISOString().slice(0, 10);
  const parts = [
    `Measured on ${day} with Node ${process.versions.node} on ${availableParallelism()} cores: \`${command}\``,
    table(names, campaignTable),
    coverageLine(campaigns.map(({ coverage }) => coverage)),
    table(['fault', 'times'], withSums(faultRows, 1)),
    table(['tests', 'passed', 'failed', 'skipped'], sorted(testRows)),
  ];
  const updated = page.replace(marks, () => `\n\n${parts.join('\n\n')}\n\n`);
  writeFileSync(file, await format(updated, { ...(await resolveConfig(file)), filepath: file }));
}

/** @type {(coverage: Figures['coverage'][]) => string} */
function coverageLine(coverage) {
  const lost = coverage.flatMap((one) => one.lost);
  const excused = coverage.flatMap((one) => one.lostWithExcuse);
  const seconds = (/** @type {number[]} */ all) => all.reduce((sum, one) => sum + one, 0).toFixed(1);
  const worst = (/** @type {number[]} */ all) => Math.max(0, ...all).toFixed(1);
  return (
    `${lost.length + excused.length} jobs broke off and were followed by another one. Of the ` +
    `${seconds(coverage.map(({ live }) => live))} seconds for which their users were live, ` +
    `${seconds([...lost, ...excused])} are in no file: at most ${worst(lost)} for each of ${lost.length} ` +
    `break-offs, and at most ${worst(excused)} for each of the ${excused.length} that a fault excuses.`
  );
}

/** @typedef {(string | number)[][]} Rows */

/** @type {(rows: Rows) => Rows} */
const sorted = (rows) => rows.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));

/** @type {(rows: Rows, first: number) => Rows} */
function withSums(rows, first) {
  const sum = (/** @type {number} */ column) => rows.reduce((total, row) => total + Number(row[column]), 0);
  const sums = rows[0]?.map((_, column) => (column === 0 ? '**all**' : column < first ? '' : sum(column))) ?? [];
  return [...rows, sums];
}

/** @type {(rows: Rows) => Rows} */
const transposed = (rows) => (rows[0] ?? []).map((_, column) => rows.map((row) => row[column] ?? ''));

/** @type {(head: (string | number)[], rows: Rows) => string} */
function table(head, rows) {
  const ruler = head.map((_, column) => (column === 0 ? '---' : '--:'));
  return [head, ruler, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** @type {(directory: string) => unknown[]} the content of its JSON files */
function readAll(directory) {
  const files = readdirSync(directory, { encoding: 'utf8' }).filter((file) => file.endsWith('.json'));
  return files.sort().map((file) => /** @type {unknown} */ (JSON.parse(readFileSync(join(directory, file), 'utf8'))));
}
