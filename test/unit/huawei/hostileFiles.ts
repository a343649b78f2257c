import { inspectFile } from '../../../src/huawei/media.js';

/**
 * A process that inspects files made to take time and memory, each as large as one that is read at all, and prints
 * what it found of each and what processor time that took. Node's limit of its memory ends it where it is not enough.
 */

const SIZE = 16 * 1024 * 1024 - 64;

/** As often as it fits. */
function repeated(bytes: Buffer): Buffer {
  return Buffer.alloc(Math.floor(SIZE / bytes.length) * bytes.length, bytes);
}

function box(type: string, content: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(8 + content.length);
  header.write(type, 4, 'latin1');
  return Buffer.concat([header, content]);
}

/** Each box holds the next one. */
function nested(...types: string[]): Buffer {
  const depth = Math.floor(SIZE / 8);
  const bytes = Buffer.alloc(8 * depth);
  for (let level = 0; level < depth; level++) {
    bytes.writeUInt32BE(8 * (depth - level), 8 * level);
    bytes.write(types[level % types.length] ?? '', 8 * level + 4, 'latin1');
  }
  return bytes;
}

const mp4 = (index: Buffer) => Buffer.concat([box('ftyp', Buffer.alloc(8)), box('moov', index)]);
const playlist = (text: Buffer) => Buffer.concat([Buffer.from('#EXTM3U\n'), text]);
const numbered = (count: number, line: (number: number) => string) =>
  Buffer.from(Array.from({ length: count }, (_, number) => line(number)).join('\n')).subarray(0, SIZE);

const FILES: Record<string, () => Buffer> = {
  'tracks.mp4': () => mp4(repeated(box('trak', Buffer.alloc(0)))),
  'tables.mp4': () => mp4(box('trak', box('mdia', repeated(box('hdlr', Buffer.alloc(0)))))),
  'depth.mp4': () => mp4(nested('trak', 'mdia', 'minf', 'stbl')),
  'lines.m3u8': () => playlist(repeated(Buffer.from('a\n'))),
  'comments.m3u8': () => playlist(repeated(Buffer.from('#\n'))),
  'initializations.m3u8': () => playlist(repeated(Buffer.from('#EXT-X-MAP:URI="a"\n'))),
  'segments.m3u8': () => playlist(numbered(190_000, (number) => `#EXTINF:2,\nsegment-${number}.ts`)),
  'urls.m3u8': () => playlist(numbered(190_000, (number) => `https://${number}.example.com/%41/../${number}`)),
  'line.m3u8': () => playlist(repeated(Buffer.from('é'))),
};

const found: Record<string, { text: string; cpuMs: number }> = {};
for (const [object, make] of Object.entries(FILES)) {
  const bytes = make();
  const bucket = {
    url: 'https://obs-name.obs.cn-north-4.myhuaweicloud.com/',
    readRange: (_: string, offset: number, length: number) =>
      Promise.resolve(Buffer.from(bytes.subarray(offset, offset + length))),
    list: async function* () {
      yield await Promise.resolve([]);
    },
  };
  const before = process.cpuUsage();
  const inspection = await inspectFile(bucket, { object, format: '', size: bytes.length });
  const { user, system } = process.cpuUsage(before);
  found[object] = { text: JSON.stringify(inspection), cpuMs: (user + system) / 1_000 };
}
console.log(JSON.stringify(found));
