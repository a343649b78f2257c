import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { checkAwsSignature } from '../../../simulator/awsSignature.js';
import type { KnownKey } from '../../../simulator/canonicalRequest.js';
import { listPage } from '../../../simulator/objectStore.js';
import type { SimulatorOptions } from '../../../simulator/options.js';
import type { Simulator } from '../../../simulator/simulator.js';
import { signIn, startSimulator } from './vendorClient.js';

const ACCESS_KEY = { accessKey: 'PERMANENTKEY', secretKey: 'permanent-secret' };

function s3(
  simulator: Simulator,
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string },
) {
  const client = new S3Client({
    endpoint: simulator.url,
    region: 'cn-north-4',
    forcePathStyle: true,
    credentials,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 1,
  });
  onTestFinished(() => client.destroy());
  return client;
}

async function startWithClient(options: SimulatorOptions = {}) {
  const simulator = await startSimulator({ accessKeys: [ACCESS_KEY], ...options });
  const client = s3(simulator, { accessKeyId: ACCESS_KEY.accessKey, secretAccessKey: ACCESS_KEY.secretKey });
  return { simulator, client };
}

describe('the signature', () => {
  // Amazon S3 API reference, "Signature Calculations": the examples' key, time and results.
  const key: KnownKey = {
    accessKey: 'AKIAIOSFODNN7EXAMPLE',
    secretKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    expiresAt: Infinity,
  };
  const now = Date.UTC(2013, 4, 24);
  const scope = 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request';
  const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  const find = (accessKey: string) => (accessKey === key.accessKey ? key : undefined);
  const get = {
    method: 'GET',
    url: '/test.txt',
    headers: {
      host: 'examplebucket.s3.amazonaws.com',
      range: 'bytes=0-9',
      'x-amz-content-sha256': emptyHash,
      'x-amz-date': '20130524T000000Z',
      authorization: `AWS4-HMAC-SHA256 Credential=${scope},SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41`,
    } as Record<string, string>,
    body: Buffer.alloc(0),
  };
  const list = {
    ...get,
    url: '/?max-keys=2&prefix=J',
    headers: {
      ...get.headers,
      authorization: `AWS4-HMAC-SHA256 Credential=${scope},SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7`,
    },
  };
  const presigned = {
    method: 'GET',
    url: `/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${encodeURIComponent(scope)}&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404`,
    headers: { host: 'examplebucket.s3.amazonaws.com' },
    body: Buffer.alloc(0),
  };

  const with_ = (headers: Record<string, string>) => ({ ...get, headers: { ...get.headers, ...headers } });

  it.each([
    ['the GET example', get, now, undefined],
    ['the listing example', list, now, undefined],
    ['the presigned example', presigned, now, undefined],
    ['the presigned example a day later', presigned, now + 86_401_000, 'AccessDenied'],
    [
      'a changed presigned path',
      { ...presigned, url: presigned.url.replace('test', 'best') },
      now,
      'SignatureDoesNotMatch',
    ],
    ['another path', { ...get, url: '/best.txt' }, now, 'SignatureDoesNotMatch'],
    ['another query', { ...list, url: '/?max-keys=3&prefix=J' }, now, 'SignatureDoesNotMatch'],
    ['another method', { ...get, method: 'PUT' }, now, 'SignatureDoesNotMatch'],
    ['another header', with_({ range: 'bytes=0-8' }), now, 'SignatureDoesNotMatch'],
    ['another body', { ...get, body: Buffer.from('x') }, now, 'XAmzContentSHA256Mismatch'],
    ['a clock 16 minutes off', get, now + 16 * 60_000, 'RequestTimeTooSkewed'],
    ['a session token no one gave', with_({ 'x-amz-security-token': 'x' }), now, 'InvalidAccessKeyId'],
    [
      'an unknown key',
      with_({ authorization: get.headers.authorization?.replace('AKIA', 'AKIB') ?? '' }),
      now,
      'InvalidAccessKeyId',
    ],
    ['no signature', { ...get, headers: {} }, now, 'AccessDenied'],
  ])('of %s is judged', (_what, request, at, problem) => {
    expect(checkAwsSignature(request, find, at)).toBe(problem);
  });

  it('of the real client is accepted, with keys of odd characters too', async () => {
    const { client } = await startWithClient();
    const key = "folder one/ä+b&c=d'(!)*~%25.mp4";
    await client.send(new PutObjectCommand({ Bucket: 'obsName', Key: key, Body: 'content' }));
    const { Contents } = await client.send(new ListObjectsCommand({ Bucket: 'obsName', Prefix: 'folder one/' }));
    expect(Contents?.map(({ Key }) => Key)).toEqual([key]);
    const { Body } = await client.send(new GetObjectCommand({ Bucket: 'obsName', Key: key }));
    expect(await Body?.transformToString()).toBe('content');
  });

  it('with a wrong secret or an unknown key is rejected', async () => {
    const { simulator } = await startWithClient();
    const attempts = [
      { accessKeyId: ACCESS_KEY.accessKey, secretAccessKey: 'wrong', error: 'SignatureDoesNotMatch' },
      { accessKeyId: 'UNKNOWN', secretAccessKey: 'wrong', error: 'InvalidAccessKeyId' },
    ];
    for (const { error, ...credentials } of attempts) {
      const listing = s3(simulator, credentials).send(new ListObjectsCommand({ Bucket: 'obsName' }));
      await expect(listing).rejects.toMatchObject({ name: error, $metadata: { httpStatusCode: 403 } });
    }
  });

  it('with temporary keys needs their session token, and lasts as long as they, however fast time passes', async () => {
    const simulator = await startSimulator({ timeScale: 600 });
    const call = await signIn(simulator);
    const asking = { auth: { identity: { methods: ['token'], token: { duration_seconds: 900 } } } };
    const { credential } = (await call('POST', '/v3.0/OS-CREDENTIAL/securitytokens', asking)).body;
    const pair = { accessKeyId: credential.access, secretAccessKey: credential.secret };
    const list = (sessionToken?: string) =>
      s3(simulator, { ...pair, ...(sessionToken ? { sessionToken } : {}) }).send(
        new ListObjectsCommand({ Bucket: 'obsName' }),
      );
    expect((await list(credential.securitytoken)).$metadata.httpStatusCode).toBe(200);
    await expect(list()).rejects.toMatchObject({ name: 'InvalidAccessKeyId' });
    await expect(list('another')).rejects.toMatchObject({ name: 'InvalidAccessKeyId' });
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    vi.advanceTimersByTime(895_000);
    expect((await list(credential.securitytoken)).$metadata.httpStatusCode).toBe(200);
    vi.advanceTimersByTime(10_000);
    await expect(list(credential.securitytoken)).rejects.toMatchObject({ name: 'InvalidAccessKeyId' });
  });
});

describe('a listing', () => {
  const objects = (...keys: string[]) => keys.map((key) => ({ key, size: 1, etag: '', lastModified: 0 }));
  const tree = objects('a', 'b/1', 'b/2', 'c', 'd/1', 'e');
  const base = { prefix: '', delimiter: '', marker: '', maxKeys: 1000 };

  it.each([
    ['everything', {}, ['a', 'b/1', 'b/2', 'c', 'd/1', 'e'], [], false],
    ['a prefix', { prefix: 'b/' }, ['b/1', 'b/2'], [], false],
    ['after a marker', { marker: 'b/1' }, ['b/2', 'c', 'd/1', 'e'], [], false],
    ['folders', { delimiter: '/' }, ['a', 'c', 'e'], ['b/', 'd/'], false],
    ['two with folders', { delimiter: '/', maxKeys: 2 }, ['a'], ['b/'], true],
    ['two after a folder', { delimiter: '/', marker: 'b/', maxKeys: 2 }, ['c'], ['d/'], true],
    ['the rest after a folder', { delimiter: '/', marker: 'd/' }, ['e'], [], false],
    ['exactly one page', { maxKeys: 6 }, ['a', 'b/1', 'b/2', 'c', 'd/1', 'e'], [], false],
    ['a page that ends in its last folder', { delimiter: '/', prefix: 'b', maxKeys: 1 }, [], ['b/'], false],
  ])('of %s', (_what, query, keys, folders, truncated) => {
    const page = listPage(tree, { ...base, ...query });
    expect([page.contents.map(({ key }) => key), page.commonPrefixes, page.isTruncated]).toEqual([
      keys,
      folders,
      truncated,
    ]);
  });

  const pageThrough = async (client: S3Client, query: { Prefix?: string; Delimiter?: string; MaxKeys?: number }) => {
    const entries: string[] = [];
    const nextMarkers: (string | undefined)[] = [];
    for (let marker: string | undefined; ;) {
      const page = await client.send(
        new ListObjectsCommand({ Bucket: 'obsName', ...query, ...(marker ? { Marker: marker } : {}) }),
      );
      entries.push(...(page.Contents ?? []).map(({ Key = '' }) => Key));
      entries.push(...(page.CommonPrefixes ?? []).map(({ Prefix = '' }) => Prefix));
      nextMarkers.push(page.NextMarker);
      if (!page.IsTruncated) return { entries, nextMarkers };
      marker = page.NextMarker ?? entries.at(-1);
    }
  };

  it('of more than 1000 keys is paged by the last key: there is no NextMarker', async () => {
    const { simulator, client } = await startWithClient();
    for (let i = 0; i < 2500; i += 1) simulator.putObject('obsName', `k${String(i).padStart(4, '0')}`, { size: i });
    const { entries, nextMarkers } = await pageThrough(client, { MaxKeys: 5000 });
    expect(new Set(entries).size).toBe(2500);
    expect(nextMarkers).toEqual([undefined, undefined, undefined]);
  });

  it('of more than 1000 folders is paged by NextMarker, and folders count', async () => {
    const { simulator, client } = await startWithClient();
    for (let i = 0; i < 1500; i += 1) {
      simulator.putObject('obsName', `p/f${String(i).padStart(4, '0')}/1`, { size: 1 });
      simulator.putObject('obsName', `p/f${String(i).padStart(4, '0')}/2`, { size: 1 });
    }
    const { entries, nextMarkers } = await pageThrough(client, { Prefix: 'p/', Delimiter: '/' });
    expect(entries).toHaveLength(1500);
    expect(new Set(entries).size).toBe(1500);
    expect(nextMarkers).toEqual(['p/f0999/', undefined]);
  });

  it('by version 2 gives the first page forever, and so does encoding-type', async () => {
    const { simulator, client } = await startWithClient();
    for (let i = 0; i < 3; i += 1) simulator.putObject('obsName', `k${i}`, { size: 1 });
    const v2 = await client.send(
      new ListObjectsV2Command({ Bucket: 'obsName', MaxKeys: 2, ContinuationToken: 'x', StartAfter: 'k1' }),
    );
    expect(v2.Contents?.map(({ Key }) => Key)).toEqual(['k0', 'k1']);
    expect(v2.NextContinuationToken).toBeUndefined();
    const encoded = await client.send(
      new ListObjectsCommand({ Bucket: 'obsName', Marker: 'k1', EncodingType: 'url' }),
    );
    expect(encoded.Contents?.map(({ Key }) => Key)).toEqual(['k0', 'k1', 'k2']);
  });

  it('is up to date after each change', async () => {
    const { simulator, client } = await startWithClient();
    const keys = async () => {
      const { Contents = [] } = await client.send(new ListObjectsCommand({ Bucket: 'obsName' }));
      return Contents.map(({ Key }) => Key);
    };
    simulator.putObject('obsName', 'b', { size: 1 });
    expect(await keys()).toEqual(['b']);
    simulator.putObject('obsName', 'a', { size: 1 });
    expect(await keys()).toEqual(['a', 'b']);
    simulator.removeObject('obsName', 'b');
    expect(await keys()).toEqual(['a']);
  });

  it('of a bucket that its owner has deleted is none', async () => {
    const { simulator, client } = await startWithClient();
    simulator.removeBucket('obsName');
    const listing = client.send(new ListObjectsCommand({ Bucket: 'obsName' }));
    await expect(listing).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });

  it('escapes what XML does not take', async () => {
    const { simulator, client } = await startWithClient();
    simulator.putObject('obsName', `a<b>&"'.mp4`, { size: 1 });
    const { Contents } = await client.send(new ListObjectsCommand({ Bucket: 'obsName', Prefix: 'a<' }));
    expect(Contents?.map(({ Key }) => Key)).toEqual([`a<b>&"'.mp4`]);
  });

  it('shows an object only after the delay; the object itself is there', async () => {
    const { simulator, client } = await startWithClient({ timeScale: 10, listDelayMs: 10_000 });
    simulator.putObject('obsName', 'late', { size: 5 });
    const listed = async () =>
      (await client.send(new ListObjectsCommand({ Bucket: 'obsName' }))).Contents?.length ?? 0;
    expect(await listed()).toBe(0);
    expect((await client.send(new HeadObjectCommand({ Bucket: 'obsName', Key: 'late' }))).ContentLength).toBe(5);
    await expect.poll(listed, { timeout: 4000 }).toBe(1);
  });

  it('of a bucket that is not there is a 404', async () => {
    const { client } = await startWithClient();
    const listing = client.send(new ListObjectsCommand({ Bucket: 'nothing' }));
    await expect(listing).rejects.toMatchObject({ name: 'NoSuchBucket', $metadata: { httpStatusCode: 404 } });
  });
});

describe('an object', () => {
  it('has its true size by HEAD, by GET and by a range', async () => {
    const { simulator, client } = await startWithClient();
    simulator.putObject('obsName', 'film.mp4', { size: 200_000 });
    const target = { Bucket: 'obsName', Key: 'film.mp4' };
    expect((await client.send(new HeadObjectCommand(target))).ContentLength).toBe(200_000);
    const whole = await client.send(new GetObjectCommand(target));
    expect((await whole.Body?.transformToByteArray())?.length).toBe(200_000);
    const part = await client.send(new GetObjectCommand({ ...target, Range: 'bytes=100000-' }));
    expect(part).toMatchObject({ ContentLength: 100_000, ContentRange: 'bytes 100000-199999/200000' });
    expect((await part.Body?.transformToByteArray())?.length).toBe(100_000);
    const beyond = client.send(new GetObjectCommand({ ...target, Range: 'bytes=200000-' }));
    await expect(beyond).rejects.toMatchObject({ $metadata: { httpStatusCode: 416 } });
  });

  it('can be put, read and deleted', async () => {
    const { simulator, client } = await startWithClient();
    const target = { Bucket: 'obsName', Key: 'a/b' };
    const { ETag } = await client.send(new PutObjectCommand({ ...target, Body: 'hello world' }));
    const part = await client.send(new GetObjectCommand({ ...target, Range: 'bytes=-5' }));
    expect(await part.Body?.transformToString()).toBe('world');
    expect(part.ETag).toBe(ETag);
    await client.send(new DeleteObjectCommand(target));
    await expect(client.send(new GetObjectCommand(target))).rejects.toMatchObject({ name: 'NoSuchKey' });
    simulator.putObject('obsName', 'c', { size: 1 });
    simulator.removeObject('obsName', 'c');
    expect(simulator.objects('obsName')).toEqual([]);
  });
});

it('responds a path that cannot be decoded', async () => {
  const simulator = await startSimulator();
  for (const path of ['/obsName/%zz', '/obsName?prefix=%zz']) {
    const { status } = await fetch(simulator.url + path);
    expect(status).toBe(400);
  }
});

describe('what OBS may respond instead', () => {
  const list = (simulator: Simulator, secretAccessKey = ACCESS_KEY.secretKey) =>
    s3(simulator, { accessKeyId: ACCESS_KEY.accessKey, secretAccessKey }).send(
      new ListObjectsCommand({ Bucket: 'obsName' }),
    );
  const error = (name: string, status: number) => ({ name, $metadata: { httpStatusCode: status } });

  it('is a redirect while DNS is being updated', async () => {
    const { simulator } = await startWithClient({ obsRedirects: 2 });
    for (let i = 0; i < 2; i += 1)
      await expect(list(simulator)).rejects.toMatchObject(error('TemporaryRedirect', 307));
    expect((await list(simulator)).$metadata.httpStatusCode).toBe(200);
  });

  it('is a redirect to the region of the bucket', async () => {
    const { simulator } = await startWithClient({ obsRegion: 'cn-east-2' });
    await expect(list(simulator)).rejects.toMatchObject({ ...error('PermanentRedirect', 301) });
    const here = await startWithClient({ obsRegion: 'cn-north-4' });
    expect((await list(here.simulator)).$metadata.httpStatusCode).toBe(200);
  });

  it('is that a key had too many wrong signatures, for a while', async () => {
    const { simulator } = await startWithClient({ obsWrongSignatures: 2, timeScale: 2_000 });
    for (let i = 0; i < 2; i += 1)
      await expect(list(simulator, 'wrong')).rejects.toMatchObject(error('SignatureDoesNotMatch', 403));
    await expect(list(simulator)).rejects.toMatchObject(error('TooManyWrongSignature', 400));
    const lockedAt = simulator.clock.now();
    await expect.poll(() => simulator.clock.now() - lockedAt, { timeout: 60_000 }).toBeGreaterThan(300_000);
    expect((await list(simulator)).$metadata.httpStatusCode).toBe(200);
  });
});
