import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { capacityTable } from './capacity.js';
import type { Figure } from './figures.js';
import { quantile } from './statistics.js';

const verdict = ({ met }: Figure): string => (met === undefined ? '' : met ? 'met' : '**missed**');
const shownRatio = ({ ratio }: Figure): string =>
  ratio ? `${ratio.median.toFixed(2)} × ± ${ratio.noise.toFixed(2)}` : '';

/** For the eyes of whoever has started it. */
export function printFigures(figures: readonly Figure[]): void {
  for (const figure of figures) {
    console.log(`\n${figure.what}`);
    console.log(`  ours       ${figure.ours}`);
    console.log(`  reference  ${figure.theirs} (${figure.reference})`);
    if (figure.ratio) console.log(`  ratio      ${shownRatio(figure)}`);
    console.log(`  target     ${figure.target} ${verdict(figure).replaceAll('*', '').toUpperCase()}`);
  }
}

const PAGE = join('docs', 'performance.md');

/** The parts of the page that are written here, by their name. */
const between = (name: string) => ({
  begin: `<!-- ${name}, written by npm run bench: begin -->`,
  end: `<!-- ${name}, written by npm run bench: end -->`,
});

/** The table and the plots of the page; its words stay. */
export async function writeReport(figures: readonly Figure[]): Promise<void> {
  await writeFile(join('bench', 'results.json'), `${JSON.stringify(figures.map(withoutSamples), null, 2)}\n`);
  await mkdir(join('docs', 'images'), { recursive: true });
  const plots: string[] = [];
  for (const [index, figure] of figures.filter(({ samples }) => samples).entries()) {
    const name = `performance-${index + 1}.svg`;
    await writeFile(join('docs', 'images', name), plot(figure));
    plots.push(`![${figure.what}: ours and the reference](images/${name})`);
  }
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}`;
  const rows = figures.map(
    (figure) =>
      `| ${[figure.what, figure.ours, figure.theirs, figure.reference, shownRatio(figure), figure.target, verdict(figure)].join(' | ')} |`,
  );
  const table = [
    '| what | ours | reference | which | ratio | to reach | |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
  ];
  const measured = [`Measured on ${machine}.`, '', ...table, '', ...plots.flatMap((line) => [line, ''])];
  let text = await readFile(PAGE, 'utf8');
  text = replaced(text, 'figures', measured);
  text = replaced(text, 'capacity', capacityTable(figures));
  await writeFile(PAGE, await format(text, { ...(await resolveConfig(PAGE)), parser: 'markdown' }));
}

function replaced(page: string, name: string, lines: readonly string[]): string {
  const { begin, end } = between(name);
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${PAGE} has no place for "${name}"`);
  return `${page.slice(0, from + begin.length)}\n\n${lines.join('\n')}\n\n${page.slice(to)}`;
}

function withoutSamples({ samples, ...figure }: Figure): object {
  if (!samples) return figure;
  const summary = (values: number[]) => [0.05, 0.25, 0.5, 0.75, 0.95, 0.99].map((share) => quantile(values, share));
  return { ...figure, quantiles: { ours: summary(samples.ours), theirs: summary(samples.theirs) } };
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
