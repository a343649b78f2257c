import type { ListedObject } from './obs.js';
import { present } from './present.js';

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

const PLAYLIST = '.m3u8';
const SEGMENT = '.ts';

/**
 * Groups what was listed into files. A segment belongs to the playlist whose key, less its extension, it begins with (the longest, where there are
 * several), else to the only playlist of its folder, else it is a stray.
 * @param formats only files of these formats; by default all
 */
export function groupFiles(
  objects: readonly ListedObject[],
  formats?: readonly string[],
): { files: ListedFile[]; strays: ListedObject[] } {
  // Searches may overlap, and a key that ends with a slash is a folder's placeholder.
  const unique = [...new Map(objects.map((object) => [object.key, object])).values()].filter(
    ({ key }) => !key.endsWith('/'),
  );
  const segments = unique.filter(({ key }) => key.endsWith(SEGMENT));
  const files = unique.filter(({ key }) => !key.endsWith(SEGMENT)).map(fileOf);
  const playlists = files.filter(({ object }) => object.endsWith(PLAYLIST));
  // The longest first, so that the first that fits is the longest.
  playlists.sort((a, b) => b.object.length - a.object.length);

  const strays: ListedObject[] = [];
  for (const segment of segments) {
    const playlist =
      playlists.find(({ object }) => segment.key.startsWith(object.slice(0, -PLAYLIST.length))) ??
      only(playlists.filter(({ object }) => folderOf(object) === folderOf(segment.key)));
    if (playlist) {
      playlist.size += segment.size;
      playlist.segments = (playlist.segments ?? 0) + 1;
    } else {
      strays.push(segment);
    }
  }
  return { files: formats ? files.filter(({ format }) => formats.includes(format)) : files, strays };
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

function only<T>(values: T[]): T | undefined {
  return values.length === 1 ? values[0] : undefined;
}
