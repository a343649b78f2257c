import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** What work has taken so far. */
export interface Resources {
  /** Processor time in milliseconds, by process. */
  cpu: Record<string, number>;
  /** Requests that Temporal's frontend has served. */
  requests: number;
  /** Writes to Temporal's database, visibility included. */
  writes: number;
}

const TICKS_PER_SECOND = 100;

/** The memory of a process in bytes, as the system counts it. */
export async function residentMemory(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number(stdout.trim()) * 1024;
}

/** Of bytes. */
export const shown = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(0)} MiB`;

/** Linux only: elsewhere the processes' times are left out. */
async function statOf(pid: number): Promise<{ name: string; parent: number; cpu: number } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  const [, name = '', rest = ''] = /\((.*)\) (.*)/s.exec(text ?? '') ?? [];
  if (text === undefined) return undefined;
  const fields = rest.split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { name, parent: Number(fields[1]), cpu: (ticks * 1_000) / TICKS_PER_SECOND };
}

/** The dev server, which the SDK has started for this process. */
export async function serverPid(): Promise<number | undefined> {
  const pids = (await readdir('/proc').catch(() => [])).map(Number).filter((pid) => pid > 0);
  for (const pid of pids) {
    const stat = await statOf(pid);
    if (stat?.parent === process.pid && stat.name.startsWith('temporal')) return pid;
  }
  return undefined;
}

/** @param metricsUrl the Prometheus page of the dev server */
export async function takenSoFar(pids: Record<string, number | undefined>, metricsUrl: string): Promise<Resources> {
  const cpu: Record<string, number> = {};
  for (const [name, pid] of Object.entries(pids)) {
    const stat = pid === undefined ? undefined : await statOf(pid);
    if (stat) cpu[name] = stat.cpu;
  }
  const page = await (await fetch(metricsUrl)).text();
  const sumOf = (metric: string, counts: (labels: string) => boolean) =>
    [...page.matchAll(new RegExp(`^${metric}\\{([^}]*)\\} (\\S+)`, 'gm'))]
      .filter(([, labels = '']) => counts(labels))
      .reduce((sum, [, , value]) => sum + Number(value), 0);
  return {
    cpu,
    requests: sumOf('service_requests', (labels) => labels.includes('service_name="frontend"')),
    writes: sumOf('persistence_requests', (labels) => !/operation="(Get|Read|List|Range|Count)/.test(labels)),
  };
}

/** What was taken between two moments, for each of so many. */
export function perOne(before: Resources, after: Resources, count: number): Resources {
  const names = Object.keys(after.cpu);
  return {
    cpu: Object.fromEntries(names.map((name) => [name, ((after.cpu[name] ?? 0) - (before.cpu[name] ?? 0)) / count])),
    requests: (after.requests - before.requests) / count,
    writes: (after.writes - before.writes) / count,
  };
}
