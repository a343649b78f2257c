// @ts-check
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { projectDirectory } from '../setup/paths.mjs';
import { figuresDirectory, testsDirectory } from './figures.mjs';

/** @typedef {import('../../test/faults/campaign/campaign.js').Figures} Figures */
/** @typedef {{ name: string, assertionResults: { status: string }[] }} TestFile what vitest's JSON reporter says of one file */

const reportFile = join(projectDirectory, 'docs', 'reliability.md');

const BEGIN = '<!-- figures: begin -->';
const END = '<!-- figures: end -->';

/**
 * Writes the figures of the last run between the marks of docs/reliability.md.
 * @param {string} command what repeats the run
 */
export async function writeReport(command) {
  const campaigns = /** @type {Figures[]} */ (await readAll(figuresDirectory));
  const tests = /** @type {{ testResults: TestFile[] }[]} */ (await readAll(testsDirectory));
  const testResults = tests.flatMap((part) => part.testResults);
  const text = await readFile(reportFile, 'utf8');
  const [before, after] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (before < 0 || after < before) throw new Error(`${reportFile} lacks the marks ${BEGIN} and ${END}`);

  const parts = [heading(command), campaignTable(campaigns), faultTable(campaigns), outageTable(testResults)];
  const figures = `${BEGIN}\n\n${parts.join('\n\n')}\n\n`;
  const options = { ...(await resolveConfig(reportFile)), filepath: reportFile };
  await writeFile(reportFile, await format(text.slice(0, before) + figures + text.slice(after), options));
}

/** @param {string} command */
function heading(command) {
  const day = new Date().toISOString().slice(0, 10);
  return `Measured on ${day} with Node ${process.versions.node} on ${availableParallelism()} cores by \`${command}\`.`;
}

/** @param {Figures[]} campaigns */
function campaignTable(campaigns) {
  const rows = campaigns.map(
    ({ name, seed, recordings, ends, violations, extraJobs, unheardJobs, besideStrangers, seconds }) => [
      name,
      seed,
      recordings,
      ...['recorded', 'partial', 'empty', 'cancelled', 'failed', 'open'].map((end) => ends[end] ?? 0),
      violations,
      extraJobs,
      unheardJobs,
      besideStrangers,
      seconds,
    ],
  );
  /** @param {number} column */
  const sum = (column) => rows.reduce((total, row) => total + Number(row[column]), 0);
  const total = ['**all**', '', ...Array.from({ length: 12 }, (_, column) => sum(column + 2))];
  const head = [
    'campaign',
    'seed',
    'recordings',
    'recorded',
    'partial',
    'empty',
    'cancelled',
    'failed',
    'never ended',
    '**promises broken**',
    'second jobs found and stopped',
    'jobs never heard of',
    "beside a stranger's job",
    'seconds',
  ];
  return table(head, [...rows, total]);
}

/** @param {Figures[]} campaigns */
function faultTable(campaigns) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { faults } of campaigns) {
    for (const [kind, times] of Object.entries(faults)) counts.set(kind, (counts.get(kind) ?? 0) + times);
  }
  const rows = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  const total = rows.reduce((sum, [, times]) => sum + times, 0);
  return table(['fault', 'times'], [...rows, ['**all**', total]]);
}

/** @param {TestFile[]} testFiles */
function outageTable(testFiles) {
  const rows = testFiles
    .map(({ name, assertionResults }) => [
      relative(projectDirectory, name),
      ...['passed', 'failed', 'pending'].map(
        (status) => assertionResults.filter((test) => test.status === status).length,
      ),
    ])
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  return table(['tests', 'passed', 'failed', 'skipped'], rows);
}

/**
 * @param {string[]} head
 * @param {(string | number)[][]} rows
 */
function table(head, rows) {
  /** @param {(string | number)[]} cells */
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n');
}

/**
 * @param {string} directory
 * @returns {Promise<unknown[]>} what its JSON files hold
 */
async function readAll(directory) {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.json')).sort();
  return Promise.all(
    files.map(async (file) => {
      /** @type {unknown} */
      const content = JSON.parse(await readFile(join(directory, file), 'utf8'));
      return content;
    }),
  );
}
