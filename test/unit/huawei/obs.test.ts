import dns from 'node:dns';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  AbortedError,
  ConnectionLostError,
  classifyError,
  NotSentError,
  StatusError,
  InvalidResponseError,
} from '../../../src/huawei/errors.js';
import type { Observation } from '../../../src/huawei/http.js';
import { ObsClient, ObsListingStuckError } from '../../../src/huawei/obs.js';
import type { ObsKeySource } from '../../../src/huawei/obsCredentials.js';
import { everythingOf, failureOf, hang, reset, scriptedServer, text, type Script } from './scriptedServer.js';

const keys = () =>
  Promise.resolve({ accessKey: 'AK', secretKey: 'canary-secret', securityToken: 'canary-security-token' });
const place = { bucket: 'recordings', location: 'cn-north-4' };

async function bucketThatResponds(...scripts: Script[]) {
  return bucketOf(keys, ...scripts);
}

async function bucketOf(keySource: ObsKeySource, ...scripts: Script[]) {
  const server = await scriptedServer();
  server.respondWith(...scripts);
  const observations: Observation[] = [];
  const onResponse = (observation: Observation) => observations.push(observation);
  const obs = new ObsClient({ endpoint: server.url, pathStyle: true, keys: keySource, onResponse });
  onTestFinished(() => obs.close());
  return { server, obs, observations };
}

interface Listing {
  keys?: string[];
  folders?: string[];
  truncated?: boolean;
  nextMarker?: string;
}

/** A listing as the vendor writes it. */
function listing({ keys: listed = [], folders = [], truncated = false, nextMarker }: Listing): Script {
  const contents = listed.map(
    (key) =>
      `<Contents><Key>${key}</Key><LastModified>2021-04-21T10:51:55.000Z</LastModified><ETag>"e1"</ETag><Size>26254952</Size></Contents>`,
  );
  const prefixes = folders.map((folder) => `<CommonPrefixes><Prefix>${folder}</Prefix></CommonPrefixes>`);
  return text(
    200,
    'application/xml',
    `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://obs.myhwclouds.com/doc/2015-06-30/"><Name>recordings</Name>` +
      `<IsTruncated>${truncated}</IsTruncated>${nextMarker ? `<NextMarker>${nextMarker}</NextMarker>` : ''}${contents.join('')}${prefixes.join('')}</ListBucketResult>`,
  );
}

function rejection(status: number, code: string, message: string): Script {
  const signed = '<StringToSign>canary</StringToSign><CanonicalRequest>canary</CanonicalRequest>';
  const xml = `<Error><Code>${code}</Code><Message>${message}</Message>${signed}</Error>`;
  return text(status, 'application/xml', xml, { 'x-obs-request-id': 'obs-1' });
}

async function collect<T>(pages: AsyncIterable<T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}

describe('a rejection', () => {
  const failure = async (...script: Parameters<typeof text>) => {
    const { obs } = await bucketThatResponds(text(...script));
    return failureOf(obs.listPage(place));
  };

  it.each([
    [301, { 'x-obs-bucket-location': 'cn-south-1' }, 'is in another region, cn-south-1'],
    [301, {}, 'is in another region: correct location'],
  ])('with %i %j says where the bucket is', async (status, headers, expected) => {
    const xml = '<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>';
    const error = await failure(status, 'application/xml', xml, headers);
    expect(error).toBeInstanceOf(StatusError);
    expect(String(error)).toContain(expected);
    expect(classifyError(error).retry).toBe(false);
  });

  it('with 307 is retried: OBS redirects while its addresses change', async () => {
    const xml = '<Error><Code>TemporaryRedirect</Code><Message>later</Message></Error>';
    expect(classifyError(await failure(307, 'application/xml', xml))).toMatchObject({ retry: true });
  });
});

describe('the name of a bucket', () => {
  it.each([
    ['recordings-1', false, false],
    ['obsName', false, true],
    ['my.bucket', false, true],
    ['obsName', true, false],
  ])('%s, in path style %s, needs path style: %s', (bucket, pathStyle, expected) => {
    const problem = new ObsClient({ pathStyle, keys }).addressingProblem(bucket);
    expect(problem !== undefined).toBe(expected);
    if (expected) expect(problem).toContain(bucket);
  });
});

describe('a listing', () => {
  it('is requested in version 1 and in path style, and read', async () => {
    const { server, obs } = await bucketThatResponds(listing({ keys: ['Record/a b.mp4'] }));
    expect(await collect(obs.list({ ...place, prefix: 'Record/ä' }))).toEqual([
      { key: 'Record/a b.mp4', size: 26254952, etag: 'e1', lastModified: '2021-04-21T10:51:55.000Z' },
    ]);
    expect(server.requests).toMatchObject([{ method: 'GET', url: '/recordings/?prefix=Record%2F%C3%A4' }]);
    expect(server.requests[0]?.headers).toMatchObject({ 'x-amz-security-token': 'canary-security-token' });
    expect(server.requests[0]?.headers.authorization).toContain('/cn-north-4/s3/aws4_request');
  });

  it('continues after the last key where the vendor does not say where', async () => {
    const { server, obs } = await bucketThatResponds(
      listing({ keys: ['a', 'b'], truncated: true }),
      listing({ keys: ['c'], truncated: true, nextMarker: 'c2' }),
      listing({ keys: ['d'] }),
    );
    expect((await collect(obs.list(place))).map(({ key }) => key)).toEqual(['a', 'b', 'c', 'd']);
    expect(server.requests.map(({ url }) => new URL(url, 'http://x').searchParams.get('marker'))).toEqual([
      null,
      'b',
      'c2',
    ]);
  });

  it.each([
    [
      'the same page comes again',
      [listing({ keys: ['a', 'b'], truncated: true }), listing({ keys: ['a', 'b'], truncated: true })],
      2,
    ],
    [
      'the marker goes back',
      [listing({ keys: ['b'], truncated: true }), listing({ keys: ['c'], truncated: true, nextMarker: 'a' })],
      2,
    ],
    ['a page is empty and not the last', [listing({ truncated: true })], 1],
  ])('ends when %s', async (_, scripts, calls) => {
    const { server, obs } = await bucketThatResponds(...scripts, ...scripts);
    const error = await failureOf(collect(obs.list(place)));
    expect(error).toBeInstanceOf(ObsListingStuckError);
    expect(classifyError(error)).toMatchObject({ kind: 'unreadable', retry: true });
    expect(server.requests).toHaveLength(calls);
  });

  it('orders markers by their bytes, as the vendor does', async () => {
    // In UTF-16 the order of the two is the other way round.
    const { obs } = await bucketThatResponds(
      listing({ keys: ['\uffee'], truncated: true }),
      listing({ keys: ['\u{1f600}'], truncated: true }),
      listing({}),
    );
    expect(await collect(obs.list(place))).toHaveLength(2);
  });

  it('of folders collects those of all pages, each once', async () => {
    const { server, obs } = await bucketThatResponds(
      listing({ keys: ['Record/0'], folders: ['Record/a/', 'Record/b/'], truncated: true }),
      listing({ keys: ['Record/z'], folders: ['Record/b/', 'Record/c/'] }),
    );
    expect(await obs.listFolders({ ...place, prefix: 'Record/' })).toEqual({
      folders: ['Record/a/', 'Record/b/', 'Record/c/'],
      cut: false,
    });
    expect(server.requests[1]?.url).toBe('/recordings/?delimiter=%2F&marker=Record%2Fb%2F&prefix=Record%2F');
  });

  it('of folders ends at the limit, and says so', async () => {
    const folders = ['a/', 'b/', 'c/'];
    const { obs } = await bucketThatResponds(listing({ folders }), listing({ folders }));
    expect(await obs.listFolders({ ...place, limit: 2 })).toEqual({ folders: ['a/', 'b/'], cut: true });
    expect(await obs.listFolders({ ...place, limit: 3 })).toEqual({ folders, cut: false });
  });
});

describe('a failed listing', () => {
  it.each([
    [
      'no such bucket',
      rejection(404, 'NoSuchBucket', 'The bucket does not exist.'),
      { status: 404, errorCode: 'NoSuchBucket', requestId: 'obs-1' },
    ],
    [
      'a wrong signature',
      rejection(403, 'SignatureDoesNotMatch', 'canary-secret'),
      { status: 403, errorCode: 'SignatureDoesNotMatch' },
    ],
    [
      'too many calls',
      rejection(503, 'SlowDown', 'Please reduce your request rate.'),
      { status: 503, errorCode: 'SlowDown' },
    ],
    [
      'another region',
      rejection(301, 'PermanentRedirect', 'Elsewhere.'),
      { status: 301, errorCode: 'PermanentRedirect' },
    ],
    ['a proxy’s page', text(502, 'text/html', '<html>bad <br> gateway</html>'), { status: 502, errorCode: undefined }],
    [
      'nothing but a status',
      text(503, 'text/plain', '', { 'Retry-After': '3' }),
      { status: 503, retryAfterMs: 3_000 },
    ],
  ])('is a rejection: %s', async (_, script, fields) => {
    const { server, obs, observations } = await bucketThatResponds(script);
    const error = await failureOf(obs.listPage({ ...place, prefix: 'Record/' }));
    expect(error).toBeInstanceOf(StatusError);
    expect(error).toMatchObject({ call: 'OBS GET /recordings?prefix=Record/', ...fields });
    expect(everythingOf(error)).not.toContain('canary');
    expect(observations).toMatchObject([{ service: 'OBS', call: 'GET /{bucket}', status: fields.status }]);
    expect(server.requests).toHaveLength(1);
  });

  it('says what was rejected, why and in which request', async () => {
    const { obs } = await bucketThatResponds(rejection(404, 'NoSuchBucket', 'The bucket does not exist'));
    expect(await failureOf(obs.listPage(place))).toHaveProperty(
      'message',
      'OBS GET /recordings?prefix= was rejected with 404 NoSuchBucket: The bucket does not exist (request id obs-1).',
    );
  });

  it.each([
    ['a proxy’s page', text(200, 'text/html', '<html><body>proxy says hi</body></html>')],
    ['a page that is no XML', text(200, 'text/html', '<html>proxy <br> says hi</html>')],
    ['nothing', text(200, 'application/xml', '')],
    [
      'half a listing',
      text(200, 'application/xml', '<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a'),
    ],
  ])('is a response that cannot be read: %s', async (_, script) => {
    const { obs, observations } = await bucketThatResponds(script);
    const error = await failureOf(obs.listPage(place));
    expect(error).toBeInstanceOf(InvalidResponseError);
    expect(error).toMatchObject({ status: 200 });
    expect(observations).toMatchObject([{ kind: 'unreadable' }]);
  });

  it.each([
    ['before the response', reset],
    [
      'in the middle of the response',
      ((response, socket) => {
        response.writeHead(200, { 'Content-Length': '1000' });
        response.write('<ListBucketResult>', () => setImmediate(() => socket.destroy()));
      }) satisfies Script,
    ],
  ])('is a connection that was lost %s', async (_, script) => {
    const { obs } = await bucketThatResponds(script);
    expect(await failureOf(obs.listPage(place))).toBeInstanceOf(ConnectionLostError);
  });

  it.each([
    ['no one listens', 'http://127.0.0.1:1', 'ECONNREFUSED'],
    ['there is no such host', 'http://no-such-host.invalid', /ENOTFOUND|EAI_AGAIN/],
  ])('was not sent, because %s', async (_, endpoint, code) => {
    const obs = new ObsClient({ endpoint, pathStyle: true, keys });
    onTestFinished(() => obs.close());
    const error = await failureOf(obs.listPage(place));
    expect(error).toBeInstanceOf(NotSentError);
    expect((error as Error).message).toMatch(code);
  });

  it('came to a server that speaks no TLS', async () => {
    const server = await scriptedServer();
    const obs = new ObsClient({ endpoint: server.url.replace('http', 'https'), pathStyle: true, keys });
    onTestFinished(() => obs.close());
    expect(await failureOf(obs.listPage(place))).toBeInstanceOf(NotSentError);
  });

  it.each([
    ['before the response', hang],
    [
      'in the middle of the response',
      ((response) => {
        response.writeHead(200, { 'Content-Length': '1000' });
        response.write('<ListBucketResult>');
      }) satisfies Script,
    ],
  ])('was called off %s', async (_, script) => {
    const { obs } = await bucketThatResponds(script);
    const error = await failureOf(obs.listPage({ ...place, signal: AbortSignal.timeout(100) }));
    expect(error).toBeInstanceOf(AbortedError);
  });

  it('says why there are no keys', async () => {
    const rejected = new StatusError('no', { call: 'IAM POST /v3/auth/tokens', status: 401 });
    const obs = new ObsClient({
      endpoint: 'http://127.0.0.1:1',
      pathStyle: true,
      keys: () => Promise.reject(rejected),
    });
    onTestFinished(() => obs.close());
    expect(await failureOf(obs.listPage(place))).toBe(rejected);
  });
});

it('goes to the public endpoint of the bucket’s region, with the bucket in the host’s name', async () => {
  const lookup = vi.spyOn(dns, 'lookup').mockImplementation((...parameters: unknown[]) => {
    const callback = parameters.at(-1) as (error: Error) => void;
    callback(Object.assign(new Error('no names in this test'), { code: 'ENOTFOUND' }));
  });
  const obs = new ObsClient({ pathStyle: false, keys });
  onTestFinished(() => {
    obs.close();
    lookup.mockRestore();
  });
  expect(await failureOf(obs.listPage(place))).toBeInstanceOf(NotSentError);
  expect(lookup.mock.calls[0]?.[0]).toBe('recordings.obs.cn-north-4.myhuaweicloud.com');
});

describe('a rejected signature', () => {
  /** Temporary keys: a new pair for each that was rejected. */
  function renewable(): { source: ObsKeySource; rejected: string[] } {
    const rejected: string[] = [];
    const source: ObsKeySource = (one) => {
      if (one !== undefined) rejected.push(one);
      const accessKey = `AK${rejected.length + 1}`;
      return Promise.resolve({ accessKey, secretKey: 's', expiresAt: new Date(Date.now() + 3_600_000) });
    };
    return { source, rejected };
  }

  it.each([
    [403, 'InvalidAccessKeyId'],
    [400, 'ExpiredToken'],
  ])('of keys that died before their time (%d %s) is created again with others, once', async (status, code) => {
    const { source, rejected } = renewable();
    const again = rejection(status, code, 'no');
    const { server, obs } = await bucketOf(source, again, listing({ keys: ['a'] }), again, again);
    expect(await collect(obs.list(place))).toHaveLength(1);
    expect(rejected).toEqual(['AK1']);
    expect(server.requests.map(({ headers }) => /Credential=(\w+)/.exec(headers.authorization ?? '')?.[1])).toEqual([
      'AK1',
      'AK2',
    ]);
    expect(await failureOf(collect(obs.list(place)))).toMatchObject({ errorCode: code });
    expect(server.requests).toHaveLength(4);
  });

  it('of permanent keys is final', async () => {
    const { server, obs } = await bucketThatResponds(rejection(403, 'InvalidAccessKeyId', 'no'));
    expect(await failureOf(collect(obs.list(place)))).toMatchObject({ errorCode: 'InvalidAccessKeyId' });
    expect(server.requests).toHaveLength(1);
  });

  it('of a clock that differs is created again by the vendor’s', async () => {
    const theirTime = new Date(Date.now() + 3 * 3_600_000);
    const { server, obs } = await bucketThatResponds(
      (response, socket) => {
        response.setHeader('Date', theirTime.toUTCString());
        rejection(403, 'RequestTimeTooSkewed', 'no')(response, socket);
      },
      listing({ keys: ['a'] }),
    );
    expect(await collect(obs.list(place))).toHaveLength(1);
    const hour = theirTime.toISOString().slice(0, 13).replaceAll('-', '');
    expect(server.requests[1]?.headers['x-amz-date']).toContain(hour);
  });
});

it('reads nothing that is meant for AWS', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'aws-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const file = join(directory, 'config');
  await writeFile(file, '[default]\nuse_fips_endpoint = perhaps\nretry_mode = perhaps\ndefaults_mode = perhaps\n');
  for (const [name, value] of Object.entries({
    AWS_CONFIG_FILE: file,
    AWS_SHARED_CREDENTIALS_FILE: file,
    AWS_PROFILE: 'nowhere',
    AWS_REGION: 'eu-west-1',
    AWS_USE_FIPS_ENDPOINT: 'true',
    AWS_USE_DUALSTACK_ENDPOINT: 'true',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9',
    AWS_DEFAULTS_MODE: 'perhaps',
    AWS_RETRY_MODE: 'perhaps',
    AWS_MAX_ATTEMPTS: 'perhaps',
    AWS_AUTH_SCHEME_PREFERENCE: 'sigv4a',
    AWS_SIGV4A_SIGNING_REGION_SET: 'eu-west-1',
    AWS_S3_USE_ARN_REGION: 'perhaps',
    AWS_S3_DISABLE_EXPRESS_SESSION_AUTH: 'perhaps',
    AWS_REQUEST_CHECKSUM_CALCULATION: 'perhaps',
    AWS_SDK_UA_APP_ID: 'x'.repeat(100),
  })) {
    vi.stubEnv(name, value);
  }
  onTestFinished(() => void vi.unstubAllEnvs());
  const { server, obs } = await bucketThatResponds(listing({ keys: ['a.mp4'] }));
  expect((await obs.listPage(place)).objects).toMatchObject([{ key: 'a.mp4' }]);
  expect(server.requests[0]?.headers['authorization']).toContain('/cn-north-4/s3/aws4_request');
  const links = new ObsClient({ pathStyle: false, keys });
  const { url } = await links.presign({ ...place, object: 'a.mp4', lifetimeMs: 60_000 });
  expect(new URL(url).host).toBe('recordings.obs.cn-north-4.myhuaweicloud.com');
});
