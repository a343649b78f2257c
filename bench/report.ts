import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { capacityTable } from './capacity.js';
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

/** The parts of the page that are written here, by their name. */
const between = (name: string) => ({
  begin: `<!-- begin of ${name}, written by npm run bench -->`,
  end: `<!-- end of ${name}, written by npm run bench -->`,
});

/** What was measured, by its part. */
export type Measured = Map<Part, Figure[]>;

const RESULTS = join('bench', 'results.json');

/** A figure as it is kept: the sample is drawn, and only its quantiles stay. */
interface KeptFigure extends Omit<Figure, 'samples'> {
  quantiles?: { ours: number[]; theirs: number[] };
  /** The file of its plot. */
  plot?: string;
}

/** The parts as they were last measured, each with its day. */
type Results = Partial<Record<Part, { measured: string; figures: KeptFigure[] }>>;

/** The tables and the plots of the page; its words stay, and so do the parts that were not measured now. */
export async function writeReport(measured: Measured): Promise<void> {
  const results = JSON.parse(await readFile(RESULTS, 'utf8')) as Results;
  await mkdir(join('docs', 'images'), { recursive: true });
  const day = new Date().toISOString().slice(0, 10);
  for (const [part, figures] of measured) {
    const kept = await Promise.all(
      figures.map((figure, index) => keep(figure, `performance-${part}-${index + 1}.svg`)),
    );
    results[part] = { measured: `${machine()}, ${day}`, figures: kept };
  }
  await writeFormatted(RESULTS, 'json', JSON.stringify(results));

  const parts = PARTS.flatMap((part) => results[part] ?? []);
  const figures = parts.flatMap((part) => part.figures);
  const rows = figures.map(
    (figure) =>
      `| ${[figure.what, figure.ours, figure.theirs, figure.reference, shownRatio(figure), figure.target, verdict(figure)].join(' | ')} |`,
  );
  const table = [
    '| what | ours | reference | which | ratio | to reach | |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
  ];
  const plots = figures.flatMap(({ what, plot: file }) =>
    file === undefined ? [] : [`![${what}: ours and the reference](images/${file})`, ''],
  );
  const machines = [...new Set(parts.map((part) => part.measured))];
  let text = await readFile(PAGE, 'utf8');
  text = replaced(text, 'figures', [`Measured on ${machines.join('; ')}.`, '', ...table, '', ...plots]);
  text = replaced(text, 'capacity', capacityTable(figures));
  await writeFormatted(PAGE, 'markdown', text);
}

/** As the project's own check wants it. */
async function writeFormatted(file: string, parser: 'json' | 'markdown', text: string): Promise<void> {
  await writeFile(file, await format(text, { ...(await resolveConfig(file)), parser }));
}

function machine(): string {
  return `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.versions.node}`;
}

async function keep({ samples, ...figure }: Figure, file: string): Promise<KeptFigure> {
  if (!samples) return figure;
  await writeFile(join('docs', 'images', file), plot({ ...figure, samples }));
  const summary = (values: number[]) => [0.05, 0.25, 0.5, 0.75, 0.95, 0.99].map((share) => quantile(values, share));
  return { ...figure, quantiles: { ours: summary(samples.ours), theirs: summary(samples.theirs) }, plot: file };
}

function replaced(page: string, name: string, lines: readonly string[]): string {
  const { begin, end } = between(name);
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${PAGE} has no place for "${name}"`);
  return `${page.slice(0, from + begin.length)}\n\n${lines.join('\n')}\n\n${page.slice(to)}`;
}

const WIDTH = 720;
const LEFT = 90;

/** Both distributions as bars: from the 5th to the 95th percentile thin, the middle half thick, the median marked. */
function plot({ what, samples }: Figure): string {
  const { unit, ours, theirs } = samples ?? { unit: '', ours: [], theirs: [] };
  const most = Math.max(quantile(ours, 0.99), quantile(theirs, 0.99)) * 1.05;
  const x = (value: number) => (LEFT + ((WIDTH - LEFT - 20) * value) / most).toFixed(1);
  const bar = (name: string, values: number[], y: number, colour: string) => {
    const at = (share: number) => x(quantile(values, share));
    const rect = (from: number, to: number, height: number, opacity: number) =>
      `<rect x="${at(from)}" y="${y - height / 2}" width="${(Number(at(to)) - Number(at(from))).toFixed(1)}" height="${height}" fill="${colour}" opacity="${opacity}"/>`;
    return [
      `<text x="${LEFT - 10}" y="${y + 4}" text-anchor="end">${name}</text>`,
      rect(0.05, 0.95, 6, 0.5),
      rect(0.25, 0.75, 22, 0.8),
      `<rect x="${at(0.5)}" y="${y - 14}" width="2" height="28" fill="#000"/>`,
      `<circle cx="${at(0.99)}" cy="${y}" r="3" fill="${colour}"/>`,
    ].join('\n  ');
  };
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const value = (most / 1.05) * share;
    return `<text x="${x(value)}" y="138" text-anchor="middle" fill="#555">${value.toFixed(value < 10 ? 1 : 0)} ${unit}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="150" viewBox="0 0 ${WIDTH} 150" font-family="sans-serif" font-size="12" role="img">
  <title>${what}</title>
  <rect width="${WIDTH}" height="150" fill="#fff"/>
  <text x="10" y="18" font-weight="bold">${what} (thick: middle half; thin: 5 to 95 %; dot: 99 %)</text>
  ${bar('ours', ours, 55, '#1f6feb')}
  ${bar('reference', theirs, 100, '#8c959f')}
  ${ticks.join('\n  ')}
</svg>
`;
}
