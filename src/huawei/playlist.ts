import type { FileInspection } from '../contract/activityTypes.js';
import { describeContent, kindOf } from './content.js';
import { InconclusiveError, UnplayableError } from './inspection.js';
import { readCodecs } from './mpegTs.js';
import { HEAD, MAX_INDEX, type ObjectReader } from './objectReader.js';
import { isSegment } from './recordingFiles.js';

/** Twelve hours of the shortest segments, several times over. */
const MAX_SEGMENTS = 200_000;
const PAGE = 1_000;

/** Objects between the segments that the playlist does not name. */
const MAX_OTHER_PAGES = 20;

/** Several packets of MPEG-TS; the description of its streams comes early. */
const SEGMENT_HEAD = 16 * 1024;

/** What no segment contains, by {@link kindOf} and {@link describeContent}. */
const NO_SEGMENT = new Set(['HLS', 'zeros', 'XML or HTML']);

const MISSING_NAMED = 3;

/** Characters. A key has at most 1,024 bytes, and each may be encoded as three. */
const LONGEST_URI = 4 * 1024;

/** Names that mean the same in a URI and in a key. */
const PLAIN_NAME = /^[\w-][\w.-]*$/;

interface Playlist {
  /** What it names: segments, their initialization, or in a master playlist other playlists. */
  uris: string[];
  /** Seconds, of all segments. */
  duration: number;
  hasEnd: boolean;
  isMaster: boolean;
}

/**
 * Parses a playlist, whatever its size.
 * @throws {InconclusiveError} if it names too many segments
 * Source: RFC 8216, "HTTP Live Streaming".
 */
function parsePlaylist(text: string): Playlist {
  const playlist: Playlist = { uris: [], duration: 0, hasEnd: false, isMaster: false };
  for (const line of linesOf(text)) {
    if (line.startsWith('#EXTINF:')) playlist.duration += secondsOf(line.slice(8));
    else if (line.startsWith('#EXT-X-ENDLIST')) playlist.hasEnd = true;
    else if (line.startsWith('#EXT-X-STREAM-INF')) playlist.isMaster = true;
    else if (line.startsWith('#EXT-X-MAP')) playlist.uris.push(...(/URI="([^"]+)"/.exec(line)?.slice(1) ?? []));
    else if (!line.startsWith('#') && line.trim() !== '') playlist.uris.push(line.trim());
    if (playlist.uris.length > MAX_SEGMENTS) {
      throw new InconclusiveError(`it names more than ${MAX_SEGMENTS} segments, too many to look for`);
    }
  }
  return playlist;
}

/** One after the other: an array of all could take more memory than the text. */
function* linesOf(text: string): Generator<string, void> {
  for (let start = 0; start < text.length;) {
    const end = text.indexOf('\n', start);
    yield text.slice(start, end < 0 ? undefined : end);
    start = end < 0 ? text.length : end + 1;
  }
}

/** 0 for what is no length. */
function secondsOf(text: string): number {
  const seconds = Number.parseFloat(text);
  return Number.isFinite(seconds) ? Math.max(0, seconds) : 0;
}

/**
 * Whether a playlist has an end and everything that it names is in the bucket. Nothing is fetched from anywhere else.
 * @param head the first `HEAD` bytes of the playlist
 */
export async function inspectPlaylist(reader: ObjectReader, head: Buffer): Promise<FileInspection> {
  const playlist = await readPlaylist(reader, head);
  const { uris, duration, hasEnd, isMaster } = playlist;
  const media = { duration: Math.round(duration * 1_000) / 1_000 };
  if (uris.length === 0) throw new UnplayableError('it names no segment', hasEnd ? {} : { mayBecomePlayable: true });

  const { keys, elsewhere } = locate(uris, reader);
  const missing = await findMissing(reader, keys);
  if (missing.length > 0) {
    const named = missing.slice(0, MISSING_NAMED).map((key) => key.slice(key.lastIndexOf('/') + 1));
    const reason = `${missing.length} of its ${keys.length} segments are missing or empty: ${named.join(', ')}`;
    throw new UnplayableError(reason, { ...media, missingSegments: missing.length, mayBecomePlayable: true });
  }
  if (!hasEnd && !isMaster) {
    throw new UnplayableError('it has no end (#EXT-X-ENDLIST)', {
      ...media,
      missingSegments: 0,
      mayBecomePlayable: true,
    });
  }
  if (elsewhere > 0) throw new InconclusiveError(`${elsewhere} of its segments are outside its folder`);
  // The playlists that a master playlist names are files of their own.
  if (isMaster) return { media: { playable: true, missingSegments: 0 } };
  const codecs = await inspectSegments(reader, keys);
  const segments = keys.filter(isSegment).length;
  return { media: { playable: true, ...media, ...codecs, missingSegments: 0 }, segments };
}

async function readPlaylist(reader: ObjectReader, head: Buffer): Promise<Playlist> {
  const parse = (bytes: Buffer) => parsePlaylist(bytes.toString('utf8'));
  if (head.length < HEAD) return parse(head);
  return reader.readIndex(0, MAX_INDEX, (bytes) => {
    if (bytes.length === MAX_INDEX) throw new InconclusiveError('it is too long to be read');
    return parse(bytes);
  });
}

/** The objects that the URIs refer to, in the playlist's order; `elsewhere`: how many are not in its folder. */
function locate(uris: string[], { bucket, object }: ObjectReader): { keys: string[]; elsewhere: number } {
  const folder = object.slice(0, object.lastIndexOf('/') + 1);
  const base = new URL(folder.split('/').map(encodeURIComponent).join('/'), bucket.url);
  const keys = new Set<string>();
  let elsewhere = 0;
  for (const uri of new Set(uris)) {
    const key = PLAIN_NAME.test(uri) ? folder + uri : keyOf(uri, base);
    if (key?.startsWith(folder)) keys.add(key);
    else elsewhere += 1;
  }
  return { keys: [...keys], elsewhere };
}

function keyOf(uri: string, base: URL): string | undefined {
  if (uri.length > LONGEST_URI) return undefined;
  try {
    const { host, pathname } = new URL(uri, base);
    return host === base.host ? decodeURIComponent(pathname.slice(1)) : undefined;
  } catch {
    return undefined;
  }
}

/** Those of the objects that the bucket lacks, or that are empty. */
async function findMissing({ bucket }: ObjectReader, keys: string[]): Promise<string[]> {
  const missing = new Set(keys);
  if (keys.length === 0) return [];
  const prefix = keys.reduce(sharedStart);
  let pages = Math.ceil(keys.length / PAGE) + MAX_OTHER_PAGES;
  for await (const page of bucket.list(prefix)) {
    for (const { key, size } of page) if (size > 0) missing.delete(key);
    if (missing.size === 0) break;
    if (--pages === 0) throw new InconclusiveError('its segments are among too many other objects');
  }
  return keys.filter((key) => missing.has(key));
}

/** Never ends within a character of two units. */
function sharedStart(first: string, last: string): string {
  let length = 0;
  while (length < first.length && first[length] === last[length]) length += 1;
  return first.slice(0, length).replace(/[\ud800-\udbff]$/, '');
}

/** Opens the first segment and the last one. Their codecs are read from MPEG-TS only. */
async function inspectSegments(reader: ObjectReader, keys: string[]) {
  const [first = '', last = first] = [keys[0], keys.at(-1)];
  let codecs = {};
  for (const key of new Set([last, first])) {
    const head = await reader.readOther(key, SEGMENT_HEAD);
    const name = key.slice(key.lastIndexOf('/') + 1);
    if (!isSegment(key)) {
      const content = kindOf(head) ?? describeContent(head);
      if (!NO_SEGMENT.has(content)) continue;
      throw new UnplayableError(`its segment ${name} contains ${content}`, { missingSegments: 0 });
    }
    const found = readCodecs(head);
    if (!found) throw new UnplayableError(`its segment ${name} is not MPEG-TS`, { missingSegments: 0 });
    codecs = found;
  }
  return codecs;
}
