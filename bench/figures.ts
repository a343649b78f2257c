import type { Ratio } from './statistics.js';

/** What can be measured by itself, in the order of the table. */
export const PARTS = [
  'recordings',
  'receiver',
  'start',
  'listing',
  'replay',
  'questions',
  'silence',
  'inspection',
  'limits',
  'bursts',
  'open',
  'growth',
] as const;

export type Part = (typeof PARTS)[number];

/** One line of the table. */
export interface Figure {
  what: string;
  /** What it is held against, measured in the same run. */
  reference: string;
  ours: string;
  theirs: string;
  /** Ours against theirs, where both can be divided. */
  ratio?: Ratio;
  target: string;
  /** Undefined where nothing was requested, or not enough was done to say so. */
  met?: boolean | undefined;
  /** Why a miss is lived with: it is shown as missed, and does not fail the run. */
  accepted?: string;
  /** Single values, for sizing. */
  values?: Record<string, number>;
  /** Sample values, of which the quantiles are kept: ours and theirs, in `unit`. */
  samples?: { unit: string; ours: number[]; theirs: number[] };
}

/** Whether the run has to fail for it. */
export const failsRun = ({ met, accepted }: Figure): boolean => met === false && accepted === undefined;

/** So many of those that there should have been: fewer where there was no time for more. */
export const countOf = (done: number, wanted: number): string =>
  done < wanted
    ? `${done.toLocaleString('en')} of ${wanted.toLocaleString('en')} (no time for more)`
    : done.toLocaleString('en');

/** What fewer than were wanted have met is not met yet; what they have missed is missed. */
export const metBy = (met: boolean, done: number, wanted: number): boolean | undefined =>
  met && done < wanted ? undefined : met;

export const atMost = (ratio: Ratio, limit: number): boolean => ratio.median <= limit + ratio.noise;
export const atLeast = (ratio: Ratio, limit: number): boolean => ratio.median >= limit - ratio.noise;

export const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
