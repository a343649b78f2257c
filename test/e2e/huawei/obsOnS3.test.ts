import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { StatusError } from '../../../src/huawei/errors.js';
import { ObsClient, type ListedObject } from '../../../src/huawei/obs.js';
import { followSteps, searchPrefixes } from '../../../src/huawei/recordPrefix.js';
import { RecordingFiles } from '../../../src/huawei/recordingFiles.js';
import { everythingOf, failureOf } from '../../unit/huawei/scriptedServer.js';
import { startS3Server, type S3Server } from '../../unit/huawei/s3Server.js';

const executable = process.env['VERSITYGW_BIN'] ?? inject('s3Server');
if (!executable) {
  const message =
    'WITHOUT versitygw: the listing is not tested against a real S3 server. Set VERSITYGW_BIN to its path.';
  if (process.env['CI']) throw new Error(message);
  console.warn(message);
}

describe.skipIf(!executable)('against a real S3 server', () => {
  let server: S3Server;
  let writer: S3Client;
  let obs: ObsClient;
  const place = { bucket: 'recordings', location: 'cn-north-4' };

  beforeAll(async () => {
    server = await startS3Server(executable);
    const { url, accessKey, secretKey } = server;
    writer = new S3Client({
      region: place.location,
      endpoint: url,
      forcePathStyle: true,
      credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
    });
    obs = new ObsClient({ endpoint: url, pathStyle: true, keys: () => Promise.resolve({ accessKey, secretKey }) });
    await server.createBucket(place.bucket);
  });

  afterAll(async () => {
    obs.close();
    writer.destroy();
    await server.stop();
  });

  async function put(keys: string[], body = 'x'): Promise<void> {
    for (let from = 0; from < keys.length; from += 50) {
      const batch = keys.slice(from, from + 50);
      await Promise.all(
        batch.map((Key) => writer.send(new PutObjectCommand({ Bucket: place.bucket, Key, Body: body }))),
      );
    }
  }

  async function list(prefix: string): Promise<ListedObject[]> {
    const all: ListedObject[] = [];
    for await (const page of obs.list({ ...place, prefix })) all.push(...page);
    return all;
  }

  it('lists more than one page, completely and in order', async () => {
    const keys = Array.from({ length: 2_501 }, (_, index) => `many/${String(index).padStart(5, '0')}.mp4`);
    await put(keys);
    expect((await list('many/')).map(({ key }) => key)).toEqual(keys);
    const page = await obs.listPage({ ...place, prefix: 'many/' });
    expect(page.objects).toHaveLength(1_000);
    expect(page.next).toBe('many/00999.mp4');
  });

  it('tells an object’s size, etag and time', async () => {
    await put(['one/a b+ä&<>.mp4'], 'twelve bytes');
    const [object, ...others] = await list('one/');
    expect(others).toEqual([]);
    expect(object).toMatchObject({ key: 'one/a b+ä&<>.mp4', size: 12 });
    expect(object?.etag).not.toContain('"');
    expect(Date.parse(object?.lastModified ?? '')).toBeGreaterThan(Date.now() - 600_000);
  });

  it('lists more folders than fit a page, and the folders below a part of a name', async () => {
    const names = Array.from({ length: 1_203 }, (_, index) => `f${String(index).padStart(4, '0')}`);
    await put(names.map((name) => `folders/${name}/file.mp4`));
    const { folders, cut } = await obs.listFolders({ ...place, prefix: 'folders/' });
    expect(cut).toBe(false);
    expect(folders).toEqual(names.map((name) => `folders/${name}/`));
    expect(await obs.listFolders({ ...place, prefix: 'folders/f120' })).toEqual({
      folders: ['folders/f1200/', 'folders/f1201/', 'folders/f1202/'],
      cut: false,
    });
    expect(await obs.listFolders({ ...place, prefix: 'folders/', limit: 10 })).toMatchObject({ cut: true });
  });

  it('finds a stream through levels whose names are not known, and groups its segments', async () => {
    const stream = 's_j1_room001_user001';
    const folder = `walk/rtc.example.com/live/individual/HLS/${stream}_2021-04-21-10-51-55`;
    const playlist = `${folder}/${stream}_2021-04-21-10-51-55.m3u8`;
    const segments = [0, 1, 2].map((number) => playlist.replace('.m3u8', `-${number}.ts`));
    const others = [
      'rtc.example.com/live/individual/MP4',
      'rtc.example.com/live/mixed/HLS',
      'other/live/individual/HLS',
    ];
    await put([playlist, ...segments, ...others.map((path) => `walk/${path}/s_j2_room001_user001_x/y.m3u8`)], '12345');

    const steps = searchPrefixes({
      template:
        'walk/{publish_domain}/{app}/{record_type}/{record_format}/{stream}_{file_start_time}/{stream}_{file_start_time}',
      known: { record_format: 'HLS', stream },
    });
    const found = await followSteps(
      steps ?? [],
      async (prefix) => (await obs.listFolders({ ...place, prefix })).folders,
    );
    const objects = (await Promise.all(found.map(({ prefix }) => list(prefix)))).flat();
    const files = new RecordingFiles();
    for (const object of objects) files.add(object);
    expect(files.end()).toEqual({
      files: [expect.objectContaining({ object: playlist, format: 'HLS', size: 20, segments: 3 })],
    });
    expect(objects).toHaveLength(4);
  });

  it('is rejected with a wrong secret, which no error tells', async () => {
    const keys = { accessKey: server.accessKey, secretKey: 'canary-secret' };
    const stranger = new ObsClient({ endpoint: server.url, pathStyle: true, keys: () => Promise.resolve(keys) });
    onTestFinished(() => stranger.close());
    const error = await failureOf(stranger.listPage(place));
    expect(error).toBeInstanceOf(StatusError);
    expect(error).toMatchObject({ status: 403, errorCode: 'SignatureDoesNotMatch' });
    expect(everythingOf(error)).not.toContain('canary');
  });

  it('has no such bucket', async () => {
    const error = await failureOf(obs.listPage({ ...place, bucket: 'nowhere' }));
    expect(error).toBeInstanceOf(StatusError);
    expect(error).toMatchObject({ status: 404, errorCode: 'NoSuchBucket' });
  });
});
