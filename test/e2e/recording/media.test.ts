import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Fault } from '../../../simulator/faults.js';
import type { MediaKind } from '../../../simulator/media.js';
import { recordingManifestSchema, type RecordingInput, type RecordingManifest } from '../../../src/client.js';
import { PASSWORD, startRig, type RecordingRig } from '../../support/recordingRig.js';
import { cli, keyOf, ofRig } from '../cli/cli.js';

/** Whether what the vendor has written can be played, against the real Temporal server and the simulator. */

const obsAddr = { bucket: 'obsName', location: 'cn-north-4', object: 'Record/', projectId: '0'.repeat(32) };
const hls: Partial<RecordingInput> = {
  recordRule: { obsAddr, recordFormats: ['HLS'], hlsConfig: { recordSliceDuration: 5 } },
};

/** Reading objects, but not listing them. */
const whenRead = (status: number, code: string): Fault => ({
  match: 'GET /obsName/Record/**',
  effect: {
    kind: 'respond',
    status,
    headers: { 'content-type': 'application/xml' },
    body: `<Error><Code>${code}</Code></Error>`,
  },
  times: 'always',
});

const readsOf = ({ simulator }: RecordingRig) =>
  simulator.requests.filter(({ method, path }) => method === 'GET' && path.startsWith('/obsName/Record/')).length;

describe.concurrent('a recording', () => {
  it.each<[MediaKind, string, Partial<RecordingInput>, RegExp]>([
    ['zeros', 'MP4', {}, /cannot be played: it contains zeros/],
    ['cut', 'MP4', {}, /cannot be played: it has no index/],
    ['empty', 'MP4', {}, /cannot be played: it has 0 bytes/],
    ['noTracks', 'MP4', {}, /cannot be played: it has no tracks/],
    ['missingSegment', 'HLS', hls, /cannot be played: 1 of its 2 segments are missing or empty: \S+-1\.ts\./],
    ['noEndList', 'HLS', hls, /cannot be played: it has no end/],
  ])('of %s (%s) is partial', async (media, _, input, warning) => {
    const rig = await startRig({ simulator: { media } }, { onTestFinished });
    const result = await (await rig.start({ settleTimeout: '1 second', ...input })).result();
    expect(result).toMatchObject({ outcome: 'partial', files: [{ media: { playable: false } }] });
    const [file] = result.files;
    const named = result.warnings.filter((text) => text.includes(`${file?.bucket}/${file?.object}`));
    expect(named).toContainEqual(expect.stringMatching(warning));
  });

  it('that is good names what a player needs to know', async (test) => {
    const [mp4, playlist] = await Promise.all(
      [{}, hls].map(async (input) => {
        const rig = await startRig({}, test);
        return (await rig.start(input)).result();
      }),
    );
    const codecs = { playable: true, videoCodec: 'avc', audioCodec: 'aac' };
    expect(mp4).toMatchObject({
      outcome: 'recorded',
      warnings: [],
      files: [{ media: { ...codecs, width: 1280, height: 720 } }],
    });
    expect(mp4?.files[0]?.media?.duration).toBeCloseTo(mp4?.files[0]?.duration ?? 0, 0);
    expect(playlist).toMatchObject({
      outcome: 'recorded',
      warnings: [],
      files: [{ media: { ...codecs, missingSegments: 0 } }],
    });
  });

  it('waits for a segment that comes late', async (test) => {
    const rig = await startRig({ simulator: { media: 'lateSegment', timeScale: 4 } }, test);
    const result = await (await rig.start({ ...hls, settleTimeout: '1 minute' })).result();
    expect(result).toMatchObject({
      outcome: 'recorded',
      files: [{ segments: 2, media: { playable: true, missingSegments: 0 } }],
      warnings: [],
    });
  });

  it.each([
    ['without the right to read', 403, 'AccessDenied'],
    ['during an outage', 503, 'ServiceUnavailable'],
  ])('whose files cannot be opened (%s) is recorded, with one warning', async (_, status, code) => {
    const rig = await startRig({ simulator: { faults: [whenRead(status, code)] } }, { onTestFinished });
    const result = await (await rig.start()).result();
    expect(result).toMatchObject({ outcome: 'recorded', fileCount: 1 });
    expect(result.warnings).toEqual([
      expect.stringMatching(/^Whether 1 of the files can be played is unknown: OBS GET/),
    ]);
    expect(result.files[0]).not.toHaveProperty('media');
  });

  it('opens no file with checkMedia: false', async (test) => {
    const rig = await startRig({ simulator: { media: 'zeros' } }, test);
    const result = await (await rig.start({ checkMedia: false })).result();
    expect(result).toMatchObject({ outcome: 'recorded', warnings: [] });
    expect(result.files[0]).not.toHaveProperty('media');
    expect(readsOf(rig)).toBe(0);
  });
});

describe.concurrent('a manifest', () => {
  it('is written once, at the end, and verify checks the files by it', async (test) => {
    const rig = await startRig({}, test);
    const recording = await rig.start({ manifest: true });
    const result = await recording.result();
    const { manifest, ...rest } = result;
    const object = rig.simulator.objects('obsName').find(({ key }) => key === manifest?.object);
    expect(manifest).toEqual({
      bucket: 'obsName',
      object: `Record/${result.streamName}.recording.json`,
      etag: object?.etag,
    });
    const text = object?.content?.toString() ?? '';
    expect(recordingManifestSchema.parse(JSON.parse(text))).toMatchObject({
      workflowId: recording.workflowId,
      result: rest,
    });
    for (const secret of rig.simulator.secrets) expect(text).not.toContain(secret);

    const directory = await mkdtemp(join(tmpdir(), 'sparkrtc-manifest-'));
    test.onTestFinished(() => rm(directory, { recursive: true }));
    const path = join(directory, 'manifest.json');
    // As a later version may write it.
    const later = JSON.parse(text) as RecordingManifest;
    await writeFile(path, JSON.stringify({ ...later, later: 1, input: { ...later.input, later: 1 } }));
    const environment = {
      ...{ HW_USER_NAME: 'username', HW_USER_PASSWORD: PASSWORD, HW_DOMAIN_NAME: 'domainname' },
      ...{ IAM_ENDPOINT: rig.simulator.url, SPARKRTC_ENDPOINT: rig.simulator.url },
      ...{ OBS_ENDPOINT: rig.simulator.url, OBS_PATH_STYLE: 'true', ...ofRig(rig) },
    };
    const verify = (...args: string[]) => cli(['verify', ...args], { environment });
    const [file] = result.files;
    const place = `obsName/${file?.object}`;
    expect(await verify('--manifest', path)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`✓ ${place}`) as string,
    });
    expect(await verify(...keyOf(rig), '--json')).toMatchObject({ code: 0 });

    rig.simulator.putObject('obsName', file?.object ?? '', { size: file?.size ?? 0 });
    const spoiled = await verify('--manifest', path);
    expect(spoiled).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('cannot be played: it contains zeros') as string,
    });
    rig.simulator.removeObject('obsName', file?.object ?? '');
    const gone = await verify('--manifest', path);
    expect(gone).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(`✗ ${place}: not in the bucket`) as string,
    });
    expect(await verify('--manifest', `${path}.not`)).toMatchObject({ code: 2 });
  });

  it('that cannot be written is one warning', async (test) => {
    const denied: Fault = { ...whenRead(403, 'AccessDenied'), match: 'PUT /obsName/**' };
    const rig = await startRig({ simulator: { faults: [denied] } }, test);
    const result = await (await rig.start({ manifest: true })).result();
    expect(result).toMatchObject({
      outcome: 'recorded',
      warnings: [expect.stringContaining('The manifest was not written: OBS PUT')],
    });
    expect(result).not.toHaveProperty('manifest');
  });

  it('whose response was lost is found by the next attempt', async (test) => {
    const lost: Fault = { match: 'PUT /obsName/**', effect: { kind: 'resetAfter' } };
    const rig = await startRig({ simulator: { faults: [lost] } }, test);
    const result = await (await rig.start({ manifest: true })).result();
    expect(result).toMatchObject({
      outcome: 'recorded',
      warnings: [],
      manifest: { etag: expect.stringMatching(/^[0-9a-f]{32}$/) as string },
    });
  });
});
