import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { parseJson } from '../contract/json.js';

/** A callback has a dozen short fields. Compressed or not: a small body may unpack to gigabytes. */
export const BODY_LIMIT = 256 * 1024;

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
