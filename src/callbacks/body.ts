import type { IncomingMessage } from 'node:http';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { parseJson } from '../contract/json.js';

/** A callback has a dozen short fields. Compressed or not: a small body may unpack to gigabytes. */
export const BODY_LIMIT = 256 * 1024;

/** The error of a body above {@link BODY_LIMIT}: 413. */
export class BodyTooLargeError extends Error {
  readonly statusCode = 413;
  override readonly message = 'the body is too large';
}

/**
 * The whole body. In one buffer that grows: a sender of single bytes could otherwise make each of them cost hundreds.
 * @throws {BodyTooLargeError} before the rest is read
 */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let body = Buffer.alloc(0);
    let length = 0;
    const fail = (error: Error) => {
      request.off('data', append);
      reject(error);
    };
    const append = (chunk: Buffer) => {
      const needed = length + chunk.length;
      if (needed > BODY_LIMIT) return fail(new BodyTooLargeError());
      if (needed > body.length) {
        const larger = Buffer.alloc(Math.min(BODY_LIMIT, 2 * needed));
        body.copy(larger, 0, 0, length);
        body = larger;
      }
      chunk.copy(body, length);
      length = needed;
    };
    if (Number(request.headers['content-length']) > BODY_LIMIT) {
      return fail(new BodyTooLargeError());
    }
    request.on('data', append);
    request.once('end', () => resolve(body.subarray(0, length)));
    request.once('error', fail);
  });
}

const DECODERS: Partial<Record<string, typeof gunzipSync>> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
};

/**
 * A body without its compression, which the vendor documents nowhere but a proxy on the way may add. gzip is known by
 * its first bytes too, which no JSON begins with. What cannot be unpacked is returned as it is.
 */
export function unpack(body: Buffer, contentEncoding = ''): Buffer {
  const isGzip = body[0] === 0x1f && body[1] === 0x8b;
  const decode = DECODERS[isGzip ? 'gzip' : contentEncoding.trim().toLowerCase()];
  try {
    return decode?.(body, { maxOutputLength: BODY_LIMIT }) ?? body;
  } catch {
    // Not compressed, or too large.
    return body;
  }
}

/** The JSON object in a body, with or without a byte order mark; undefined if there is none. */
export function parseObject(body: Buffer): object | undefined {
  try {
    // Unlike toString(), it drops a byte order mark.
    const json = parseJson(new TextDecoder().decode(body));
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? json : undefined;
  } catch {
    // Not JSON.
    return undefined;
  }
}
