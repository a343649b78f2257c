/** The published limit of each path. Source: SparkRTC API reference, "Before You Start", Table 2. */
const LIMITS = [
  { name: 'rtc-ops', path: /^\/v2\/rtc-ops\//, calls: 2, perMs: 1000 },
  { name: 'statistics', path: /^\/v1\//, calls: 30, perMs: 60_000 },
  { name: 'jobs', path: /\/individual-stream-jobs(\/|$)/, calls: 10, perMs: 1000 },
  { name: 'configuration', path: /^\/v2\/apps(\/|$)/, calls: 60, perMs: 60_000 },
];

/** A sliding window for each limit, in real time. */
export class RateLimits {
  readonly #calls = new Map<string, number[]>();

  /** Counts a call at the real time `now`; returns the limit that it exceeds, if any. */
  count(path: string, now: number): string | undefined {
    const limit = LIMITS.find((candidate) => candidate.path.test(path));
    if (limit === undefined) return undefined;
    const recent = (this.#calls.get(limit.name) ?? []).filter((at) => at > now - limit.perMs);
    this.#calls.set(limit.name, recent);
    if (recent.length >= limit.calls) return `limit:${limit.calls},time:${limit.perMs / 1000} s`;
    recent.push(now);
    return undefined;
  }
}
