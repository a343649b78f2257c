import { compareKeys } from './recordPrefix.js';
import type { ListedObject } from './obs.js';
import { present } from './response.js';

/** A recording as a person sees it: an MP4, or an HLS playlist with its segments. */
export interface ListedFile {
  /** The key of the object; for HLS the playlist's. */
  object: string;
  /** `MP4`, `HLS`, or the key's extension in capitals. */
  format: string;
  /** Bytes; for HLS the playlist and its segments together. */
  size: number;
  etag?: string;
  /** ISO 8601, UTC. */
  lastModified?: string;
  /** HLS only: how many segments lie in the bucket. */
  segments?: number;
}

/** Segments of one folder that are counted together: a recording of days has more of them than are worth keeping one by one. */
interface Segments {
  count: number;
  size: number;
  /** The key of the first. */
  first: string;
}

const PLAYLIST = '.m3u8';
const SEGMENT = '.ts';

/**
 * Groups what a listing shows into files, page by page, in the order of the listing: what it holds grows with the files, not with their segments.
 * A segment belongs to the playlist whose key, less its extension, it begins with (the longest, where there are several), else to the only playlist of
 * its folder, else it is a stray.
 */
export class RecordingFiles {
  private readonly files: ListedFile[] = [];
  private lastKey = '';
  /** The playlists that were listed and whose name the present key begins with, the longest last. */
  private readonly listed: { stem: string; playlist: ListedFile }[] = [];
  /** Segments by the name of a playlist that would be listed behind them, if there is one. The present key begins with all these names, the longest is last. */
  private readonly awaiting: { stem: string; segments: Segments }[] = [];
  /** Segments whose name begins with no playlist's, by their folder. */
  private readonly nameless = new Map<string, Segments>();

  /** @param object the next of the listing, whose keys rise by their UTF-8 bytes; one that does not rise was there before */
  add(object: ListedObject): void {
    const { key, size } = object;
    if (this.lastKey !== '' && compareKeys(key, this.lastKey) <= 0) return;
    this.lastKey = key;
    // The placeholder of a folder.
    if (key.endsWith('/')) return;

    const own = this.giveUpAwaiting(key);
    while (this.listed.length > 0 && !key.startsWith(this.listed.at(-1)?.stem ?? '')) this.listed.pop();
    if (key.endsWith(SEGMENT)) {
      this.take(key, { count: 1, size, first: key });
      return;
    }
    const file = fileOf(object);
    this.files.push(file);
    if (!key.endsWith(PLAYLIST)) return;
    if (own) addTo(file, own);
    this.listed.push({ stem: key.slice(0, -PLAYLIST.length), playlist: file });
    this.listed.sort((a, b) => a.stem.length - b.stem.length);
  }

  /** All of it, when the listing is over. */
  end(): { files: ListedFile[]; strays?: Segments } {
    while (this.awaiting.length > 0) this.giveUp();
    const playlists = new Map<string, ListedFile | 'several'>();
    for (const file of this.files) {
      if (!file.object.endsWith(PLAYLIST)) continue;
      const folder = folderOf(file.object);
      playlists.set(folder, playlists.has(folder) ? 'several' : file);
    }
    let strays: Segments | undefined;
    for (const [folder, segments] of this.nameless) {
      const playlist = playlists.get(folder);
      if (playlist !== undefined && playlist !== 'several') addTo(playlist, segments);
      else strays = sum(strays, segments);
    }
    return { files: this.files, ...(strays && { strays }) };
  }

  /** Gives up waiting for playlists that would have been listed before this key. @returns what waited for the playlist of this very key */
  private giveUpAwaiting(key: string): Segments | undefined {
    let own: Segments | undefined;
    for (;;) {
      const longest = this.awaiting.at(-1);
      if (longest === undefined) return own;
      const playlist = longest.stem + PLAYLIST;
      if (compareKeys(playlist, key) > 0) return own;
      if (playlist !== key) {
        this.giveUp();
      } else {
        own = sum(own, longest.segments);
        this.awaiting.pop();
      }
    }
  }

  private giveUp(): void {
    const given = this.awaiting.pop();
    if (given) this.take(given.stem, given.segments);
  }

  /** @param name the segment's key, or as much of it as a playlist's name may still be */
  private take(name: string, segments: Segments): void {
    const folder = folderOf(segments.first);
    const playlist = this.listed.findLast(({ stem }) => name.startsWith(stem));
    const stem = stemToAwait(name, playlist?.stem.length ?? -1);
    if (stem !== undefined) {
      const entry = this.awaiting.findLast((one) => one.stem === stem && folderOf(one.segments.first) === folder);
      if (entry) entry.segments = sum(entry.segments, segments);
      else this.awaiting.push({ stem, segments });
    } else if (playlist) {
      addTo(playlist.playlist, segments);
    } else {
      this.nameless.set(folder, sum(this.nameless.get(folder), segments));
    }
  }
}

/**
 * The longest name, longer than `known`, of a playlist that would be listed behind what begins with `name`: it ends before a character that comes before the
 * dot of the playlist's extension.
 */
function stemToAwait(name: string, known: number): string | undefined {
  for (let end = name.length - 1; end > known; end--) {
    if ((name[end] ?? '') < '.' || isDotBefore(name, end)) return name.slice(0, end);
  }
  return undefined;
}

/** A dot after which the name goes on with what comes before the playlist's extension, such as `.0.ts`. */
function isDotBefore(name: string, at: number): boolean {
  return name[at] === '.' && compareKeys(PLAYLIST, name.slice(at)) > 0;
}

function addTo(playlist: ListedFile, { count, size }: Segments): void {
  playlist.size += size;
  playlist.segments = (playlist.segments ?? 0) + count;
}

function sum(one: Segments | undefined, other: Segments): Segments {
  if (!one) return other;
  const { count, size, first } = one;
  return {
    count: count + other.count,
    size: size + other.size,
    first: compareKeys(first, other.first) > 0 ? other.first : first,
  };
}

function fileOf({ key, size, etag, lastModified }: ListedObject): ListedFile {
  const format = formatOf(key);
  return present({ object: key, format, size, etag, lastModified, segments: format === 'HLS' ? 0 : undefined });
}

function formatOf(key: string): string {
  if (key.endsWith(PLAYLIST)) return 'HLS';
  const extension = /\.([^./]+)$/.exec(key)?.[1];
  return extension?.toUpperCase() ?? 'UNKNOWN';
}

function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1);
}
