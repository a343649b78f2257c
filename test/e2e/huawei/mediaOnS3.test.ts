import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Simulator } from '../../../simulator/simulator.js';
import { bucketIn, inspectFile } from '../../../src/huawei/media.js';
import { ObsClient } from '../../../src/huawei/obs.js';
import { RecordingFiles } from '../../../src/huawei/recordingFiles.js';
import { expectVerdict, fileOf, HUGE_SIZE, hugeStart, MEDIA_CASES, playlistOf } from '../../unit/huawei/mediaFiles.js';
import { startS3Server } from '../../unit/huawei/s3Server.js';

/** Good and broken files in a bucket, found and opened as by a recording. */

/** A store with one empty bucket. */
interface Store {
  url: string;
  keys: { accessKey: string; secretKey: string };
  bucket: string;
  /** An object of this size that begins with these bytes, and continues with zeros. */
  putSparse: (key: string, size: number, start: Buffer) => unknown;
  stop: () => Promise<void>;
}

async function startSimulator(): Promise<Store & { simulator: Simulator }> {
  const keys = { accessKey: 'AK', secretKey: 'SK' };
  const simulator = await Simulator.start({ accessKeys: [keys] });
  return {
    ...{ simulator, url: simulator.url, keys, bucket: 'obsName' },
    putSparse: (key, size, content) => simulator.putObject('obsName', key, { size, content }),
    stop: () => simulator.stop(),
  };
}

async function startVersitygw(): Promise<Store> {
  const server = await startS3Server(inject('s3Server'));
  const bucket = 'recordings';
  await server.createBucket(bucket);
  return {
    ...{ url: server.url, bucket, keys: { accessKey: server.accessKey, secretKey: server.secretKey } },
    putSparse: (key, size, start) => server.putSparse(bucket, key, size, start),
    stop: () => server.stop(),
  };
}

const clientOf = ({ url, keys }: Store) =>
  new ObsClient({ endpoint: url, pathStyle: true, keys: () => Promise.resolve(keys) });

const hasServer = inject('s3Server') !== '';

describe.each([
  ['the simulator', startSimulator, false],
  ['versitygw', startVersitygw, !hasServer],
])('on %s', (_, start, isMissing) => {
  describe.skipIf(isMissing)('the verdict', () => {
    let store: Store;
    let obs: ObsClient;

    beforeAll(async () => {
      store = await start();
      obs = clientOf(store);
    });
    afterAll(async () => {
      obs.close();
      await store.stop();
    });

    async function inspect(folder: string, object: string) {
      const place = { bucket: store.bucket, location: 'cn-north-4' };
      const listing = new RecordingFiles();
      for await (const page of obs.list({ ...place, prefix: folder })) for (const one of page) listing.add(one);
      const file = listing.end().files.find((one) => one.object === `${folder}${object}`);
      if (!file) throw new Error(`${folder}${object} is not listed`);
      return inspectFile(bucketIn(obs, { ...place, signal: undefined }), file);
    }

    it.each(MEDIA_CASES.map((one, index) => ({ ...one, folder: `case-${index}/` })))(
      '$what',
      async ({ folder, object, files, ...verdict }) => {
        const { bucket } = store;
        for (const [key, body] of files) {
          const contentType = 'application/octet-stream';
          await obs.putNew({ bucket, location: 'cn-north-4', object: `${folder}${key}`, body, contentType });
        }
        expectVerdict(await inspect(folder, object), verdict);
      },
    );

    it('5 TB without an index', async () => {
      await store.putSparse('huge/a.mp4', HUGE_SIZE, hugeStart());
      expectVerdict(await inspect('huge/', 'a.mp4'), { is: 'broken', reason: /no index/ });
    });

    it('5 TB of zeros', async () => {
      await store.putSparse('zeros/a.mp4', HUGE_SIZE, Buffer.alloc(0));
      expectVerdict(await inspect('zeros/', 'a.mp4'), { is: 'broken', reason: /zeros/ });
    });

    it('a file that is not there any more', async () => {
      const bucket = bucketIn(obs, { bucket: store.bucket, location: 'cn-north-4', signal: undefined });
      const found = await inspectFile(bucket, { object: 'nowhere/a.mp4', format: 'MP4', size: 10 });
      expectVerdict(found, { is: 'broken', reason: /not in the bucket any more/ });
    });
  });
});

it('a playlist of 50,000 segments is inspected by 50 pages of the listing', async (test) => {
  const store = await startSimulator();
  test.onTestFinished(store.stop);
  const obs = clientOf(store);
  test.onTestFinished(() => obs.close());
  const { simulator, bucket } = store;
  const names = Array.from({ length: 50_000 }, (_, number) => `l-${number}.ts`);
  const content = fileOf('list-0.ts');
  for (const name of names) simulator.putObject(bucket, `long/${name}`, { content });
  const text = playlistOf(...names.flatMap((name) => ['#EXTINF:2.000,', name]), '#EXT-X-ENDLIST');
  simulator.putObject(bucket, 'long/l.m3u8', { content: text });
  const place = bucketIn(obs, { bucket, location: 'cn-north-4', signal: undefined });
  const found = await inspectFile(place, { object: 'long/l.m3u8', format: 'HLS', size: text.length });
  expectVerdict(found, { is: 'playable', duration: 100_000, facts: { missingSegments: 0 } });
  expect(simulator.requests.length).toBeLessThanOrEqual(55);
});
