import pLimit from 'p-limit';
import { InconclusiveError } from './inspection.js';
import type { ListedObject } from './obs.js';

/** One bucket, as far as the inspection needs it. */
export interface Bucket {
  /** Fewer bytes only at the end of the object. */
  readRange: (object: string, offset: number, length: number) => Promise<Buffer>;
  /** Pages, in the order of the keys. */
  list: (prefix: string) => AsyncIterable<ListedObject[]>;
  /** What relative URIs in its playlists refer to: `https://{bucket}.obs.{location}.myhuaweicloud.com/`. */
  url: string;
}

/** Whatever a file claims: so many requests, and so many bytes beside its index. */
export const MAX_REQUESTS = 10;
export const MAX_BYTES = 256 * 1024;

/** A file's beginning is enough to know what it is, and often everything that there is to know. */
export const HEAD = 64 * 1024;

/** The index of 3 hours, the vendor's longest file, has about 6 MB. */
export const MAX_INDEX = 16 * 1024 * 1024;

/** Only one index above this size at a time is in memory: with 8 files at a time, less than 64 MiB in all. */
const LARGE_INDEX = 4 * 1024 * 1024;
const largeIndexes = pLimit(1);

/** Reads one object within limits. */
export class ObjectReader {
  #requests = 0;
  #bytes = 0;
  #window: { offset: number; bytes: Buffer } = { offset: 0, bytes: Buffer.alloc(0) };

  constructor(
    readonly bucket: Bucket,
    readonly object: string,
  ) {}

  /** Another object; both together have the limits of one. */
  async readOther(object: string, length: number): Promise<Buffer> {
    this.#count(length);
    return this.bucket.readRange(object, 0, length);
  }

  /**
   * Fewer bytes only at the end of the object.
   * @param ahead how many bytes to request and keep if these have not been read yet
   */
  async read(offset: number, length: number, ahead = length): Promise<Buffer> {
    const cached = this.#cached(offset, length);
    if (cached) return cached;
    this.#count(ahead);
    const bytes = await this.bucket.readRange(this.object, offset, ahead);
    this.#window = { offset, bytes };
    return bytes.subarray(0, length);
  }

  /** Reads the index and parses it. */
  async readIndex<T>(offset: number, length: number, parse: (index: Buffer) => T): Promise<T> {
    if (length > MAX_INDEX) throw new InconclusiveError(`its index has ${length} bytes, too many to be read`);
    const cached = this.#cached(offset, length);
    if (cached) return parse(cached);
    this.#count(0);
    const work = async () => parse(await this.bucket.readRange(this.object, offset, length));
    return length > LARGE_INDEX ? largeIndexes(work) : work();
  }

  #cached(offset: number, length: number): Buffer | undefined {
    const start = offset - this.#window.offset;
    const { bytes } = this.#window;
    return start >= 0 && start + length <= bytes.length ? bytes.subarray(start, start + length) : undefined;
  }

  #count(length: number): void {
    this.#requests += 1;
    this.#bytes += length;
    if (this.#requests > MAX_REQUESTS || this.#bytes > MAX_BYTES) {
      throw new InconclusiveError(`it takes more than ${MAX_REQUESTS} requests to be read`);
    }
  }
}
