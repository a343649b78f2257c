import type { Readable } from 'node:stream';
import {
  GetObjectCommand,
  ListObjectsCommand,
  PutObjectCommand,
  S3Client,
  type ListObjectsCommandOutput,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { Deadline } from './deadline.js';
import { ConnectionLostError, hasErrorCode, StatusError, InvalidResponseError, type CallDetails } from './errors.js';
import { compareKeys } from './recordPrefix.js';
import { observed, type OnResponse } from './http.js';
import { obsFailure } from './obsErrors.js';
import type { ObsKeySource } from './obsCredentials.js';
import { present } from '../contract/present.js';
import { createNodeAgents } from '../network/connect.js';

// On Node 20 the SDK warns on standard error about its versions of 2027; ours is pinned below those.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const CONNECT_TIMEOUT = 5_000;
const CALL_TIMEOUT = 15_000;

/** Codes for expired and revoked keys. Source: OBS API reference, "Error Codes". */
const KEYS_REJECTED = new Set(['InvalidAccessKeyId', 'InvalidSecurity', 'InvalidToken', 'ExpiredToken']);

/** Our clock and the vendor's differ by more than 15 minutes; the SDK corrects this by the response. */
const TIME_REJECTED = 'RequestTimeTooSkewed';

/** What the SDK would otherwise read from variables and files of AWS, which are meant for others. */
const NOT_FROM_AWS: S3ClientConfig = {
  defaultsMode: 'legacy',
  retryMode: 'standard',
  authSchemePreference: ['sigv4'],
  useFipsEndpoint: false,
  useDualstackEndpoint: false,
  useArnRegion: false,
  disableS3ExpressSessionAuth: true,
  userAgentAppId: '',
};

/** One object of a listing. */
export interface ListedObject {
  key: string;
  /** Bytes. */
  size: number;
  /** Without its quotes. */
  etag?: string;
  /** ISO 8601, UTC. */
  lastModified?: string;
}

/** A bucket, or a part of it. */
export interface ListRequest {
  bucket: string;
  /** The region's id. */
  location: string;
  /** The beginning of the keys; default: all. */
  prefix?: string;
  signal?: AbortSignal | undefined;
}

type PageRequest = ListRequest & { delimiter?: string; marker?: string };

interface ListPage {
  objects: ListedObject[];
  /** With a delimiter: the common prefixes of keys, with the delimiter. */
  folders: string[];
  /** The marker of the next page; absent on the last. */
  next?: string;
}

/** Bytes of one object (its full key). */
export interface RangeRequest extends Omit<ListRequest, 'prefix'> {
  object: string;
  offset: number;
  /** At least 1. */
  length: number;
}

/** An object to write (its full key). */
export interface PutRequest extends Omit<ListRequest, 'prefix'> {
  object: string;
  body: Buffer;
  contentType: string;
}

/** An object (its full key), and how long a link to it is valid. */
export interface ObjectRequest extends Pick<ListRequest, 'bucket' | 'location'> {
  object: string;
  /** Milliseconds; OBS allows 7 days. */
  lifetimeMs: number;
}

export interface PresignedUrl {
  url: string;
  expiresAt: Date;
}

/** The next page of a listing would not begin after this one: it would never end. */
export class ObsListingStuckError extends InvalidResponseError {}

/**
 * Lists objects in buckets by ListObjects V1 (docs/decisions/listing-v1.md), reads, writes and links them. Retries
 * only requests with rejected keys or time, once.
 * Source: OBS API reference, "Listing Objects in a Bucket".
 */
export class ObsClient {
  private readonly clients = new Map<string, S3Client>();
  /** Must not appear in an error: the vendor's message may quote the request. */
  private secrets: string[] = [];

  /**
   * @param options `endpoint` defaults to the public one of the location, `https://obs.{location}.myhuaweicloud.com`;
   * `pathStyle` puts the bucket into the path instead of the host name (not supported by OBS itself)
   */
  constructor(
    private readonly options: {
      endpoint?: string | undefined;
      pathStyle: boolean;
      keys: ObsKeySource;
      onResponse?: OnResponse | undefined;
    },
  ) {}

  /** A warning about a bucket that cannot be part of a host name: OBS supports no other addressing. */
  addressingProblem(bucket: string): string | undefined {
    if (this.options.pathStyle || !needsPathStyle(bucket)) return undefined;
    return (
      `The bucket "${bucket}" has dots or capital letters in its name. It can only be addressed in path style, ` +
      'which OBS may reject: the files may be there without being listed.'
    );
  }

  /** All objects with the prefix, in pages of up to 1,000. */
  async *list(request: ListRequest): AsyncGenerator<ListedObject[], void> {
    for await (const page of this.pages(request)) yield page.objects;
  }

  /**
   * The folders directly below the prefix, which may end inside a name: `a/b` finds `a/b1/` and `a/b2/`.
   * @param request `limit`: the most folders to return; `cut` in the result: there are more
   */
  async listFolders(request: ListRequest & { limit?: number }): Promise<{ folders: string[]; cut: boolean }> {
    const { limit = Infinity } = request;
    const folders = new Set<string>();
    for await (const page of this.pages({ ...request, delimiter: '/' })) {
      for (const folder of page.folders) {
        if (folders.size === limit && !folders.has(folder)) return { folders: [...folders], cut: true };
        folders.add(folder);
      }
    }
    return { folders: [...folders], cut: false };
  }

  /**
   * One page of a listing.
   * @throws {ObsListingStuckError} if the next page would not begin after this one
   */
  listPage(request: PageRequest): Promise<ListPage> {
    const send = (sentAtMs: number) => this.exchange(request, sentAtMs);
    const attempt = () => observed('OBS GET /{bucket}', this.options.onResponse, send, () => 200);
    return this.retryIfKeysOrTimeRejected(attempt);
  }

  /**
   * Reads bytes of an object, fewer only if it ends before.
   * @throws {InvalidResponseError} for a response that has not the requested bytes, before its body is read
   */
  readRange(request: RangeRequest): Promise<Buffer> {
    const send = (sentAtMs: number) => this.exchangeRange(request, sentAtMs);
    const attempt = () => observed('OBS GET /{bucket}/{object}', this.options.onResponse, send, () => 206);
    return this.retryIfKeysOrTimeRejected(attempt);
  }

  /**
   * Writes an object, unless there is one already (`PreconditionFailed`). A store that does not know the condition
   * replaces it.
   */
  async putNew(request: PutRequest): Promise<{ etag: string }> {
    const put = (condition: { IfNoneMatch?: '*' }) => {
      const send = (sentAtMs: number) => this.exchangePut(request, condition, sentAtMs);
      const attempt = () => observed('OBS PUT /{bucket}/{object}', this.options.onResponse, send, () => 200);
      return this.retryIfKeysOrTimeRejected(attempt);
    };
    try {
      return await put({ IfNoneMatch: '*' });
    } catch (error) {
      if (!hasErrorCode(error, 'NotImplemented')) throw error;
      return put({});
    }
  }

  /**
   * A link that gives anyone read access to one object until it expires: a secret. Made without a request, even if
   * there is no such object. It expires with the temporary keys that sign it.
   */
  async presign(request: ObjectRequest): Promise<PresignedUrl> {
    const { bucket, object, location, lifetimeMs } = request;
    const { expiresAt } = await this.options.keys();
    const now = Date.now();
    const end = Math.min(now + lifetimeMs, expiresAt?.getTime() ?? Infinity);
    const expiresIn = Math.max(1, Math.floor((end - now) / 1_000));
    const command = new GetObjectCommand({ Bucket: bucket, Key: object });
    const url = await getSignedUrl(this.client(location), command, { expiresIn, signingDate: new Date(now) });
    return { url, expiresAt: new Date(now + expiresIn * 1_000) };
  }

  /** Closes the connections. */
  close(): void {
    for (const client of this.clients.values()) client.destroy();
    this.clients.clear();
  }

  private async retryIfKeysOrTimeRejected<T>(send: () => Promise<T>): Promise<T> {
    const { accessKey } = await this.options.keys();
    try {
      return await send();
    } catch (error) {
      const code = error instanceof StatusError ? error.errorCode : undefined;
      const otherKeys =
        code !== undefined && KEYS_REJECTED.has(code) && (await this.options.keys(accessKey)).accessKey !== accessKey;
      if (!otherKeys && code !== TIME_REJECTED) throw error;
      return await send();
    }
  }

  private async exchange(request: PageRequest, sentAtMs: number): Promise<ListPage> {
    const { bucket, location, prefix, signal, delimiter, marker } = request;
    const call = { call: `OBS GET /${bucket}?prefix=${prefix ?? ''}`, sentAtMs };
    const command = new ListObjectsCommand({ Bucket: bucket, Prefix: prefix, Delimiter: delimiter, Marker: marker });
    const output = await this.withinDeadline(call, signal, (abortSignal) =>
      this.client(location).send(command, { abortSignal }),
    );
    return readPage(output, call, marker ?? '');
  }

  private exchangeRange(request: RangeRequest, sentAtMs: number): Promise<Buffer> {
    const { bucket, location, object, offset, length, signal } = request;
    const call = { call: `OBS GET /${bucket}/${object}`, sentAtMs };
    const range = `bytes=${offset}-${offset + length - 1}`;
    const command = new GetObjectCommand({ Bucket: bucket, Key: object, Range: range });
    return this.withinDeadline(call, signal, async (abortSignal) => {
      const { Body, ContentRange, $metadata } = await this.client(location).send(command, { abortSignal });
      const body = Body as Readable;
      const { first, count } = readContentRange(ContentRange);
      if (first !== offset || count > length) {
        // The whole object, perhaps.
        body.destroy();
        const details = { ...call, status: $metadata.httpStatusCode, requestId: $metadata.requestId };
        throw new InvalidResponseError(`${call.call} did not return the requested ${range}.`, details);
      }
      const bytes = await readBody(body, count, abortSignal);
      if (bytes.length === count) return bytes;
      throw new ConnectionLostError(`${call.call} returned ${bytes.length} of ${count} bytes.`, call);
    });
  }

  private exchangePut(request: PutRequest, condition: object, sentAtMs: number): Promise<{ etag: string }> {
    const { bucket, location, object, body, contentType, signal } = request;
    const call = { call: `OBS PUT /${bucket}/${object}`, sentAtMs };
    const content = { Body: body, ContentType: contentType };
    const command = new PutObjectCommand({ Bucket: bucket, Key: object, ...content, ...condition });
    return this.withinDeadline(call, signal, async (abortSignal) => {
      const { ETag = '' } = await this.client(location).send(command, { abortSignal });
      return { etag: ETag.replaceAll('"', '') };
    });
  }

  private async withinDeadline<T>(
    call: CallDetails,
    signal: AbortSignal | undefined,
    send: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const deadline = new Deadline(CALL_TIMEOUT, signal);
    try {
      return await send(deadline.signal);
    } catch (error) {
      throw obsFailure(error, call, { aborted: signal?.aborted ?? false, expired: deadline.expired }, this.secrets);
    } finally {
      deadline.end();
    }
  }

  private async *pages(request: PageRequest): AsyncGenerator<ListPage, void> {
    let page = await this.listPage(request);
    yield page;
    while (page.next !== undefined) {
      page = await this.listPage({ ...request, marker: page.next });
      yield page;
    }
  }

  private client(location: string): S3Client {
    const existing = this.clients.get(location);
    if (existing) return existing;
    const client = new S3Client({
      region: location,
      endpoint: this.options.endpoint ?? `https://obs.${location}.myhuaweicloud.com`,
      forcePathStyle: this.options.pathStyle,
      credentials: () => this.credentials(),
      ...NOT_FROM_AWS,
      // OBS does not know S3's newer checksums.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      // Temporal retries, where it is visible.
      maxAttempts: 1,
      // The deadline of the whole call covers everything else.
      requestHandler: { connectionTimeout: CONNECT_TIMEOUT, ...createNodeAgents() },
    });
    this.clients.set(location, client);
    return client;
  }

  private async credentials() {
    const { accessKey, secretKey, securityToken } = await this.options.keys();
    // Also those before: a request that they signed may still fail.
    this.secrets = [...new Set([secretKey, securityToken ?? '', ...this.secrets])].slice(0, 4);
    return present({
      accessKeyId: accessKey,
      secretAccessKey: secretKey,
      sessionToken: securityToken,
      // Makes the SDK ask our source each time, instead of keeping the keys.
      expiration: new Date(0),
    });
  }
}

/** Of `bytes 0-99/1234`. */
function readContentRange(header = ''): { first: number; count: number } {
  const [, first = NaN, last = NaN] = (/^bytes (\d+)-(\d+)\//.exec(header) ?? []).map(Number);
  return { first, count: last - first + 1 };
}

/** At most `count` bytes and one chunk. */
async function readBody(body: Readable, count: number, signal: AbortSignal): Promise<Buffer> {
  const abort = () => body.destroy(new DOMException('The read was aborted', 'AbortError'));
  signal.addEventListener('abort', abort);
  try {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= count) break;
    }
    return Buffer.concat(chunks).subarray(0, count);
  } finally {
    signal.removeEventListener('abort', abort);
    body.destroy();
  }
}

/** Whether a bucket cannot be part of a host name: the rule by which the SDK silently switches to path style. */
export function needsPathStyle(bucket: string): boolean {
  return /[A-Z.]/.test(bucket);
}

function readPage(output: ListObjectsCommandOutput, call: CallDetails, marker: string): ListPage {
  const { httpStatusCode: status, requestId } = output.$metadata;
  const details = { ...call, status, requestId };
  // The SDK parses any XML, even a proxy's page, as an empty listing.
  if (output.IsTruncated === undefined) {
    throw new InvalidResponseError(`${call.call} returned ${status} without a listing.`, details);
  }
  const objects = (output.Contents ?? []).flatMap(({ Key: key, Size: size = 0, ETag, LastModified }) =>
    key === undefined
      ? []
      : present({ key, size, etag: ETag?.replaceAll('"', ''), lastModified: LastModified?.toISOString() }),
  );
  const folders = (output.CommonPrefixes ?? []).flatMap(({ Prefix }) => Prefix ?? []);
  if (!output.IsTruncated) return { objects, folders };

  // The vendor sends the next marker only with a delimiter; otherwise it is the last key or folder.
  const next = output.NextMarker || [objects.at(-1)?.key ?? '', folders.at(-1) ?? ''].sort(compareKeys)[1] || '';
  if (compareKeys(next, marker) <= 0) {
    throw new ObsListingStuckError(
      `${call.call} would never end: the page after "${marker}" ends with "${next}", and yet there are more.`,
      details,
    );
  }
  return { objects, folders, next };
}
