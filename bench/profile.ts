import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples: number[];
  timeDeltas: number[];
}

/** Where the processor's time went, in the functions themselves: the share of all time that was not idle. */
export async function topOf(directory: string, count: number): Promise<string[]> {
  const lines: string[] = [];
  for (const name of (await readdir(directory)).filter((file) => file.endsWith('.cpuprofile')).sort()) {
    const { nodes, samples, timeDeltas } = JSON.parse(await readFile(join(directory, name), 'utf8')) as Profile;
    const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
    const spent = new Map<string, number>();
    let busy = 0;
    samples.forEach((id, index) => {
      const frame = frames.get(id);
      if (!frame || frame.functionName === '(idle)') return;
      const place = frame.url === '' ? '' : ` ${frame.url.split('/').slice(-3).join('/')}:${frame.lineNumber + 1}`;
      const key = `${frame.functionName || '(anonymous)'}${place}`;
      const time = timeDeltas[index] ?? 0;
      busy += time;
      spent.set(key, (spent.get(key) ?? 0) + time);
    });
    lines.push(`${name}: ${(busy / 1_000).toFixed(0)} ms busy`);
    for (const [key, time] of [...spent].sort(([, a], [, b]) => b - a).slice(0, count)) {
      lines.push(`  ${((100 * time) / busy).toFixed(1).padStart(5)} %  ${key}`);
    }
  }
  return lines;
}
