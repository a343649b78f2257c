import { describe, expect, it } from 'vitest';
import { fits } from '../../../src/activities/ensureRecordRule.js';

/** What the vendor responds to the seed's template. */
const saved = {
  ruleId: 'rule1',
  obsAddr: { bucket: 'obsName', location: 'cn-north-4', object: 'Record/', projectId: 'p1' },
  recordFormats: ['MP4'],
  mp4Config: { recordCycle: 7200, recordPrefix: 'Record/{stream}' },
  hlsConfig: { recordCycle: 0 },
};

const wanted = { obsAddr: saved.obsAddr, recordFormats: ['MP4'], mp4Config: {} };

describe('does a saved template fit what a caller wants', () => {
  it.each<[string, object, object, boolean]>([
    ['{} fits whatever the vendor filled in', saved, wanted, true],
    ['a value that was set and is the same', saved, { ...wanted, mp4Config: { recordCycle: 7200 } }, true],
    ['a value that was set and is another', saved, { ...wanted, mp4Config: { recordCycle: 3600 } }, false],
    ['another bucket', saved, { ...wanted, obsAddr: { ...saved.obsAddr, bucket: 'other' } }, false],
    ['a folder with other slashes', saved, { ...wanted, obsAddr: { ...saved.obsAddr, object: '/Record' } }, true],
    ['another folder', saved, { ...wanted, obsAddr: { ...saved.obsAddr, object: 'Other/' } }, false],
    [
      'no folder, and the response has none',
      { ...saved, obsAddr: { bucket: 'b' } },
      { obsAddr: { bucket: 'b', object: '' } },
      true,
    ],
    ['one more format', saved, { ...wanted, recordFormats: ['MP4', 'HLS'] }, false],
    [
      'the formats in another order',
      { ...saved, recordFormats: ['HLS', 'MP4'] },
      { ...wanted, recordFormats: ['MP4', 'HLS'] },
      true,
    ],
    [
      'settings that the response lacks',
      { ...saved, mp4Config: undefined },
      { ...wanted, mp4Config: { recordCycle: 60 } },
      false,
    ],
  ])('%s', (_what, present, asked, expected) => {
    expect(fits(present, asked)).toBe(expected);
  });
});
