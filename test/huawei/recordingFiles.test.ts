import { describe, expect, it } from 'vitest';
import { groupFiles } from '../../src/huawei/recordingFiles.js';

const object = (key: string, size = 1) => ({ key, size, etag: `e-${key}`, lastModified: '2021-04-21T10:51:55.000Z' });
const objects = (...keys: string[]) => keys.map((key) => object(key));

describe('groupFiles', () => {
  it('makes one file of an MP4', () => {
    expect(groupFiles([object('r/a.mp4', 26254952)])).toEqual({
      files: [
        {
          object: 'r/a.mp4',
          format: 'MP4',
          size: 26254952,
          etag: 'e-r/a.mp4',
          lastModified: '2021-04-21T10:51:55.000Z',
        },
      ],
      strays: [],
    });
  });

  it('makes one file of a playlist and its segments, whatever their order', () => {
    const { files, strays } = groupFiles([object('r/a-1.ts', 100), object('r/a.m3u8', 1), object('r/a-0.ts', 10)]);
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
    expect(strays).toEqual([]);
  });

  it.each([
    ['a playlist without segments', ['r/a.m3u8'], { 'r/a.m3u8': 0 }, []],
    [
      'the longest playlist that fits',
      ['r/a.m3u8', 'r/a_1.m3u8', 'r/a_1-0.ts', 'r/a-0.ts'],
      { 'r/a.m3u8': 1, 'r/a_1.m3u8': 1 },
      [],
    ],
    ['segments in a folder named as the playlist', ['r/a.m3u8', 'r/a/0.ts'], { 'r/a.m3u8': 1 }, []],
    ['the only playlist of the folder', ['r/index.m3u8', 'r/0.ts', 'r/1.ts'], { 'r/index.m3u8': 2 }, []],
    [
      'two playlists in the folder, and neither fits',
      ['r/a.m3u8', 'r/b.m3u8', 'r/0.ts'],
      { 'r/a.m3u8': 0, 'r/b.m3u8': 0 },
      ['r/0.ts'],
    ],
    ['a playlist of another folder', ['r/x/index.m3u8', 'r/y/0.ts'], { 'r/x/index.m3u8': 0 }, ['r/y/0.ts']],
    ['no playlist yet', ['r/a-0.ts'], {}, ['r/a-0.ts']],
  ])('counts segments: %s', (_, keys, segments, strays) => {
    const grouped = groupFiles(objects(...keys));
    expect(Object.fromEntries(grouped.files.map((file) => [file.object, file.segments]))).toEqual(segments);
    expect(grouped.strays.map(({ key }) => key)).toEqual(strays);
  });

  it('counts an object that was found twice once', () => {
    const twice = objects('r/a.m3u8', 'r/a-0.ts');
    expect(groupFiles([...twice, ...twice])).toMatchObject({ files: [{ segments: 1, size: 2 }], strays: [] });
  });

  it('passes over the placeholders of folders', () => {
    expect(groupFiles(objects('r/', 'r/a/')).files).toEqual([]);
  });

  it('names the format of anything else by its extension', () => {
    const { files } = groupFiles(objects('r/a.flv', 'r.x/b', 'r/c.MP4'));
    expect(files.map(({ format }) => format)).toEqual(['FLV', 'UNKNOWN', 'MP4']);
  });

  it('keeps the formats that are asked for', () => {
    const { files } = groupFiles(objects('r/a.mp4', 'r/b.m3u8', 'r/c.jpg'), ['MP4', 'HLS']);
    expect(files.map(({ object: key }) => key)).toEqual(['r/a.mp4', 'r/b.m3u8']);
  });

  it('keeps the order of the listing', () => {
    const keys = ['r/1.m3u8', 'r/2.mp4', 'r/333.m3u8'];
    expect(groupFiles(objects(...keys)).files.map(({ object: key }) => key)).toEqual(keys);
  });
});
