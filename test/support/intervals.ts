/** Milliseconds since 1970. */
export interface Interval {
  from: number;
  to: number;
}

/** What the intervals have outside of another one. */
export function without(intervals: Interval[], { from, to }: Interval): Interval[] {
  return intervals.flatMap((one) =>
    to <= one.from || from >= one.to
      ? [one]
      : [
          { from: one.from, to: Math.min(one.to, from) },
          { from: Math.max(one.from, to), to: one.to },
        ].filter((rest) => rest.to > rest.from),
  );
}

/** The same time, without any twice. */
export function union(intervals: Interval[]): Interval[] {
  return intervals.reduce<Interval[]>((all, one) => [...all, ...all.reduce(without, [one])], []);
}

export function within(intervals: Interval[], { from, to }: Interval): Interval[] {
  return intervals
    .map((one) => ({ from: Math.max(one.from, from), to: Math.min(one.to, to) }))
    .filter((one) => one.to > one.from);
}

export function lengthOf(intervals: Interval[]): number {
  return intervals.reduce((sum, { from, to }) => sum + to - from, 0);
}
