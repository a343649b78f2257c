import { createHash } from 'node:crypto';
import type { Clock } from './clock.js';

export interface StoredObject {
  key: string;
  /** Bytes. */
  size: number;
  etag: string;
  /** Simulated milliseconds since 1970. */
  lastModified: number;
  /** The first bytes of what a GET returns; default: none. */
  content?: Buffer;
  /** What follows them, again and again; default: zeros. */
  filler?: Buffer;
}

/** An object's bytes, or their beginning, and its size. */
export type ObjectSource = { size: number; content?: Buffer; filler?: Buffer } | { content: Buffer };

export interface Bucket {
  name: string;
  location: string;
  /** Whether SparkRTC may write to it. */
  authorized: boolean;
  createdAt: number;
  objects: Map<string, StoredObject>;
  /** Kept until the next write, so that a large bucket is not sorted again for each page. */
  sorted?: StoredObject[];
}

/** The buckets, in memory. */
export class ObjectStore {
  readonly buckets = new Map<string, Bucket>();

  constructor(
    private readonly clock: Clock,
    private readonly listDelayMs: number,
  ) {}

  addBucket(name: string, location = 'cn-north-4', authorized = true): void {
    this.buckets.set(name, { name, location, authorized, createdAt: this.clock.now(), objects: new Map() });
  }

  /** As if its owner had deleted it with its objects. */
  removeBucket(name: string): void {
    this.buckets.delete(name);
  }

  put(bucket: Bucket, key: string, source: ObjectSource): StoredObject {
    const lastModified = this.clock.now();
    const fingerprint = 'size' in source ? `${key} ${source.size}` : source.content;
    const etag = createHash('md5').update(fingerprint).digest('hex');
    const object = {
      key,
      etag,
      lastModified,
      ...('size' in source ? {} : { size: source.content.length }),
      ...source,
    };
    bucket.objects.set(key, object as StoredObject);
    delete bucket.sorted;
    return object as StoredObject;
  }

  remove(bucket: Bucket, key: string): void {
    bucket.objects.delete(key);
    delete bucket.sorted;
  }

  /** Sorted by key, without those that are too new to be listed. */
  listable(bucket: Bucket): StoredObject[] {
    bucket.sorted ??= [...bucket.objects.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
    if (this.listDelayMs === 0) return bucket.sorted;
    const latest = this.clock.now() - this.listDelayMs;
    return bucket.sorted.filter((object) => object.lastModified <= latest);
  }
}

/** The bytes from one position to another, both included. */
export function* bytesOf({ content = Buffer.alloc(0), filler = ZEROS }: StoredObject, from: number, to: number) {
  if (from < content.length) yield content.subarray(from, to + 1);
  for (let at = Math.max(from, content.length); at <= to;) {
    const start = (at - content.length) % filler.length;
    const part = filler.subarray(start, Math.min(filler.length, start + to + 1 - at));
    yield part;
    at += part.length;
  }
}

const ZEROS = Buffer.alloc(64 * 1024);

export interface Listing {
  contents: StoredObject[];
  commonPrefixes: string[];
  isTruncated: boolean;
  /** The last key or common prefix of the page. */
  last: string | undefined;
}

/** One page as in S3 and OBS: common prefixes count like keys and are sorted among them. */
export function listPage(
  objects: readonly StoredObject[],
  query: { prefix: string; delimiter: string; marker: string; maxKeys: number },
): Listing {
  const listing: Listing = { contents: [], commonPrefixes: [], isTruncated: false, last: undefined };
  for (const object of objects) {
    if (object.key <= query.marker || !object.key.startsWith(query.prefix)) continue;
    const end = query.delimiter === '' ? -1 : object.key.indexOf(query.delimiter, query.prefix.length);
    const entry = end < 0 ? object.key : object.key.slice(0, end + query.delimiter.length);
    if (end >= 0 && (entry === query.marker || entry === listing.last)) continue;
    if (listing.contents.length + listing.commonPrefixes.length === query.maxKeys) {
      listing.isTruncated = true;
      break;
    }
    if (end < 0) listing.contents.push(object);
    else listing.commonPrefixes.push(entry);
    listing.last = entry;
  }
  return listing;
}
