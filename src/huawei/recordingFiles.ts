import { compareKeys } from './recordPrefix.js';
import type { ListedObject } from './obs.js';
import { present } from '../contract/present.js';

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

/** Segments of one folder, counted together: a recording of days has too many to keep one by one. */
interface Segments {
  count: number;
  size: number;
  /** The key of the first. */
  first: string;
}

/** The first `length` characters of the last key: the playlist of this name, and the segments below that lack one. */
interface Prefix {
  length: number;
  playlist?: ListedFile;
  /** By folder. */
  segments: Map<string, Segments>;
}

const PLAYLIST = '.m3u8';
const SEGMENT = '.ts';

/**
 * Groups a listing into files, in its order; what it holds grows with the files, not with their segments. A segment
 * belongs to the playlist whose key, less its extension, it begins with (the longest of several), else to the only
 * one of its folder, else it is a stray.
 */
export class RecordingFiles {
  private readonly files: ListedFile[] = [];
  private lastKey = '';
  /** Of the keys that begin with a prefix none is left when the listing has passed it: then its segments move on. */
  private readonly prefixes: Prefix[] = [];
  /** What was below no playlist's name. */
  private readonly nameless = new Map<string, Segments>();

  /** @param object the next of the listing, whose keys rise by their UTF-8 bytes; any other is a repeat */
  add(object: ListedObject): void {
    const { key, size } = object;
    if (this.lastKey !== '' && compareKeys(key, this.lastKey) <= 0) return;
    this.closeBeyond(sharedLength(key, this.lastKey));
    this.lastKey = key;
    // The placeholder of a folder.
    if (key.endsWith('/')) return;
    if (key.endsWith(SEGMENT)) {
      merge(this.prefix(key.length).segments, folderOf(key), { count: 1, size, first: key });
      return;
    }
    const file = fileOf(object);
    this.files.push(file);
    if (key.endsWith(PLAYLIST)) this.prefix(key.length - PLAYLIST.length).playlist = file;
  }

  /** All of it, when the listing has ended. */
  end(): { files: ListedFile[]; strays?: Segments } {
    this.closeBeyond(-1);
    const playlists = this.files.filter(({ format }) => format === 'HLS');
    let strays: Segments | undefined;
    for (const [folder, segments] of this.nameless) {
      const [only, another] = playlists.filter(({ object }) => folderOf(object) === folder);
      if (only && !another) addTo(only, segments);
      else strays = sum(strays, segments);
    }
    return { files: this.files, ...(strays && { strays }) };
  }

  /** Ends the prefixes that are longer: their segments go to their playlist, else to the next shorter prefix. */
  private closeBeyond(length: number): void {
    for (let last = this.prefixes.at(-1); last && last.length > length; last = this.prefixes.at(-1)) {
      this.prefixes.pop();
      const shorter = Math.max(length, this.prefixes.at(-1)?.length ?? -1);
      for (const [folder, segments] of last.segments) {
        if (last.playlist) addTo(last.playlist, segments);
        else merge(shorter < 0 ? this.nameless : this.prefix(shorter).segments, folder, segments);
      }
    }
  }

  /** The prefix of this length of the last key. */
  private prefix(length: number): Prefix {
    const index = this.prefixes.findLastIndex((one) => one.length <= length);
    const found = this.prefixes[index];
    if (found?.length === length) return found;
    const added: Prefix = { length, segments: new Map() };
    this.prefixes.splice(index + 1, 0, added);
    return added;
  }
}

/** How many characters two keys begin with alike. */
function sharedLength(key: string, other: string): number {
  let length = 0;
  while (length < key.length && key[length] === other[length]) length++;
  return length;
}

function addTo(playlist: ListedFile, { count, size }: Segments): void {
  playlist.size += size;
  playlist.segments = (playlist.segments ?? 0) + count;
}

function merge(byFolder: Map<string, Segments>, folder: string, segments: Segments): void {
  byFolder.set(folder, sum(byFolder.get(folder), segments));
}

function sum(one: Segments | undefined, other: Segments): Segments {
  if (!one) return other;
  const [first = ''] = [one.first, other.first].sort(compareKeys);
  return { count: one.count + other.count, size: one.size + other.size, first };
}

function fileOf({ key, size, etag, lastModified }: ListedObject): ListedFile {
  const format = formatOf(key);
  return present({ object: key, format, size, etag, lastModified, segments: format === 'HLS' ? 0 : undefined });
}

/** `MP4`, `HLS`, or the key's extension in capitals. */
export function formatOf(key: string): string {
  if (key.endsWith(PLAYLIST)) return 'HLS';
  const extension = /\.([^./]+)$/.exec(key)?.[1];
  return extension?.toUpperCase() ?? 'UNKNOWN';
}

function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1);
}
