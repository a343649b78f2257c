import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { FileInspection } from '../../../src/contract/activityTypes.js';
import type { Media } from '../../../src/contract/result.js';

/** Good and broken files, and what has to be said of each, wherever it is. */

/**
 * Files that FFmpeg's libraries wrote, of a few seconds; the playlists have two segments. They end in `.bin` where
 * their own extension is that of a program.
 */
const directory = join(import.meta.dirname, 'media');

/** By their names. */
export const made: ReadonlyMap<string, Buffer> = new Map(
  readdirSync(directory).map((name) => [name.replace('.bin', ''), readFileSync(join(directory, name))]),
);
export const fileOf = (name: string): Buffer => made.get(name) ?? Buffer.alloc(0);

export function box(type: string, content: Buffer | number = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(8 + (typeof content === 'number' ? content : content.length));
  header.write(type, 4, 'latin1');
  return typeof content === 'number' ? header : Buffer.concat([header, content]);
}

/** The top-level boxes of an MP4. */
function boxesOf(file: Buffer): Map<string, Buffer> {
  const boxes = new Map<string, Buffer>();
  for (let at = 0; at < file.length; at += file.readUInt32BE(at)) {
    boxes.set(file.toString('latin1', at + 4, at + 8), file.subarray(at, at + file.readUInt32BE(at)));
  }
  return boxes;
}

export const part = (type: string, of = 'plain.mp4'): Buffer => boxesOf(fileOf(of)).get(type) ?? Buffer.alloc(0);

function changed(name: string, from: string, to: string): Buffer {
  const bytes = Buffer.from(fileOf(name));
  bytes.write(to, bytes.indexOf(from), 'latin1');
  return bytes;
}

function zeroed(name: string, from: number, to?: number): Buffer {
  const bytes = Buffer.from(fileOf(name));
  bytes.subarray(from, to).fill(0);
  return bytes;
}

export const playlistOf = (...lines: string[]): Buffer => Buffer.from(['#EXTM3U', ...lines, ''].join('\n'));
const END = '#EXT-X-ENDLIST';

/** The start of a file of 5 TB that is all media data: it has no index. */
export const HUGE_SIZE = 5e12;
export function hugeStart(): Buffer {
  const data = Buffer.alloc(16);
  data.writeUInt32BE(1);
  data.write('mdat', 4, 'latin1');
  data.writeBigUInt64BE(BigInt(HUGE_SIZE - part('ftyp').length), 8);
  return Buffer.concat([part('ftyp'), data]);
}

interface Verdict {
  /** `incomplete`: it cannot be played yet. `unknown`: there is no telling. */
  is: 'playable' | 'broken' | 'incomplete' | 'unknown';
  reason?: RegExp;
  /** Seconds. */
  duration?: number;
  facts?: Partial<Media>;
}

export interface MediaCase extends Verdict {
  what: string;
  /** The key of the file in question. */
  object: string;
  /** By key: all that is in the bucket. */
  files: ReadonlyMap<string, Buffer>;
}

export function expectVerdict(found: FileInspection, { is, reason, duration, facts }: Verdict): void {
  const text = reason && { reason: expect.stringMatching(reason) as string };
  if (is === 'unknown') {
    expect(found).toEqual({ problem: text?.reason });
    return;
  }
  expect(found.media).toMatchObject({ playable: is === 'playable', ...text, ...facts });
  if (is === 'playable') expect(found.media).not.toHaveProperty('reason');
  if (is === 'playable' && duration === undefined) expect(found.media).not.toHaveProperty('duration');
  if (duration !== undefined) expect(found.media?.duration).toBeCloseTo(duration, 0);
  expect(found.mayBecomePlayable).toBe(is === 'incomplete' ? true : undefined);
}

const one = (what: string, object: string, bytes: Buffer, verdict: Verdict): MediaCase => ({
  ...{ what, object, files: new Map([[object, bytes]]) },
  ...verdict,
});
const broken = (what: string, object: string, bytes: Buffer, reason: RegExp) =>
  one(what, object, bytes, { is: 'broken', reason });

const both: Verdict = {
  is: 'playable',
  duration: 1,
  facts: { videoCodec: 'avc', audioCodec: 'aac', width: 64, height: 48 },
};

function asMade(object: string, verdict: Verdict): MediaCase {
  return { what: `${object}, as FFmpeg made it`, object, files: made, ...verdict };
}

/** The files of the playlist `list.m3u8`, of which some are replaced, or removed. */
function list(what: string, changes: Record<string, Buffer | undefined>, verdict: Verdict): MediaCase {
  const files = new Map(made);
  for (const [name, bytes] of Object.entries(changes)) {
    if (bytes) files.set(name, bytes);
    else files.delete(name);
  }
  return { what, object: 'list.m3u8', files, ...verdict };
}

const endless = Buffer.from(fileOf('list.m3u8').toString().replace('1.400000', '1e999'));
const withoutEnd = Buffer.from(fileOf('list.m3u8').toString().replace(END, ''));
const missing = (count: number) => ({ facts: { missingSegments: count } });
const notTs: Verdict = { is: 'broken', reason: /^its segment list-0.ts is not MPEG-TS$/ };

/** A playlist in the folder Record, beside a good segment. */
function elsewhere(what: string, ...uris: string[]): MediaCase {
  const object = 'Record/a.m3u8';
  const files = new Map([
    [object, playlistOf(...uris, END)],
    ['Record/list-0.ts', fileOf('list-0.ts')],
  ]);
  return { what, object, files, is: 'unknown', reason: /outside its folder/ };
}

const mediaDataOfZeros = Buffer.concat([
  part('ftyp'),
  zeroed('plain.mp4', part('ftyp').length + 16, -part('moov').length).subarray(part('ftyp').length),
]);

/** They can be moved to another folder, all of a case together. */
export const MEDIA_CASES: readonly MediaCase[] = [
  asMade('plain.mp4', both),
  asMade('faststart.mp4', both),
  asMade('quicktime.mov', both),
  asMade('fragmented.mp4', { is: 'playable', ...{ facts: both.facts ?? {} } }),
  asMade('video-only.mp4', { ...both, facts: { videoCodec: 'avc', width: 64, height: 48 } }),
  asMade('audio-only.mp4', { ...both, facts: { audioCodec: 'aac' } }),
  asMade('hevc.mp4', { ...both, facts: { videoCodec: 'hevc', width: 64, height: 48 } }),
  asMade('list.m3u8', {
    ...both,
    ...{ duration: 5, facts: { videoCodec: 'avc', audioCodec: 'aac', missingSegments: 0 } },
  }),
  asMade('fragments.m3u8', { is: 'playable', duration: 2, facts: { missingSegments: 0 } }),
  list('a segment of endless length', { 'list.m3u8': endless }, { is: 'playable', duration: 3.6 }),
  one('no extension', 'recording', fileOf('plain.mp4'), both),
  one('filled up', 'a.mp4', Buffer.concat([fileOf('plain.mp4'), box('free', Buffer.alloc(5_000))]), both),
  one(
    'a large free box in front',
    'a.mp4',
    Buffer.concat([box('free', Buffer.alloc(300_000)), fileOf('fragmented.mp4')]),
    { is: 'playable', facts: { videoCodec: 'avc' } },
  ),
  one(
    'garbage behind its index',
    'a.mp4',
    Buffer.concat([fileOf('plain.mp4'), Buffer.from('garbage, much of it')]),
    both,
  ),

  broken('0 bytes', 'a.mp4', Buffer.alloc(0), /^it has 0 bytes$/),
  broken('an empty playlist', 'a.m3u8', Buffer.alloc(0), /^it has 0 bytes$/),
  list('an empty playlist with segments', { 'list.m3u8': Buffer.alloc(0) }, { is: 'broken', reason: /0 bytes/ }),
  broken('zeros', 'a.mp4', Buffer.alloc(100_000), /contains zeros/),
  broken('XML', 'a.mp4', Buffer.from('<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'), /XML/),
  broken('XML where a playlist was expected', 'a.m3u8', Buffer.from('<Error/>'), /XML/),
  broken('MPEG-TS', 'a.mp4', fileOf('list-0.ts'), /MPEG-TS/),
  broken('a playlist with the extension of an MP4', 'a.mp4', fileOf('list.m3u8'), /contains HLS/),
  broken('an MP4 with the extension of a playlist', 'a.m3u8', fileOf('plain.mp4'), /contains MP4/),
  broken('no index', 'a.mp4', Buffer.concat([part('ftyp'), part('mdat')]), /no index/),
  broken('an index that is cut', 'a.mp4', fileOf('plain.mp4').subarray(0, -100), /cut: 100 bytes of its moov/),
  broken('media data that are cut', 'a.mp4', fileOf('faststart.mp4').subarray(0, -100), /cut: 100 bytes of its mdat/),
  broken('no media data', 'a.mp4', Buffer.concat([part('ftyp'), part('moov')]), /refers to byte|no media data/),
  broken('media data that are zeros', 'a.mp4', mediaDataOfZeros, /zeros at byte/),
  broken('an index that is zeros', 'a.mp4', zeroed('plain.mp4', -part('moov').length), /damaged|no index/),
  broken('a hole in its index', 'a.mp4', zeroed('plain.mp4', -part('moov').length + 120), /no tracks|damaged/),
  broken('no tracks', 'a.mp4', changed('video-only.mp4', 'trak', 'free'), /no track/),
  broken('an empty index', 'a.mp4', Buffer.concat([part('ftyp'), part('mdat'), box('moov')]), /no tracks/),
  broken(
    'a box smaller than its header',
    'a.mp4',
    Buffer.concat([part('ftyp'), Buffer.from([0, 0, 0, 7]), Buffer.from('mdat')]),
    /damaged/,
  ),
  broken('no segments', 'a.m3u8', playlistOf(END), /names no segment/),
  broken('itself as a segment', 'a.m3u8', playlistOf('#EXTINF:2,', 'a.m3u8', END), /segment a.m3u8 contains HLS/),
  list('a last segment of zeros', { 'list-0.ts': Buffer.alloc(2_000) }, notTs),
  list('a segment that is cut within a packet', { 'list-0.ts': fileOf('list-0.ts').subarray(0, 100) }, notTs),
  list('a segment of XML', { 'list-0.ts': Buffer.from('<Error/>') }, notTs),
  {
    ...asMade('fragments.m3u8', { is: 'broken', reason: /segment fragment-1.m4s contains XML/ }),
    what: 'a fragment of XML',
    files: new Map([...made, ['fragment-1.m4s', Buffer.from('<Error/>')]]),
  },

  list(
    'a missing segment',
    { 'list-1.ts': undefined },
    {
      is: 'incomplete',
      reason: /1 of its 2 segments.*: list-1.ts/,
      ...missing(1),
    },
  ),
  list(
    'an empty segment',
    { 'list-0.ts': Buffer.alloc(0) },
    { is: 'incomplete', reason: /: list-0.ts/, ...missing(1) },
  ),
  list(
    'no segment at all',
    { 'list-0.ts': undefined, 'list-1.ts': undefined },
    {
      is: 'incomplete',
      reason: /2 of its 2/,
      ...missing(2),
    },
  ),
  list('no end', { 'list.m3u8': withoutEnd }, { is: 'incomplete', reason: /no end/, ...missing(0) }),

  elsewhere('segments by URL', 'https://example.com/a.ts', 'list-0.ts'),
  elsewhere('segments outside the folder', '../other/a.ts', 'list-0.ts'),
  elsewhere('a segment on a local address', 'http://127.0.0.1:1/a.ts'),
  elsewhere('a file as a segment', 'file:///etc/passwd'),
  elsewhere('a segment of an endless name', `${'a/'.repeat(3_000)}a.ts`),
  {
    what: 'names beyond ASCII, in any spelling',
    object: 'x/l.m3u8',
    files: new Map([
      ['x/l.m3u8', playlistOf('😀.ts', '%F0%9F%98%81.ts', END)],
      ...['😀', '😁'].map((name) => [`x/${name}.ts`, fileOf('list-0.ts')] as const),
    ]),
    ...{ is: 'playable', duration: 0, facts: { missingSegments: 0 } },
  },
  one('a playlist of playlists, one of them itself', 'a.m3u8', playlistOf('#EXT-X-STREAM-INF:BANDWIDTH=1', 'a.m3u8'), {
    is: 'playable',
    facts: { missingSegments: 0 },
  }),
];
