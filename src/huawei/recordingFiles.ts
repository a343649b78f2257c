import { compareKeys } from './recordPrefix.js';
import type { ListedObject } from './obs.js';
import { present } from '../contract/present.js';

/** A recording: an MP4 file, or an HLS playlist with its segments. */
export interface ListedFile extends Omit<ListedObject, 'key'> {
  /** The key of the object; for HLS the playlist's. `size` is that of the playlist and its segments together. */
  object: string;
  /** `MP4`, `HLS`, or the key's extension in capitals. */
  format: string;
  /** HLS only: the number of segments in the bucket. */
  segments?: number;
}

/** The sum of a folder's segments: a recording of days has too many to keep each. */
interface Segments {
  count: number;
  size: number;
  /** The key of the first. */
  first: string;
}

/** A prefix of the last key: the playlist of this name, and segments that have no playlist yet. */
interface Prefix {
  length: number;
  playlist?: ListedFile;
  /** By folder. */
  segments: Map<string, Segments>;
}

/** In any case: a writer of files may use capitals. */
const PLAYLIST = /\.m3u8$/i;
const SEGMENT = /\.ts$/i;
const PLAYLIST_LENGTH = '.m3u8'.length;

export function isSegment(key: string): boolean {
  return SEGMENT.test(key);
}

/**
 * Groups a listing into files, in memory that grows with the files, not with their segments. A segment belongs to the
 * playlist whose key without its extension it begins with (the longest), or else to the only playlist of its folder.
 */
export class RecordingFiles {
  private readonly files: ListedFile[] = [];
  private lastKey = '';
  /** By length. When the listing has passed a prefix, its segments are assigned. */
  private readonly prefixes: Prefix[] = [];
  /** Segments that no playlist's name matches, by folder. */
  private readonly unmatched = new Map<string, Segments>();

  /** @param object the next of the listing, in the order of UTF-8 bytes; any other is a repetition */
  add(object: ListedObject): void {
    const { key, size } = object;
    if (this.lastKey !== '' && compareKeys(key, this.lastKey) <= 0) return;
    this.closeBeyond(sharedLength(key, this.lastKey));
    this.lastKey = key;
    // The placeholder of a folder.
    if (key.endsWith('/')) return;
    if (isSegment(key)) {
      merge(this.prefix(key.length).segments, folderOf(key), { count: 1, size, first: key });
      return;
    }
    const file = fileOf(object);
    this.files.push(file);
    if (PLAYLIST.test(key)) this.prefix(key.length - PLAYLIST_LENGTH).playlist = file;
  }

  /** The files, when the listing has ended. */
  end(): { files: ListedFile[]; strays?: Segments } {
    this.closeBeyond(-1);
    const playlists = this.files.filter(({ format }) => format === 'HLS');
    let strays: Segments | undefined;
    for (const [folder, segments] of this.unmatched) {
      const [only, another] = playlists.filter(({ object }) => folderOf(object) === folder);
      if (only && !another) addTo(only, segments);
      else strays = sum(strays, segments);
    }
    return { files: this.files, ...(strays && { strays }) };
  }

  /** Closes longer prefixes: their segments go to their playlist, or else to the next shorter prefix. */
  private closeBeyond(length: number): void {
    for (let last = this.prefixes.at(-1); last && last.length > length; last = this.prefixes.at(-1)) {
      this.prefixes.pop();
      const shorter = Math.max(length, this.prefixes.at(-1)?.length ?? -1);
      for (const [folder, segments] of last.segments) {
        if (last.playlist) addTo(last.playlist, segments);
        else merge(shorter < 0 ? this.unmatched : this.prefix(shorter).segments, folder, segments);
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

/** The length of the common beginning of two keys. */
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
  if (PLAYLIST.test(key)) return 'HLS';
  const extension = /\.([^./]+)$/.exec(key)?.[1];
  return extension?.toUpperCase() ?? 'UNKNOWN';
}

function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1);
}
