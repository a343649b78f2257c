import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { checkAwsSignature } from './awsSignature.js';
import type { Clock } from './clock.js';
import { pathOf } from './faults.js';
import type { Iam } from './iam.js';
import { listPage, type Bucket, type ObjectStore, type StoredObject } from './objectStore.js';

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
  InvalidArgument: { status: 400, message: 'Invalid Argument' },
  InvalidURI: { status: 400, message: 'The URI cannot be parsed.' },
  InvalidRange: { status: 416, message: 'The requested range cannot be satisfied.' },
  NoSuchBucket: { status: 404, message: 'The specified bucket does not exist.' },
  NoSuchKey: { status: 404, message: 'The specified key does not exist.' },
  MethodNotAllowed: { status: 405, message: 'The specified method is not allowed against this resource.' },
} as const;

type ObsErrorCode = keyof typeof ERRORS;

const PAGE_SIZE = 1000;

/**
 * OBS in path style: `/{bucket}` and `/{bucket}/{key}`, with ListObjects V1 only. A V2 listing is answered as the first page of a V1 listing, and
 * `encoding-type` takes the marker away: whoever pages by either of them gets the first page for ever, as on the real service.
 * Source: OBS API reference, "Listing Objects in a Bucket".
 */
export function obs(http: FastifyInstance, store: ObjectStore, iam: Iam, clock: Clock): void {
  http.addHook('onRequest', (_request, reply, done) => {
    reply.header('x-obs-request-id', randomBytes(16).toString('hex').toUpperCase());
    // A client whose signature was too old or too new learns the right time from here.
    reply.header('Date', new Date(clock.wallNow()).toUTCString());
    done();
  });

  http.route({
    method: ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'],
    url: '/*',
    handler: (request, reply) => {
      const target = targetOf(request);
      if (target === undefined) return obsError(reply, 'InvalidURI');
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const problem = checkAwsSignature(
        { method: request.method, url: request.url, headers: request.headers, body },
        (accessKey) => iam.findKey(accessKey),
        clock.wallNow(),
      );
      if (problem) return obsError(reply, problem);
      const bucket = store.buckets.get(target.bucket);
      if (bucket === undefined) return obsError(reply, 'NoSuchBucket');
      if (target.key === '') return bucketCall(request, reply, store, bucket);
      return objectCall(request, reply, store, bucket, target.key, body);
    },
  });
}

function bucketCall(request: FastifyRequest, reply: FastifyReply, store: ObjectStore, bucket: Bucket) {
  if (request.method === 'HEAD') return reply.header('x-amz-bucket-region', bucket.location).send();
  if (request.method !== 'GET') return obsError(reply, 'MethodNotAllowed');
  const query = request.query as Record<string, string | undefined>;
  const asked = Number(query['max-keys'] || PAGE_SIZE);
  if (!Number.isInteger(asked)) return obsError(reply, 'InvalidArgument');
  const maxKeys = asked >= 1 && asked <= PAGE_SIZE ? asked : PAGE_SIZE;
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
    'Content-Type': 'application/octet-stream',
  });
  const range = rangeOf(request.headers.range, object.size);
  if (range === 'unsatisfiable') return obsError(reply, 'InvalidRange');
  if (range) reply.code(206).header('Content-Range', `bytes ${range.from}-${range.to}/${object.size}`);
  const { from, to } = range ?? { from: 0, to: object.size - 1 };
  reply.header('Content-Length', to - from + 1);
  if (request.method === 'HEAD') return reply.send();
  return reply.send(object.content ? object.content.subarray(from, to + 1) : Readable.from(zeros(to - from + 1)));
}

function* zeros(count: number): Generator<Buffer> {
  const chunk = Buffer.alloc(64 * 1024);
  for (let left = count; left > 0; left -= chunk.length) yield chunk.subarray(0, Math.min(left, chunk.length));
}

/** One range of bytes, both ends included; anything else is answered with the whole object. */
function rangeOf(header: string | undefined, size: number): { from: number; to: number } | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return undefined;
  const from = match[1] === '' ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const to = match[1] === '' || match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  return from > to ? 'unsatisfiable' : { from, to };
}

function targetOf(request: FastifyRequest): { bucket: string; key: string } | undefined {
  try {
    // The whole of it has to be decodable: the signature is checked over the query too.
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
