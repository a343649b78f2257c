import { mp4Head } from './mp4.js';
import { NULL_PACKETS, PACKET, Segments } from './mpegTs.js';

/** What the recorded files hold; the first is right. */
export const MEDIA_KINDS = [
  'good',
  /** An MP4 without an index, or a last segment that is cut within a packet. */
  'cut',
  'zeros',
  /** 0 bytes. */
  'empty',
  /** MP4 only. */
  'noTracks',
  /** HLS only: the last segment never comes, comes late, or the playlist has no end. */
  'missingSegment',
  'lateSegment',
  'noEndList',
] as const;

export type MediaKind = (typeof MEDIA_KINDS)[number];

/** An object of a recording: its first bytes, and what fills it to its size. */
export interface MediaObject {
  key: string;
  /** Bytes. */
  size: number;
  content: Buffer;
  /** Repeated up to `size`; default: zeros. */
  filler?: Buffer;
  /** Simulated milliseconds until it is in the bucket; default 0. */
  delayMs?: number;
}

interface Recorded {
  /** The object's key without its extension. */
  path: string;
  seconds: number;
  width: number;
  height: number;
  /** Bytes that the recording should have; what cannot be so small is larger. */
  size: number;
  kind: MediaKind;
}

/** The objects in the order in which they are written, and the size that is announced. */
export interface Written {
  objects: MediaObject[];
  fileSize: number;
}

const LATE_MS = 10_000;

/** An MP4. */
export function mp4Objects(recorded: Recorded): Written {
  const object = mp4Object(recorded);
  return { objects: [object], fileSize: Math.max(recorded.size, object.size) };
}

function mp4Object({ path, seconds, width, height, size, kind }: Recorded): MediaObject {
  const key = `${path}.mp4`;
  if (kind === 'empty') return { key, size: 0, content: Buffer.alloc(0) };
  if (kind === 'zeros') return { key, size, content: Buffer.alloc(0) };
  const content = mp4Head({ seconds, width, height, index: kind !== 'cut', tracks: kind !== 'noTracks' }, size);
  return { key, size: Math.max(size, content.length), content };
}

/** Segments and playlist. */
export function hlsObjects(recorded: Recorded & { sliceSeconds: number }): Written {
  const { path, seconds, size, sliceSeconds, kind } = recorded;
  const count = Math.max(1, Math.ceil(seconds / sliceSeconds));
  const muxer = new Segments();
  const name = path.slice(path.lastIndexOf('/') + 1);
  const segments = Array.from({ length: count }, (_, index) => {
    const to = Math.min(seconds, (index + 1) * sliceSeconds);
    const content = muxer.next(index * sliceSeconds, to);
    const wanted = Math.floor(size / count / PACKET) * PACKET;
    return {
      ...{ key: `${path}-${index}.ts`, uri: `${name}-${index}.ts`, seconds: to - index * sliceSeconds },
      ...{ content, size: Math.max(content.length, wanted), filler: NULL_PACKETS },
    };
  });
  const list = playlist(sliceSeconds, segments, kind !== 'noEndList');
  const written = segments.map(({ key, size: length, content, filler }, index): MediaObject => {
    const isLast = index === count - 1;
    if (kind === 'zeros') return { key, size: length, content: Buffer.alloc(0) };
    if (isLast && kind === 'empty') return { key, size: 0, content: Buffer.alloc(0) };
    if (isLast && kind === 'cut') return { key, size: PACKET / 2, content: content.subarray(0, PACKET / 2) };
    return { key, size: length, content, filler, ...(isLast && kind === 'lateSegment' && { delayMs: LATE_MS }) };
  });
  const objects = [
    ...(kind === 'missingSegment' ? written.slice(0, -1) : written),
    { key: `${path}.m3u8`, size: list.length, content: list },
  ];
  return { objects, fileSize: segments.reduce((sum, segment) => sum + segment.size, 0) };
}

function playlist(sliceSeconds: number, segments: { uri: string; seconds: number }[], hasEnd: boolean): Buffer {
  const lines = segments.flatMap(({ uri, seconds }) => [`#EXTINF:${seconds.toFixed(3)},`, uri]);
  const head = ['#EXTM3U', '#EXT-X-VERSION:3', `#EXT-X-TARGETDURATION:${sliceSeconds}`, '#EXT-X-MEDIA-SEQUENCE:0'];
  return Buffer.from([...head, ...lines, ...(hasEnd ? ['#EXT-X-ENDLIST'] : []), ''].join('\n'));
}
