/*
 * How the recordings of one stream are found in a bucket without reading all of it. Their keys are made from the
 * template's `record_prefix`. Some of its variables are known, some are not (`{publish_domain}`, `{record_type}`).
 */

/**
 * One step of a search, from each prefix that the step before came to; the first is `''`. A `walk` lists the folders
 * right below `prefix + literal`, a `list`, the last step, all keys; those whose part after `prefix` fits are kept.
 */
export interface SearchStep {
  kind: 'walk' | 'list';
  literal: string;
  fits: RegExp;
}

export interface SearchedStream {
  /** The `record_prefix` of the recording template, for one format. */
  template: string;
  /** The template's folder (`obs_addr.object`). It leads the key, unless `template` begins with it already. */
  object?: string;
  /** The values of the template's variables by their names; `stream` is the stream's name. Any other is not known. */
  known: Readonly<Record<string, string>>;
}

const VARIABLE = /\{\w+\}/;
const STREAM = '{stream}';

/** The steps to the files of one stream; undefined where the template does not tell streams apart. */
export function searchPrefixes({ template, object = '', known }: SearchedStream): SearchStep[] | undefined {
  const path = template.startsWith(object) ? template : object + template;
  const end = path.indexOf(STREAM) + STREAM.length;
  if (!known.stream || end < STREAM.length) return undefined;

  // What comes after the stream's name does not matter any more.
  const levels = path.slice(0, end).split('/');
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

/** A search whose folders are known: list everything below `prefix`, and keep the keys that are accepted. */
export interface FoundPrefix {
  prefix: string;
  accepts: (key: string) => boolean;
}

/** Where the bucket is laid out otherwise than the template says, a walk may meet all of its folders. */
const MOST_PREFIXES = 500;

/**
 * Takes the steps of a search.
 * @param listFolders lists the folders right below a prefix, each with its slash
 * @param options `limit`: the most prefixes of a step, by default 500; `onCut` is called when there were more
 */
export async function followSteps(
  steps: readonly SearchStep[],
  listFolders: (prefix: string) => Promise<readonly string[]>,
  { limit = MOST_PREFIXES, onCut }: { limit?: number; onCut?: (limit: number) => void } = {},
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

/** The same in the order of a listing, and none inside another: the keys of one after the other rise. */
export function withoutOverlap(found: readonly FoundPrefix[]): FoundPrefix[] {
  const places: FoundPrefix[] = [];
  for (const place of [...found].sort((a, b) => compareKeys(a.prefix, b.prefix))) {
    const outer = places.at(-1);
    if (!outer || !place.prefix.startsWith(outer.prefix)) {
      places.push({ ...place });
      continue;
    }
    const { accepts } = outer;
    outer.accepts = (key) => accepts(key) || (key.startsWith(place.prefix) && place.accepts(key));
  }
  return places;
}

/** A key up to the first mention of the stream, which needs no search then; undefined where it is not mentioned. */
export function learnedPrefix(key: string, streamName: string): string | undefined {
  const at = streamName === '' ? -1 : key.indexOf(streamName);
  return at < 0 ? undefined : key.slice(0, at + streamName.length);
}

function fill(template: string, known: Readonly<Record<string, string>>): string {
  const values = new Map(Object.entries(known));
  return template.replaceAll(new RegExp(VARIABLE, 'g'), (variable) => values.get(variable.slice(1, -1)) ?? variable);
}

/** The literal beginning, and a pattern of all of it in which a variable stands for anything inside one level. */
function matching(template: string): Omit<SearchStep, 'kind'> {
  const parts = template.split(VARIABLE);
  return { literal: parts[0] ?? '', fits: new RegExp(`^${parts.map(escapeRegExp).join('[^/]*')}`) };
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

/** For sorting as a listing is sorted: by the keys' UTF-8 bytes. */
export function compareKeys(key: string, other: string): number {
  return Buffer.compare(Buffer.from(key), Buffer.from(other));
}
