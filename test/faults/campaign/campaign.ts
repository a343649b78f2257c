import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { audit, count, type Audit, type CoverageFigures } from './audit.js';
import type { CellFacts } from './facts.js';

/** Where the figures of a run are left; `npm run test:faults -- --report` makes its table of them. */
const FIGURES = fileURLToPath(new URL('../../../.cache/faults/', import.meta.url));

/** A number from the environment, such as `npm run test:faults` sets. */
export function setting(name: string, fallback: number): number {
  const value = process.env[name];
  if (!value) return fallback;
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`${name} must be a whole number, not "${value}"`);
  return number;
}

/** The seeds of this run; without any, a new one. */
export function seeds(): number[] {
  const given = process.env.FAULTS_SEEDS;
  return given ? given.split(',').map(Number) : [Math.floor(Math.random() * 2 ** 31)];
}

/** What one campaign shows. */
export interface Figures extends Omit<Audit, 'violations'> {
  name: string;
  seed: number;
  recordings: number;
  seconds: number;
  /** What was really done, by kind. */
  faults: Record<string, number>;
  violations: number;
}

/** Audits all installations of a campaign, leaves its figures, and fails with every promise that was not kept. */
export async function judge(
  name: string,
  seed: number,
  startedAt: number,
  cells: readonly (CellFacts & { injected: Record<string, number> })[],
): Promise<void> {
  const figures: Figures = {
    name,
    seed,
    recordings: 0,
    seconds: Math.round((Date.now() - startedAt) / 1000),
    ends: {},
    faults: {},
    unheardJobs: 0,
    extraJobs: 0,
    besideStrangers: 0,
    coverage: { live: 0, lost: [], lostWithExcuse: [] },
    violations: 0,
  };
  const violations: string[] = [];
  for (const cell of cells) {
    const audited = audit(cell);
    figures.recordings += cell.recordings.length;
    figures.unheardJobs += audited.unheardJobs;
    figures.extraJobs += audited.extraJobs;
    figures.besideStrangers += audited.besideStrangers;
    figures.coverage.live += audited.coverage.live;
    figures.coverage.lost.push(...audited.coverage.lost);
    figures.coverage.lostWithExcuse.push(...audited.coverage.lostWithExcuse);
    for (const [end, times] of Object.entries(audited.ends)) count(figures.ends, end, times);
    for (const [fault, times] of Object.entries(cell.injected)) count(figures.faults, fault, times);
    for (const { what, plan, end } of audited.violations) {
      violations.push(
        [what, plan && `  plan: ${JSON.stringify(plan)}`, end && `  end: ${JSON.stringify(end)}`]
          .filter(Boolean)
          .join('\n'),
      );
    }
  }
  figures.violations = violations.length;
  figures.coverage = rounded(figures.coverage);
  await mkdir(FIGURES, { recursive: true });
  await writeFile(`${FIGURES}${name}-${seed}.json`, JSON.stringify(figures, null, 2));
  console.log(`${name}, seed ${seed}: ${JSON.stringify(figures)}`);
  expect(violations, `promises not kept under seed ${seed}:\n${violations.join('\n')}\n`).toEqual([]);
}

/** Tenths of a second, the worst loss first. */
function rounded({ live, lost, lostWithExcuse }: CoverageFigures): CoverageFigures {
  const tenths = (seconds: number) => Math.round(seconds * 10) / 10;
  const worstFirst = (losses: number[]) => losses.map(tenths).sort((a, b) => b - a);
  return { live: tenths(live), lost: worstFirst(lost), lostWithExcuse: worstFirst(lostWithExcuse) };
}
