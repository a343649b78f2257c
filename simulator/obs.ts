import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { checkAwsSignature } from './awsSignature.js';
import type { Clock } from './clock.js';
import { pathOf } from './faults.js';
import type { Iam } from './iam.js';
import { Lockout } from './lockout.js';
import { bytesOf, listPage, type Bucket, type ObjectStore, type StoredObject } from './objectStore.js';
import type { Settings } from './options.js';

const ERRORS = {
  AccessDenied: { status: 403, message: 'Access Denied' },
  InvalidAccessKeyId: { status: 403, message: 'The access key ID you provided does not exist in our records.' },
  SignatureDoesNotMatch: {
    status: 403,
    message: 'The request signature we calculated does not match the signature you provided.',
  },
  RequestTimeTooSkewed: {
    status: 403,
    message: 'The difference between the request time and the server time is too large.',
  },
  XAmzContentSHA256Mismatch: {
    status: 400,
    message: 'The provided x-amz-content-sha256 header does not match what was computed.',
  },
  NotImplemented: { status: 501, message: 'A header you provided implies functionality that is not implemented.' },
  TooManyWrongSignature: { status: 400, message: 'Too many wrong signatures. Try again later.' },
  TemporaryRedirect: { status: 307, message: 'You are being redirected to the bucket while DNS updates.' },
  PermanentRedirect: { status: 301, message: 'The bucket must be addressed by the endpoint of its own region.' },
  InvalidArgument: { status: 400, message: 'Invalid Argument' },
  InvalidURI: { status: 400, message: 'The URI cannot be parsed.' },
  InvalidRange: { status: 416, message: 'The requested range cannot be satisfied.' },
  NoSuchBucket: { status: 404, message: 'The specified bucket does not exist.' },
  NoSuchKey: { status: 404, message: 'The specified key does not exist.' },
  PreconditionFailed: { status: 412, message: 'At least one of the preconditions you specified did not hold.' },
  MethodNotAllowed: { status: 405, message: 'The specified method is not allowed against this resource.' },
} as const;

type ObsErrorCode = keyof typeof ERRORS;

const PAGE_SIZE = 1000;
const SIGNATURE_LOCK_MS = 5 * 60_000;

const CONTENT_TYPES: Record<string, string> = {
  '.mp4': 'video/mp4',
  '.m3u8': 'application/vnd.apple.mpegurl',
  '.ts': 'video/mp2t',
  '.json': 'application/json',
};

/**
 * OBS in path style: `/{bucket}` and `/{bucket}/{key}`, with ListObjects V1 only. Like the real service, it returns
 * the first page forever for a V2 listing, and for one with `encoding-type`.
 * Source: OBS API reference, "Listing Objects in a Bucket".
 */
export function obs(
  http: FastifyInstance,
  deps: { settings: Settings; clock: Clock; iam: Iam; store: ObjectStore },
): void {
  const { settings, clock, iam, store } = deps;
  const signers = new Lockout(clock, { failures: settings.obsWrongSignatures, lockMs: SIGNATURE_LOCK_MS });
  let redirects = settings.obsRedirects;

  http.addHook('onRequest', (_request, reply, done) => {
    reply.header('x-obs-request-id', randomBytes(16).toString('hex').toUpperCase());
    // A client whose clock is wrong gets the right time from here.
    if (settings.dateHeader) reply.header('Date', new Date(clock.wallNow()).toUTCString());
    done();
  });

  http.route({
    method: ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'],
    url: '/*',
    handler: (request, reply) => {
      const target = targetOf(request);
      if (target === undefined) return obsError(reply, 'InvalidURI');
      if (redirects > 0) {
        redirects -= 1;
        return obsError(reply.header('Location', request.url), 'TemporaryRedirect');
      }
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      let signer = '';
      const problem = checkAwsSignature(
        { method: request.method, url: request.url, headers: request.headers, body },
        (accessKey) => iam.findKey((signer = accessKey)),
        clock.wallNow(),
      );
      if (signers.isLocked(signer)) return obsError(reply, 'TooManyWrongSignature');
      if (problem === 'SignatureDoesNotMatch') signers.failed(signer);
      if (problem) return obsError(reply, problem);
      signers.succeeded(signer);
      const bucket = store.buckets.get(target.bucket);
      if (bucket === undefined) return obsError(reply, 'NoSuchBucket');
      if (settings.obsRegion !== undefined && bucket.location !== settings.obsRegion) {
        return obsError(reply.header('x-amz-bucket-region', bucket.location), 'PermanentRedirect');
      }
      if (target.key === '') return bucketCall(request, reply, store, bucket);
      return objectCall(request, reply, store, bucket, target.key, body);
    },
  });
}

function bucketCall(request: FastifyRequest, reply: FastifyReply, store: ObjectStore, bucket: Bucket) {
  if (request.method === 'HEAD') return reply.header('x-amz-bucket-region', bucket.location).send();
  if (request.method !== 'GET') return obsError(reply, 'MethodNotAllowed');
  const query = request.query as Record<string, string | undefined>;
  const requested = Number(query['max-keys'] || PAGE_SIZE);
  if (!Number.isInteger(requested)) return obsError(reply, 'InvalidArgument');
  const maxKeys = requested >= 1 && requested <= PAGE_SIZE ? requested : PAGE_SIZE;
  const { prefix = '', delimiter = '', marker: given = '' } = query;
  const marker = query['encoding-type'] === undefined ? given : '';
  const page = listPage(store.listable(bucket), { prefix, delimiter, marker, maxKeys });
  const elements = [
    element('Name', bucket.name),
    element('Prefix', prefix),
    element('Marker', marker),
    page.isTruncated && delimiter && page.last ? element('NextMarker', page.last) : '',
    element('MaxKeys', String(maxKeys)),
    delimiter && element('Delimiter', delimiter),
    element('IsTruncated', String(page.isTruncated)),
    ...page.contents.map(contents),
    ...page.commonPrefixes.map((common) => `<CommonPrefixes>${element('Prefix', common)}</CommonPrefixes>`),
  ];
  return xml(
    reply,
    `<ListBucketResult xmlns="http://obs.myhwclouds.com/doc/2015-06-30/">${elements.join('')}</ListBucketResult>`,
  );
}

function contents(object: StoredObject): string {
  const fields = [
    element('Key', object.key),
    element('LastModified', new Date(object.lastModified).toISOString()),
    element('ETag', `"${object.etag}"`),
    element('Size', String(object.size)),
    element('StorageClass', 'STANDARD'),
  ];
  return `<Contents>${fields.join('')}</Contents>`;
}

function objectCall(
  request: FastifyRequest,
  reply: FastifyReply,
  store: ObjectStore,
  bucket: Bucket,
  key: string,
  body: Buffer,
) {
  const isNew = request.headers['if-none-match'] === '*';
  if (request.method === 'PUT' && isNew && bucket.objects.has(key)) return obsError(reply, 'PreconditionFailed');
  if (request.method === 'PUT')
    return reply.header('ETag', `"${store.put(bucket, key, { content: body }).etag}"`).send();
  if (request.method === 'DELETE') {
    store.remove(bucket, key);
    return reply.code(204).send();
  }
  if (request.method === 'POST') return obsError(reply, 'MethodNotAllowed');
  const object = bucket.objects.get(key);
  if (object === undefined) return obsError(reply, 'NoSuchKey');
  reply.headers({
    ETag: `"${object.etag}"`,
    'Last-Modified': new Date(object.lastModified).toUTCString(),
    'Accept-Ranges': 'bytes',
    'Content-Type': CONTENT_TYPES[key.slice(key.lastIndexOf('.'))] ?? 'application/octet-stream',
  });
  const range = rangeOf(request.headers.range, object.size);
  if (range === 'unsatisfiable') return obsError(reply, 'InvalidRange');
  if (range) reply.code(206).header('Content-Range', `bytes ${range.from}-${range.to}/${object.size}`);
  const { from, to } = range ?? { from: 0, to: object.size - 1 };
  reply.header('Content-Length', to - from + 1);
  if (request.method === 'HEAD') return reply.send();
  return reply.send(Readable.from(bytesOf(object, from, to)));
}

/** One range of bytes, both ends included; undefined, the whole object, for anything else. */
function rangeOf(
  header: string | undefined,
  size: number,
): { from: number; to: number } | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return undefined;
  const from = match[1] === '' ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const to = match[1] === '' || match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  return from > to ? 'unsatisfiable' : { from, to };
}

function targetOf(request: FastifyRequest): { bucket: string; key: string } | undefined {
  try {
    // The query must be decodable too, for the signature.
    decodeURIComponent(request.url);
    const [bucket = '', ...key] = pathOf(request).slice(1).split('/').map(decodeURIComponent);
    return { bucket, key: key.join('/') };
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

function obsError(reply: FastifyReply, code: ObsErrorCode) {
  const { status, message } = ERRORS[code];
  reply.code(status);
  if (reply.request.method === 'HEAD') return reply.removeHeader('Content-Type').send();
  const requestId = String(reply.getHeader('x-obs-request-id'));
  return xml(
    reply,
    `<Error>${element('Code', code)}${element('Message', message)}${element('RequestId', requestId)}</Error>`,
  );
}

function xml(reply: FastifyReply, body: string) {
  return reply.type('application/xml').send(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n${body}`);
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

function element(name: string, text: string): string {
  return `<${name}>${text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char)}</${name}>`;
}
