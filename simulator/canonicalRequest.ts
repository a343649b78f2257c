import { createHash, timingSafeEqual } from 'node:crypto';
import { unescape } from 'node:querystring';

/*
 * Shared by both signatures: Amazon's, which OBS uses, and the vendor's own, which is similar.
 */

export interface SignedRequest {
  method: string;
  /** Path and query as they were sent. */
  url: string;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

export interface AccessKey {
  accessKey: string;
  secretKey: string;
}

/** A key pair that is known to OBS and to the gateway; the temporary ones have a session token and an end. */
export interface KnownKey extends AccessKey {
  sessionToken?: string;
  /** Milliseconds since 1970, by the wall clock: a presigned link lasts as long as its client thinks. */
  expiresAt: number;
}

/** Both services reject a signature further away from the server's time. */
export const MAX_SKEW_MS = 15 * 60_000;

/** The path and the decoded pairs of the query. What is no valid escape is taken as it stands. */
export function splitUrl(url: string): { path: string; query: [name: string, value: string][] } {
  const [path, search] = splitOnce(url, '?');
  const pairs = search.split('&').filter(Boolean);
  return { path, query: pairs.map((pair) => splitOnce(pair, '=').map(unescape) as [string, string]) };
}

export function canonicalPath(path: string): string {
  return path
    .split('/')
    .map((segment) => encode(unescape(segment)))
    .join('/');
}

/** Sorted by name, then by value. */
export function canonicalQuery(query: readonly [name: string, value: string][]): string {
  return query
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map((pair) => pair.join('='))
    .join('&');
}

/** One line for each signed header, in their order; one that was not sent counts as empty. */
export function canonicalHeaders(headers: SignedRequest['headers'], signed: readonly string[]): string[] {
  return signed.map((name) => `${name}:${[headers[name] ?? ''].flat().join(',').trim().replace(/ +/g, ' ')}`);
}

/** `20210421T105155Z`, as milliseconds since 1970. */
export function timeOf(stamp: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(stamp);
  if (match === null) return undefined;
  const [year = 0, month = 1, day, hour, minute, second] = match.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

export function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Compares a signature in hex with the right one, in constant time. */
export function isSignature(given: string, expected: Buffer): boolean {
  const bytes = Buffer.from(given, 'hex');
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}

/** Everything but letters, digits and `-._~` is escaped; JavaScript leaves `!'()*` alone. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
