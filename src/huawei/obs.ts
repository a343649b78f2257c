import { GetObjectCommand, ListObjectsCommand, S3Client, type ListObjectsCommandOutput } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { Deadline } from './deadline.js';
import { StatusError, UnreadableAnswerError, type CallDetails } from './errors.js';
import { compareKeys } from './recordPrefix.js';
import { observed, type OnAnswer } from './http.js';
import { obsFailure } from './obsErrors.js';
import type { ObsKeySource } from './obsCredentials.js';
import { present } from '../contract/present.js';

// On Node 20 the SDK writes to standard error that its versions of 2027 need a newer one; ours are pinned below those.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const CONNECT_TIMEOUT = 5_000;
const CALL_TIMEOUT = 15_000;

/** Keys that have expired, or were revoked, are refused with these. Source: OBS API reference, "Error Codes". */
const KEYS_REFUSED = new Set(['InvalidAccessKeyId', 'InvalidSecurity', 'InvalidToken', 'ExpiredToken']);

/** Our clock and the vendor's are more than 15 minutes apart; the SDK has learned the difference from the refusal. */
const TIME_REFUSED = 'RequestTimeTooSkewed';

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

/** What part of which bucket is listed. */
export interface ListRequest {
  bucket: string;
  /** The region's id. */
  location: string;
  /** What the keys begin with; everything by default. */
  prefix?: string;
  signal?: AbortSignal | undefined;
}

interface PageRequest extends ListRequest {
  delimiter?: string;
  marker?: string;
}

interface ListPage {
  objects: ListedObject[];
  /** With a delimiter: what keys have in common up to it, the delimiter included. */
  folders: string[];
  /** Where the next page begins; absent on the last. */
  next?: string;
}

/** Which object a link is made for. */
export interface ObjectRequest {
  bucket: string;
  /** The object's full key. */
  object: string;
  /** The region's id. */
  location: string;
  /** Milliseconds; OBS takes no more than 7 days. */
  lifetimeMs: number;
}

export interface ObjectLink {
  url: string;
  expiresAt: Date;
}

/** A listing whose next page would begin where this one began: it would never end. */
export class ObsListingStuckError extends UnreadableAnswerError {}

/**
 * Lists objects in buckets, and makes links to them. OBS speaks S3, but answers a V2 listing with its first page again
 * and again. What was refused for its keys or its time is signed again, once; nothing else is retried.
 * Source: OBS API reference, "Listing Objects in a Bucket".
 */
export class ObsClient {
  private readonly clients = new Map<string, S3Client>();
  /** What must not appear in an error: the vendor's may quote the request. */
  private secrets: string[] = [];

  /**
   * @param options `endpoint` defaults to the public one of the location, `https://obs.{location}.myhuaweicloud.com`;
   * `pathStyle` puts the bucket into the path, not the host name, which the vendor's own service does not take
   */
  constructor(
    private readonly options: {
      endpoint?: string | undefined;
      pathStyle: boolean;
      keys: ObsKeySource;
      onAnswer?: OnAnswer | undefined;
    },
  ) {}

  /** All objects that begin with the prefix, page by page of up to 1,000. */
  async *list(request: ListRequest): AsyncGenerator<ListedObject[], void> {
    for await (const page of this.pages(request)) yield page.objects;
  }

  /**
   * The folders right below the prefix, which may end inside a name: `a/b` finds `a/b1/` and `a/b2/`.
   * @param request `limit`: stop after so many; `cut` says that there are more
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
   * @throws {ObsListingStuckError} when the next page would not be beyond this one
   */
  listPage(request: PageRequest): Promise<ListPage> {
    const send = (sentAtMs: number) => this.signedAnewIfRefused(() => this.exchange(request, sentAtMs));
    return observed('OBS GET /{bucket}', this.options.onAnswer, send, () => 200);
  }

  /**
   * A link by which anybody can read one object until it expires: a secret. Made without a call to OBS, even where
   * there is no such object. A link that temporary keys sign ends with them.
   */
  async linkTo(request: ObjectRequest): Promise<ObjectLink> {
    const { bucket, object, location, lifetimeMs } = request;
    const { expiresAt } = await this.options.keys();
    const now = Date.now();
    const ends = Math.min(now + lifetimeMs, expiresAt?.getTime() ?? Infinity);
    const expiresIn = Math.max(1, Math.floor((ends - now) / 1_000));
    const command = new GetObjectCommand({ Bucket: bucket, Key: object });
    const url = await getSignedUrl(this.client(location), command, { expiresIn, signingDate: new Date(now) });
    return { url, expiresAt: new Date(now + expiresIn * 1_000) };
  }

  /** Lets go of the connections. */
  close(): void {
    for (const client of this.clients.values()) client.destroy();
    this.clients.clear();
  }

  private async signedAnewIfRefused<T>(send: () => Promise<T>): Promise<T> {
    const { accessKey } = await this.options.keys();
    try {
      return await send();
    } catch (error) {
      const code = error instanceof StatusError ? error.errorCode : undefined;
      const otherKeys =
        code !== undefined && KEYS_REFUSED.has(code) && (await this.options.keys(accessKey)).accessKey !== accessKey;
      if (!otherKeys && code !== TIME_REFUSED) throw error;
      return await send();
    }
  }

  private async exchange(request: PageRequest, sentAtMs: number): Promise<ListPage> {
    const { bucket, location, prefix, signal, delimiter, marker } = request;
    const call = { call: `OBS GET /${bucket}?prefix=${prefix ?? ''}`, sentAtMs };
    const deadline = new Deadline(CALL_TIMEOUT, signal);
    let output: ListObjectsCommandOutput;
    try {
      output = await this.client(location).send(
        new ListObjectsCommand({ Bucket: bucket, Prefix: prefix, Delimiter: delimiter, Marker: marker }),
        { abortSignal: deadline.signal },
      );
    } catch (error) {
      throw obsFailure(error, call, { calledOff: signal?.aborted ?? false, expired: deadline.expired }, this.secrets);
    } finally {
      deadline.end();
    }
    return readPage(output, call, marker ?? '');
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
    let client = this.clients.get(location);
    if (!client) {
      client = new S3Client({
        region: location,
        endpoint: this.options.endpoint ?? `https://obs.${location}.myhuaweicloud.com`,
        forcePathStyle: this.options.pathStyle,
        credentials: () => this.credentials(),
        // The vendor does not know the checksums that S3 has taken up since.
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
        // Whoever calls retries, where it can be seen.
        maxAttempts: 1,
        // The call as a whole is bounded by a signal, which ends a body that stops half-way, too.
        requestHandler: { connectionTimeout: CONNECT_TIMEOUT },
      });
      this.clients.set(location, client);
    }
    return client;
  }

  private async credentials() {
    const { accessKey, secretKey, securityToken } = await this.options.keys();
    this.secrets = [secretKey, securityToken ?? ''];
    return present({
      accessKeyId: accessKey,
      secretAccessKey: secretKey,
      sessionToken: securityToken,
      // The SDK would keep the keys until then; whether they are still good is for their source to say.
      expiration: new Date(0),
    });
  }
}

function readPage(output: ListObjectsCommandOutput, call: CallDetails, marker: string): ListPage {
  const { httpStatusCode: status, requestId } = output.$metadata;
  const details = { ...call, status, requestId };
  // The SDK reads anything that resembles XML as an empty listing, a proxy's page too.
  if (output.IsTruncated === undefined) {
    throw new UnreadableAnswerError(`${call.call} was answered ${status} with what is no listing.`, details);
  }
  const objects = (output.Contents ?? []).flatMap(({ Key: key, Size: size = 0, ETag, LastModified }) =>
    key === undefined
      ? []
      : present({ key, size, etag: ETag?.replaceAll('"', ''), lastModified: LastModified?.toISOString() }),
  );
  const folders = (output.CommonPrefixes ?? []).flatMap(({ Prefix }) => Prefix ?? []);
  if (!output.IsTruncated) return { objects, folders };

  // The vendor sends the next marker only when a delimiter was given; else the page ends with the last key or folder.
  const next = output.NextMarker || [objects.at(-1)?.key ?? '', folders.at(-1) ?? ''].sort(compareKeys)[1] || '';
  if (compareKeys(next, marker) <= 0) {
    throw new ObsListingStuckError(
      `${call.call} would never end: it says that more comes after "${marker}", but gets no further than "${next}".`,
      details,
    );
  }
  return { objects, folders, next };
}
