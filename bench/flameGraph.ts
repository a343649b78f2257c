import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { SourceMap, type SourceMapping } from 'node:module';
import { fileURLToPath } from 'node:url';

interface Profile {
  nodes: ProfileNode[];
  samples: number[];
  timeDeltas: number[];
}

interface ProfileNode {
  id: number;
  callFrame: { functionName: string; url: string; lineNumber: number; columnNumber: number };
  children?: number[];
}

/** A function in the place where it was called, with the time of all that it called. */
interface Frame {
  name: string;
  place: string;
  time: number;
  callees: Map<string, Frame>;
}

const WIDTH = 1_200;
const ROW = 16;
/** What is narrower says nothing to a reader. */
const NARROWEST = 2;
const DEEPEST = 60;
/** About the width of a character of the font below. */
const CHARACTER = 6;

/** Whose function it is, which is what a reader looks for first. */
const ORIGINS = [
  { name: 'this project', colour: '#f28c28', matches: /(^|\/)(dist|src\/(workflows|recording))\// },
  {
    name: 'Temporal SDK',
    colour: '#7fb069',
    matches: /@temporalio|(^|\/)(worker|common|workflow|client)\/(lib|src)\//,
  },
  { name: 'Node', colour: '#9db4c0', matches: /^node:|^$/ },
  { name: 'other packages', colour: '#d9c27e', matches: /./ },
] as const;

/**
 * A CPU profile of Node as a flame graph in SVG: callers above callees, the width is the share of the time that was
 * not idle.
 */
export async function flameGraph(file: string, title: string): Promise<string> {
  const root = framesOf(JSON.parse(await readFile(file, 'utf8')) as Profile);
  const scale = WIDTH / root.time;
  const parts: string[] = [];
  let deepest = 0;
  const draw = (frame: Frame, x: number, depth: number) => {
    const width = frame.time * scale;
    if (width < NARROWEST || depth > DEEPEST) return;
    deepest = Math.max(deepest, depth);
    parts.push(box(frame, { x, y: 44 + depth * ROW, width, share: frame.time / root.time }));
    let at = x;
    for (const callee of [...frame.callees.values()].sort((a, b) => b.time - a.time)) {
      draw(callee, at, depth + 1);
      at += callee.time * scale;
    }
  };
  draw(root, 0, 0);
  const height = 44 + (deepest + 1) * ROW + 10;
  const legend = ORIGINS.map(
    ({ name, colour }, index) =>
      `<rect x="${10 + index * 150}" y="24" width="12" height="12" fill="${colour}"/><text x="${27 + index * 150}" y="34">${name}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="monospace" font-size="10" role="img">
<title>${title}</title>
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
<text x="10" y="16" font-weight="bold" font-size="12">${title}: ${(root.time / 1_000).toFixed(0)} ms busy</text>
${legend.join('\n')}
${parts.join('\n')}
</svg>
`;
}

function framesOf({ nodes, samples, timeDeltas }: Profile): Frame {
  const named = new Map(
    nodes.map(({ id, callFrame }) => [id, { name: callFrame.functionName, place: placeOf(callFrame) }]),
  );
  const callerOf = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const root: Frame = { name: 'all', place: '', time: 0, callees: new Map() };
  samples.forEach((id, index) => {
    const time = timeDeltas[index] ?? 0;
    const stack: { name: string; place: string }[] = [];
    for (let at: number | undefined = id; at !== undefined; at = callerOf.get(at)) {
      const call = named.get(at);
      if (call) stack.unshift(call);
    }
    if (stack.at(-1)?.name === '(idle)') return;
    let frame = root;
    frame.time += time;
    // The first is the profile's own root.
    for (const { name, place } of stack.slice(1)) {
      const key = `${name} ${place}`;
      let callee = frame.callees.get(key);
      if (!callee) {
        callee = { name: name || '(anonymous)', place, time: 0, callees: new Map() };
        frame.callees.set(key, callee);
      }
      callee.time += time;
      frame = callee;
    }
  });
  return root;
}

/** The end of the path, which is the same on every machine. */
function placeOf(frame: ProfileNode['callFrame']): string {
  if (frame.url === '') return '';
  const { url, line } = originOf(frame);
  const path = url.startsWith('node:') ? url : url.split('/').slice(-4).join('/');
  return `${path}:${line + 1}`;
}

/** The bundle holds the workflows and the SDK's part of them: only its map tells whose a line is. */
function originOf({ url, lineNumber, columnNumber }: ProfileNode['callFrame']): { url: string; line: number } {
  const isBundle = url.endsWith('/workflow-bundle.js');
  const entry: Partial<SourceMapping> = isBundle ? mapOf(url).findEntry(lineNumber, columnNumber) : {};
  const { originalSource = url, originalLine = lineNumber } = entry;
  return { url: originalSource, line: originalLine };
}

const maps = new Map<string, SourceMap>();

function mapOf(bundle: string): SourceMap {
  const known = maps.get(bundle);
  if (known) return known;
  const [, encoded = ''] = readFileSync(fileURLToPath(bundle), 'utf8').split(
    'sourceMappingURL=data:application/json;charset=utf-8;base64,',
  );
  const map = new SourceMap(
    JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')) as ConstructorParameters<typeof SourceMap>[0],
  );
  maps.set(bundle, map);
  return map;
}

function box({ name, place }: Frame, at: { x: number; y: number; width: number; share: number }): string {
  const { x, y, width, share } = at;
  const { colour } = ORIGINS.find(({ matches }) => matches.test(place)) ?? ORIGINS[3];
  const fits = Math.floor((width - 4) / CHARACTER);
  const label = fits >= 3 ? escaped(name.length > fits ? `${name.slice(0, fits - 1)}…` : name) : '';
  const text = label ? `<text x="${(x + 2).toFixed(1)}" y="${y + 11}">${label}</text>` : '';
  return `<g><title>${escaped(`${name} ${place}`.trim())}: ${(share * 100).toFixed(1)} %</title><rect x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${ROW - 1}" fill="${colour}"/>${text}</g>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
