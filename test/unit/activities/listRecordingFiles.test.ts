import { describe, expect, it } from 'vitest';
import { searchesByTemplate, searchesOfAnnounced } from '../../../src/activities/listRecordingFiles.js';
import { followSteps } from '../../../src/huawei/recordPrefix.js';
import type { ListingRequest } from '../../../src/contract/activityTypes.js';

const MP4 = { format: 'MP4', recordPrefix: '{app_id}/{record_format}/{stream}_{file_start_time}/{stream}' };
const HLS = { ...MP4, format: 'HLS' };

const request = (announced: string[], templates = [MP4], streamNames = ['s_j1_r_u', 's_j2_r_u']): ListingRequest => ({
  appId: 'app1',
  streamNames,
  outputLocations: [{ bucket: 'obsName', location: 'cn-north-4', object: '', templates }],
  announced: announced.map((object) => ({ bucket: 'obsName', object })),
});

/** The prefixes that a listing of this request begins with, where no folder has to be walked. */
async function prefixes(given: ListingRequest, searches = searchesByTemplate(given)): Promise<string[]> {
  const found = await Promise.all(searches.map(({ steps }) => followSteps(steps, () => Promise.resolve([]))));
  return found.flat().map(({ prefix }) => prefix);
}

describe('where files are searched for that were not announced', () => {
  it('is where the template puts each stream, in both spellings of the format', async () => {
    expect(await prefixes(request([]))).toEqual([
      'app1/MP4/s_j1_r_u',
      'app1/mp4/s_j1_r_u',
      'app1/MP4/s_j2_r_u',
      'app1/mp4/s_j2_r_u',
    ]);
  });

  it('is nowhere for a stream with an announced file of that format, but still for another stream', async () => {
    const given = request(['app1/mp4/s_j2_r_u_2026/s_j2_r_u.mp4']);
    expect(await prefixes(given)).toEqual(['app1/MP4/s_j1_r_u', 'app1/mp4/s_j1_r_u']);
    expect(await prefixes(given, searchesOfAnnounced(given))).toEqual(['app1/mp4/s_j2_r_u']);
  });

  it('is only where the last listing has found a file of that stream and format', async () => {
    const object = 'app1/mp4/s_j2_r_u_2026/s_j2_r_u.mp4';
    const given = { ...request([]), learned: [{ bucket: 'obsName', object }] };
    expect(await prefixes(given)).toEqual(['app1/MP4/s_j1_r_u', 'app1/mp4/s_j1_r_u']);
    expect(await prefixes(given, searchesOfAnnounced(given))).toEqual(['app1/mp4/s_j2_r_u']);
  });

  it('is still where the other format’s files would be', async () => {
    const given = request(['app1/mp4/s_j1_r_u_2026/s_j1_r_u.mp4'], [MP4, HLS], ['s_j1_r_u']);
    expect(await prefixes(given)).toEqual(['app1/HLS/s_j1_r_u', 'app1/hls/s_j1_r_u']);
  });
});
