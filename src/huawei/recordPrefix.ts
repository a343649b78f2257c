/*
 * Finds the recordings of one stream without listing the whole bucket, by the template's `record_prefix`. Some of its
 * variables are unknown (`{publish_domain}`, `{record_type}`). See docs/decisions/listing-v1.md.
 */

/**
 * One step of a search, for each prefix that the previous step found; the first is `''`. A `walk` lists the folders
 * directly below `prefix + literal`, the last step, a `list`, all keys. What `fits` after the prefix is kept.
 */
export interface SearchStep {
  kind: 'walk' | 'list';
  literal: string;
  fits: RegExp;
}

export interface SearchedStream {
  /** The `record_prefix` of the recording template, for one format, with the template's folder. */
  template: string;
  /** The known variables by name; `stream` is the stream's name. */
  known: Readonly<Record<string, string>>;
}

const VARIABLE = /\{\w+\}/;
const STREAM = '{stream}';

/** The steps to the files of one stream; undefined if the template does not contain the stream's name. */
export function searchPrefixes({ template, known }: SearchedStream): SearchStep[] | undefined {
  const end = template.indexOf(STREAM) + STREAM.length;
  if (!known.stream || end < STREAM.length) return undefined;

  const levels = template.slice(0, end).split('/');
  const last = levels.pop() ?? '';
  const steps: SearchStep[] = [];
  let pending = '';
  for (const level of levels) {
    pending += `${fill(level, known)}/`;
    if (!VARIABLE.test(pending)) continue;
    steps.push({ kind: 'walk', ...matching(pending) });
    pending = '';
  }
  steps.push({ kind: 'list', ...matching(pending + fill(last, known)) });
  return steps;
}

/** Where a search ends: the keys below `prefix` that it accepts. */
export interface FoundPrefix {
  prefix: string;
  accepts: (key: string) => boolean;
}

/** A bucket with another layout than the template's may have any number of folders. */
export const MAX_FOLDERS = 500;

/**
 * Runs the steps of a search.
 * @param listFolders lists the folders directly below a prefix, each with its slash
 * @param options `limit`: the most folders of a step, by default 500; `onCut` is called if there are more
 */
export async function followSteps(
  steps: readonly SearchStep[],
  listFolders: (prefix: string) => Promise<readonly string[]>,
  { limit = MAX_FOLDERS, onCut }: { limit?: number; onCut?: (limit: number) => void } = {},
): Promise<FoundPrefix[]> {
  let prefixes = [''];
  for (const { kind, literal, fits } of steps) {
    if (kind === 'list') {
      return prefixes.map((prefix) => ({
        prefix: prefix + literal,
        accepts: (key) => key.startsWith(prefix) && fits.test(key.slice(prefix.length)),
      }));
    }
    const found: string[] = [];
    for (const prefix of prefixes) {
      const folders = await listFolders(prefix + literal);
      found.push(...folders.filter((folder) => fits.test(folder.slice(prefix.length))));
      if (found.length <= limit) continue;
      onCut?.(limit);
      break;
    }
    prefixes = found.slice(0, limit);
  }
  return [];
}

/** Combines prefixes that contain each other, in the order of a listing: no key is listed twice. */
export function withoutOverlap(found: readonly FoundPrefix[]): FoundPrefix[] {
  const prefixes = [...new Set(found.map(({ prefix }) => prefix))].sort(compareKeys);
  const outermost = prefixes.filter((prefix) => !prefixes.some((one) => one !== prefix && prefix.startsWith(one)));
  return outermost.map((prefix) => {
    const inside = found.filter((one) => one.prefix.startsWith(prefix));
    return { prefix, accepts: (key) => inside.some((one) => key.startsWith(one.prefix) && one.accepts(key)) };
  });
}

/** The part of a key up to the stream's name, where the stream's other files are; undefined if it has none. */
export function learnedPrefix(key: string, streamName: string): string | undefined {
  const at = streamName === '' ? -1 : key.indexOf(streamName);
  return at < 0 ? undefined : key.slice(0, at + streamName.length);
}

function fill(template: string, known: Readonly<Record<string, string>>): string {
  const values = new Map(Object.entries(known));
  return template.replaceAll(new RegExp(VARIABLE, 'g'), (variable) => values.get(variable.slice(1, -1)) ?? variable);
}

/** The part before the first variable, and a pattern in which a variable matches anything but a slash. */
function matching(template: string): Omit<SearchStep, 'kind'> {
  const parts = template.split(VARIABLE);
  return { literal: parts[0] ?? '', fits: new RegExp(`^${parts.map(escapeRegExp).join('[^/]*')}`) };
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

/** Compares in the order of a listing: by UTF-8 bytes. */
export function compareKeys(key: string, other: string): number {
  return Buffer.compare(Buffer.from(key), Buffer.from(other));
}
