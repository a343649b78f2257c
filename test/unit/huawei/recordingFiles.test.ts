import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareKeys } from '../../../src/huawei/recordPrefix.js';
import type { ListedObject } from '../../../src/huawei/obs.js';
import { RecordingFiles } from '../../../src/huawei/recordingFiles.js';

const object = (key: string, size = 1) => ({ key, size, etag: `e-${key}`, lastModified: '2021-04-21T10:51:55.000Z' });
const objects = (...keys: string[]) => keys.map((key) => object(key));

/** What a listing of these objects is grouped into. */
function group(listed: readonly ListedObject[]) {
  const files = new RecordingFiles();
  for (const one of [...listed].sort((a, b) => compareKeys(a.key, b.key))) files.add(one);
  return files.end();
}

describe('the files of a listing', () => {
  it('makes one file of an MP4', () => {
    expect(group([object('r/a.mp4', 26254952)])).toEqual({
      files: [
        {
          object: 'r/a.mp4',
          format: 'MP4',
          size: 26254952,
          etag: 'e-r/a.mp4',
          lastModified: '2021-04-21T10:51:55.000Z',
        },
      ],
    });
  });

  it('makes one file of a playlist and its segments, whatever their order', () => {
    const { files, strays } = group([object('r/a-1.ts', 100), object('r/a.m3u8', 1), object('r/a-0.ts', 10)]);
    expect(files).toEqual([
      {
        object: 'r/a.m3u8',
        format: 'HLS',
        size: 111,
        etag: 'e-r/a.m3u8',
        lastModified: '2021-04-21T10:51:55.000Z',
        segments: 2,
      },
    ]);
    expect(strays).toBeUndefined();
  });

  it.each([
    ['a playlist and segments in capitals', ['r/A.M3U8', 'r/A-0.TS', 'r/A-1.Ts'], { 'r/A.M3U8': 2 }, undefined],
    ['a playlist without segments', ['r/a.m3u8'], { 'r/a.m3u8': 0 }, undefined],
    [
      'the longest playlist that fits',
      ['r/a.m3u8', 'r/a_1.m3u8', 'r/a_1-0.ts', 'r/a-0.ts'],
      { 'r/a.m3u8': 1, 'r/a_1.m3u8': 1 },
      undefined,
    ],
    ['segments in a folder named as the playlist', ['r/a.m3u8', 'r/a/0.ts'], { 'r/a.m3u8': 1 }, undefined],
    [
      'segments that are listed before their playlist',
      ['r/a-1.0.ts', 'r/a-1.m3u8', 'r/a.m3u8'],
      { 'r/a-1.m3u8': 1, 'r/a.m3u8': 0 },
      undefined,
    ],
    ['the only playlist of the folder', ['r/index.m3u8', 'r/0.ts', 'r/1.ts'], { 'r/index.m3u8': 2 }, undefined],
    [
      'two playlists in the folder, and neither fits',
      ['r/a.m3u8', 'r/b.m3u8', 'r/0.ts'],
      { 'r/a.m3u8': 0, 'r/b.m3u8': 0 },
      { count: 1, size: 1, first: 'r/0.ts' },
    ],
    [
      'a playlist of another folder',
      ['r/x/index.m3u8', 'r/y/0.ts'],
      { 'r/x/index.m3u8': 0 },
      { count: 1, size: 1, first: 'r/y/0.ts' },
    ],
    ['no playlist yet', ['r/a-0.ts', 'r/a-1.ts'], {}, { count: 2, size: 2, first: 'r/a-0.ts' }],
  ])('counts segments: %s', (_, keys, segments, strays) => {
    const grouped = group(objects(...keys));
    expect(Object.fromEntries(grouped.files.map((file) => [file.object, file.segments]))).toEqual(segments);
    expect(grouped.strays).toEqual(strays);
  });

  it('counts an object that was found twice once', () => {
    const twice = objects('r/a.m3u8', 'r/a-0.ts');
    expect(group([...twice, ...twice])).toEqual({ files: [expect.objectContaining({ segments: 1, size: 2 })] });
  });

  it('passes over the placeholders of folders', () => {
    expect(group(objects('r/', 'r/a/')).files).toEqual([]);
  });

  it('names the format of anything else by its extension', () => {
    const { files } = group(objects('r/a.flv', 'r.x/b', 'r/c.MP4'));
    expect(files.map(({ format }) => format)).toEqual(['UNKNOWN', 'FLV', 'MP4']);
  });

  it('keeps the order of the listing', () => {
    const keys = ['r/1.m3u8', 'r/2.mp4', 'r/333.m3u8'];
    expect(group(objects(...keys)).files.map(({ object: key }) => key)).toEqual(keys);
  });

  // Names of few characters, of which some come before the dot and some behind it, so that names begin with each
  // other.
  const name = fc
    .array(fc.constantFrom('a', '-', '_', '/', '.', '1'), { maxLength: 6 })
    .map((parts) => parts.join(''));
  const key = fc.tuple(name, fc.constantFrom('.m3u8', '.ts', '.ts', '.ts', '.mp4')).map((parts) => parts.join(''));

  it('are the same as if all of it were there at once', () => {
    fc.assert(
      fc.property(fc.uniqueArray(key, { maxLength: 30 }), (keys) => {
        const { files, strays } = group(objects(...keys));
        const counted = Object.fromEntries(files.map((file) => [file.object, file.segments]));
        expect({ counted, strays: strays?.count ?? 0 }).toEqual(atOnce(keys));
      }),
      { numRuns: 5_000 },
    );
  });

  it('take no more room for a million segments than for one', () => {
    const files = new RecordingFiles();
    const before = process.memoryUsage().heapUsed;
    for (let index = 0; index < 1_000_000; index++) {
      files.add({ key: `r/s_1-${String(index).padStart(7, '0')}.ts`, size: 2 });
    }
    files.add({ key: 'r/s_1.m3u8', size: 1 });
    expect(files.end()).toMatchObject({ files: [{ segments: 1_000_000, size: 2_000_001 }] });
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100 * 1024 * 1024);
  });
});

/** What the order of the listing must not change: how many segments each playlist has, and how many have none. */
function atOnce(keys: readonly string[]): { counted: Record<string, number | undefined>; strays: number } {
  const folderOf = (path: string) => path.slice(0, path.lastIndexOf('/') + 1);
  const others = keys.filter((path) => !path.endsWith('.ts'));
  const playlists = others.filter((path) => path.endsWith('.m3u8')).sort((a, b) => b.length - a.length);
  const counted: Record<string, number | undefined> = Object.fromEntries(
    others.map((path) => [path, path.endsWith('.m3u8') ? 0 : undefined]),
  );
  let strays = 0;
  for (const segment of keys.filter((path) => path.endsWith('.ts'))) {
    const named = playlists.find((path) => segment.startsWith(path.slice(0, -'.m3u8'.length)));
    const beside = playlists.filter((path) => folderOf(path) === folderOf(segment));
    const owner = named ?? (beside.length === 1 ? beside[0] : undefined);
    if (owner === undefined) strays += 1;
    else counted[owner] = (counted[owner] ?? 0) + 1;
  }
  return { counted, strays };
}
