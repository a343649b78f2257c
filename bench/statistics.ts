/** The value below which so much of the sample lies, by the nearest rank. */
export function quantile(sample: readonly number[], share: number): number {
  const sorted = [...sample].sort((a, b) => a - b);
  const rank = Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1));
  return sorted[rank] ?? NaN;
}

/** The one in the middle; of an even number, what is half-way between the two. */
export function median(sample: readonly number[]): number {
  const sorted = [...sample].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? NaN) + (sorted[Math.floor(half)] ?? NaN)) / 2;
}

/** What was measured round by round beside its reference, so that whatever else the machine did fell on both. */
export interface Ratio {
  median: number;
  /** Half of what the middle half of the rounds spans: a target is missed only by more than this. */
  noise: number;
  rounds: number[];
}

export function ratioOf(ours: readonly number[], reference: readonly number[]): Ratio {
  const rounds = ours.map((value, round) => value / (reference[round] ?? NaN));
  return { median: median(rounds), noise: (quantile(rounds, 0.75) - quantile(rounds, 0.25)) / 2, rounds };
}
