import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hlsObjects, MEDIA_KINDS, mp4Objects } from '../../../simulator/media.js';
import { bytesOf } from '../../../simulator/objectStore.js';
import type { FileInspection } from '../../../src/contract/activityTypes.js';
import { inspectFile } from '../../../src/huawei/media.js';
import { MAX_BYTES, MAX_INDEX, MAX_REQUESTS, type Bucket } from '../../../src/huawei/objectReader.js';
import { formatOf } from '../../../src/huawei/recordingFiles.js';
import {
  box,
  expectVerdict,
  fileOf,
  HUGE_SIZE,
  hugeStart,
  made,
  MEDIA_CASES,
  part,
  playlistOf,
} from './mediaFiles.js';

/** A file of any size: zeros where it has no bytes. */
interface Sparse {
  size: number;
  bytes: Buffer;
}

/** A bucket in memory that counts what is read from it. */
function bucketOf(files: ReadonlyMap<string, Buffer | Sparse>) {
  const read = { requests: 0, bytes: 0, largest: 0, pages: 0 };
  const entries = [...files].map(([key, file]) => ({ key, size: Buffer.isBuffer(file) ? file.length : file.size }));
  const bucket: Bucket = {
    url: 'https://obs-name.obs.cn-north-4.myhuaweicloud.com/',
    readRange: (object, offset, length) => {
      const file = files.get(object) ?? Buffer.alloc(0);
      const { size, bytes } = Buffer.isBuffer(file) ? { size: file.length, bytes: file } : file;
      const end = Math.min(size, offset + length);
      if (!(offset >= 0 && offset < end)) throw new RangeError(`bytes ${offset} to ${end} of ${size}`);
      read.requests += 1;
      read.bytes += end - offset;
      read.largest = Math.max(read.largest, end - offset);
      return Promise.resolve(
        Buffer.concat([
          bytes.subarray(offset, end),
          Buffer.alloc(end - Math.max(offset, Math.min(end, bytes.length))),
        ]),
      );
    },
    list: async function* (prefix) {
      const found = entries.filter(({ key }) => key.startsWith(prefix)).sort((a, b) => (a.key < b.key ? -1 : 1));
      for (let at = 0; at < found.length; at += 1_000) {
        read.pages += 1;
        yield await Promise.resolve(found.slice(at, at + 1_000));
      }
    },
  };
  return { bucket, read };
}

async function inspect(object: string, files: ReadonlyMap<string, Buffer | Sparse>, format = formatOf(object)) {
  const { bucket, read } = bucketOf(files);
  const file = files.get(object) ?? Buffer.alloc(0);
  const found = await inspectFile(bucket, { object, format, size: Buffer.isBuffer(file) ? file.length : file.size });
  return { found, read };
}

it.each(MEDIA_CASES)('$what', async ({ object, files, ...verdict }) => {
  const { found, read } = await inspect(object, files);
  expectVerdict(found, verdict);
  expect(read.requests).toBeLessThanOrEqual(3);
});

it('a file of 5 TB takes one request to show that it has no index', async () => {
  const { found, read } = await inspect('a.mp4', new Map([['a.mp4', { size: HUGE_SIZE, bytes: hugeStart() }]]));
  expectVerdict(found, { is: 'broken', reason: /no index/ });
  expect(read.requests).toBe(1);
});

describe('what cannot be decided', () => {
  it('a playlist of playlists, one of them itself, is not followed', async () => {
    const bytes = playlistOf('#EXT-X-STREAM-INF:BANDWIDTH=1', 'a.m3u8');
    const { found, read } = await inspect('a.m3u8', new Map([['a.m3u8', bytes]]));
    expect(found).toEqual({ media: { playable: true, missingSegments: 0 } });
    expect(read.requests).toBe(1);
  });

  it('names in the folder are found in any spelling', async () => {
    const uris = [
      'a%20b.ts',
      './a b.ts',
      '/Record/x/a b.ts',
      'https://obs-name.obs.cn-north-4.myhuaweicloud.com/Record/x/a%20b.ts',
    ];
    const files = new Map([
      ['Record/x/l.m3u8', playlistOf(...uris, '#EXT-X-ENDLIST')],
      ['Record/x/a b.ts', fileOf('list-0.ts')],
    ]);
    expect((await inspect('Record/x/l.m3u8', files)).found).toMatchObject({ media: { playable: true } });
  });

  it('an index of an absurd size is not read', async () => {
    const size = 3 * 1024 ** 3;
    const bytes = Buffer.concat([part('ftyp'), box('moov', size - part('ftyp').length - 8)]);
    const { found, read } = await inspect('a.mp4', new Map([['a.mp4', { size, bytes }]]));
    expect(found.problem).toContain('too many to be read');
    expect(read.requests).toBe(1);
  });

  it('thousands of boxes are not followed for ever', async () => {
    const bytes = Buffer.concat(Array.from({ length: 200 }, () => box('free', Buffer.alloc(10_000))));
    const { found, read } = await inspect('a.mp4', new Map([['a.mp4', bytes]]));
    expect(found.problem).toContain('more than 10 requests');
    expect(read.requests).toBeLessThanOrEqual(MAX_REQUESTS);
  });

  it('a playlist that is too long to be read', async () => {
    const bytes = Buffer.from(`#EXTM3U\n${'#EXTINF:2,\nsegment.ts\n'.repeat(900_000)}`);
    expect((await inspect('a.m3u8', new Map([['a.m3u8', bytes]]))).found.problem).toContain('too long');
  });
});

it('a playlist of 50,000 segments takes a request for each 1,000', async () => {
  const names = Array.from({ length: 50_000 }, (_, n) => `s-${n}.ts`);
  const text = ['#EXTM3U', ...names.flatMap((name) => ['#EXTINF:2.000,', name]), '#EXT-X-ENDLIST'].join('\n');
  const files = new Map([['s.m3u8', Buffer.from(text)], ...names.map((name) => [name, fileOf('list-0.ts')] as const)]);
  const { found, read } = await inspect('s.m3u8', files);
  expect(found.media).toMatchObject({ playable: true, duration: 100_000, missingSegments: 0 });
  expect(read.pages).toBeLessThanOrEqual(51);
  files.delete('s-49999.ts');
  files.delete('s-7.ts');
  expect((await inspect('s.m3u8', files)).found.media).toMatchObject({ playable: false, missingSegments: 2 });
});

it('a hostile file takes neither the time nor the memory of a worker', async () => {
  const script = join(import.meta.dirname, 'hostileFiles.ts');
  const limits = ['--max-old-space-size=64', '--max-semi-space-size=8'];
  const args = [...limits, '--import', 'tsx', script];
  // It fails where the process runs out of memory.
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 100_000 });
  const found = JSON.parse(stdout) as Record<string, { text: string; cpuMs: number }>;
  expect(Object.keys(found)).toHaveLength(9);
  for (const { text, cpuMs } of Object.values(found)) {
    expect(text).toMatch(/"playable":false|"problem"/);
    expect(cpuMs).toBeLessThan(5_000);
  }
});

describe('what the simulator records', () => {
  const length = { seconds: 12.5, width: 640, height: 360, size: 300_000 };
  const expected: Partial<Record<string, RegExp>> = {
    ...{ 'cut MP4': /no index/, 'zeros MP4': /zeros/, 'empty MP4': /0 bytes/, 'noTracks MP4': /no tracks/ },
    ...{ 'cut HLS': /MPEG-TS/, 'zeros HLS': /MPEG-TS/, 'empty HLS': /1 of its 2/, 'missingSegment HLS': /1 of its 2/ },
    ...{ 'lateSegment HLS': /1 of its 2/, 'noEndList HLS': /no end/ },
  };

  it.each(MEDIA_KINDS.flatMap((kind) => [[kind, 'MP4'] as const, [kind, 'HLS'] as const]))(
    '%s %s',
    async (kind, format) => {
      const recorded = { path: 'r', kind, ...length };
      const { objects } = format === 'MP4' ? mp4Objects(recorded) : hlsObjects({ ...recorded, sliceSeconds: 10 });
      const written = objects.filter(({ delayMs }) => delayMs === undefined);
      const files = new Map(
        written.map((object) => {
          const stored = { ...object, etag: '', lastModified: 0 };
          return [object.key, Buffer.concat([...bytesOf(stored, 0, object.size - 1)])];
        }),
      );
      const { found } = await inspect(objects.at(-1)?.key ?? '', files);
      const reason = expected[`${kind} ${format}`];
      if (reason)
        expect(found.media).toMatchObject({ playable: false, reason: expect.stringMatching(reason) as string });
      else expect(found.media).toMatchObject({ playable: true, duration: 12.5, videoCodec: 'avc', audioCodec: 'aac' });
    },
  );
});

describe('whatever a file contains', () => {
  const RUNS = Number(process.env['MEDIA_RUNS'] ?? 2_000);
  const names = [...made.keys()].filter((name) => !name.endsWith('.ts'));

  const isBounded = ({
    found,
    read,
  }: {
    found: FileInspection;
    read: { requests: number; bytes: number; largest: number };
  }) => {
    expect(Object.keys(found).some((key) => key === 'media' || key === 'problem')).toBe(true);
    expect(JSON.stringify(found).length).toBeLessThan(700);
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
    expect(read.requests).toBeLessThanOrEqual(MAX_REQUESTS + 1);
    expect(read.bytes - read.largest).toBeLessThanOrEqual(MAX_BYTES);
    expect(read.largest).toBeLessThanOrEqual(MAX_INDEX);
  };

  it('the inspection is bounded and never throws', async () => {
    const change = fc.record({
      at: fc.double({ min: 0, max: 0.999_999, noNaN: true }),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }),
    });
    const mutation = fc.record({
      name: fc.constantFrom(...names),
      changes: fc.array(change, { maxLength: 6 }),
      cutAt: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
      inIndex: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(mutation, async ({ name, changes, cutAt, inIndex }) => {
        const bytes = Buffer.from(fileOf(name));
        const start = inIndex ? Math.max(0, bytes.indexOf('moov')) : 0;
        for (const one of changes)
          bytes.set(one.bytes.slice(0, 1), start + Math.floor(one.at * (bytes.length - start)));
        for (const { at, bytes: part } of changes) {
          const place = start + Math.floor(at * (bytes.length - start));
          bytes.set(part.slice(0, bytes.length - place), place);
        }
        const mutated = cutAt === null ? bytes : bytes.subarray(0, Math.floor(cutAt * bytes.length));
        isBounded(await inspect(name, new Map([...made, [name, mutated]])));
      }),
      { numRuns: RUNS },
    );
  });

  it('so it is with arbitrary bytes behind a plausible beginning', async () => {
    const start = fc.constantFrom(
      part('ftyp'),
      box('moov', 400),
      box('mdat', 0),
      Buffer.from('#EXTM3U\n'),
      Buffer.alloc(0),
    );
    await fc.assert(
      fc.asyncProperty(
        start,
        fc.uint8Array({ maxLength: 600 }),
        fc.constantFrom('a.mp4', 'a.m3u8', 'a'),
        async (first, rest, name) => {
          isBounded(await inspect(name, new Map([[name, Buffer.concat([first, rest])]])));
        },
      ),
      { numRuns: RUNS / 4 },
    );
  });
});
