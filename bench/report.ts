import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { PARTS, type Figure, type Part } from './figures.js';
import { quantile } from './statistics.js';

const verdict = (
  { met, accepted }: Pick<Figure, 'met' | 'accepted'>,
  words = { met: 'met', missed: '**missed**' },
): string => {
  if (met === undefined) return '';
  if (met) return words.met;
  return accepted === undefined ? words.missed : `${words.missed}: ${accepted}`;
};
const shownRatio = ({ ratio }: Pick<Figure, 'ratio'>): string =>
  ratio ? `${ratio.median.toFixed(2)} × ± ${ratio.noise.toFixed(2)}` : '';

/** For the eyes of whoever has started it. */
export function printFigures(figures: readonly Figure[]): void {
  for (const figure of figures) {
    console.log(`\n${figure.what}`);
    console.log(`  ours       ${figure.ours}`);
    console.log(`  reference  ${figure.theirs} (${figure.reference})`);
    if (figure.ratio) console.log(`  ratio      ${shownRatio(figure)}`);
    console.log(`  target     ${figure.target} ${verdict(figure, { met: 'MET', missed: 'MISSED' })}`);
  }
}

const PAGE = join('docs', 'performance.md');

/** The part of the page that is written here. */
const BEGIN = '<!-- begin of figures, written by npm run bench -->';
const END = '<!-- end of figures, written by npm run bench -->';

/** What was measured, by its part. */
export type Measured = Map<Part, Figure[]>;

const RESULTS = join('bench', 'results.json');

/** A figure as it is kept: of a sample, only its quantiles stay. */
interface KeptFigure extends Omit<Figure, 'samples'> {
  quantiles?: { ours: number[]; theirs: number[] };
}

/** The parts as they were last measured, each with its day. */
type Results = Partial<Record<Part, { measured: string; figures: KeptFigure[] }>>;

/** Updates the table of the page; the text stays, and so do the parts that were not measured now. */
export async function writeReport(measured: Measured): Promise<void> {
  const results = JSON.parse(await readFile(RESULTS, 'utf8')) as Results;
  const day = new Date().toISOString().slice(0, 10);
  for (const [part, figures] of measured) {
    results[part] = { measured: `${machine()}, ${day}`, figures: figures.map(keep) };
  }
  await writeFormatted(RESULTS, 'json', JSON.stringify(results));
  const page = await readFile(PAGE, 'utf8');
  await writeFormatted(
    PAGE,
    'markdown',
    withFigures(
      page,
      PARTS.flatMap((part) => results[part] ?? []),
    ),
  );
}

function withFigures(page: string, parts: readonly { measured: string; figures: KeptFigure[] }[]): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${PAGE} has no place for the figures`);
  const rows = parts
    .flatMap(({ figures }) => figures)
    .map((figure) => [
      figure.what,
      figure.ours,
      figure.theirs,
      shownRatio(figure),
      `${figure.target} ${verdict(figure)}`,
    ])
    .map((cells) => `| ${cells.join(' | ')} |`);
  const machines = [...new Set(parts.map(({ measured }) => measured))].join('; ');
  const table = [
    // Aligned columns would not fit into the page.
    '<!-- prettier-ignore-start -->',
    '| what | ours | reference | ratio | target |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '<!-- prettier-ignore-end -->',
  ];
  return [page.slice(0, from) + BEGIN, `\nMeasured on ${machines}.\n`, ...table, `\n${page.slice(to)}`].join('\n');
}

/** As the project's own check wants it. */
async function writeFormatted(file: string, parser: 'json' | 'markdown', text: string): Promise<void> {
  await writeFile(file, await format(text, { ...(await resolveConfig(file)), parser }));
}

function machine(): string {
  return `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.versions.node}`;
}

function keep({ samples, ...figure }: Figure): KeptFigure {
  if (!samples) return figure;
  const summary = (values: number[]) => [0.05, 0.25, 0.5, 0.75, 0.95, 0.99].map((share) => quantile(values, share));
  return { ...figure, quantiles: { ours: summary(samples.ours), theirs: summary(samples.theirs) } };
}
