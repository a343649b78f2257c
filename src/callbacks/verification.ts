import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { RecordingEvent } from '../contract/event.js';
import { parseObject, unpack } from './body.js';
import { parseEvent, type ParticipantEvent } from './event.js';

/** What to do with a callback. */
export type CallbackVerdict =
  | { kind: 'event'; event: RecordingEvent | ParticipantEvent }
  /** A probe, or an event of another type. */
  | { kind: 'ignored'; eventType?: string }
  | {
      kind: 'unauthorized';
      reason: 'unsigned' | 'wrong signature' | 'unknown form of timestamp' | Exclude<Age, 'current'>;
    }
  | { kind: 'malformed' };

/**
 * Checks the signature and age of a callback by its headers and raw body. Recording events must be signed; anything
 * else need not be, because the vendor probes the URL with a request of unknown form.
 * @param rules `maxAgeMs`: a signed callback that is older is rejected as a replay
 */
export function verifyCallback(
  headers: IncomingHttpHeaders,
  body: Buffer,
  { keys, maxAgeMs }: { keys: CallbackKeys; maxAgeMs: number },
): CallbackVerdict {
  const parts = [headers['x-rtc-rand'], headers['x-rtc-timestamp'], headers['x-rtc-signature']];
  const signed = parts.some((part) => part !== undefined);
  const content = unpack(body, headers['content-encoding']);
  if (signed) {
    const [rand, timestamp, signature] = parts;
    const complete = typeof rand === 'string' && typeof timestamp === 'string' && typeof signature === 'string';
    if (complete && !TIMESTAMP.test(timestamp)) return { kind: 'unauthorized', reason: 'unknown form of timestamp' };
    // A proxy that compresses leaves the signature of the original bytes.
    const isSigned = (bytes: Buffer) =>
      complete && verifySignature({ rand, timestamp, signature, body: bytes, keys }) === 'valid';
    if (!isSigned(body) && (content === body || !isSigned(content))) {
      return { kind: 'unauthorized', reason: 'wrong signature' };
    }
    const age = checkAge(String(timestamp), maxAgeMs, Date.now());
    if (age !== 'current') return { kind: 'unauthorized', reason: age };
  }

  if (content.length === 0) return { kind: 'ignored' };
  const json = parseObject(content);
  if (json === undefined) return signed ? { kind: 'malformed' } : { kind: 'ignored' };
  const parsed = parseEvent(json);
  if (parsed.kind === 'other') return { ...parsed, kind: 'ignored' };
  if (parsed.kind === 'participant' && !signed) return { kind: 'ignored', eventType: parsed.event.eventType };
  return signed ? { kind: 'event', event: parsed.event } : { kind: 'unauthorized', reason: 'unsigned' };
}

export interface CallbackKeys {
  current: string;
  /** Accepted too, during a rotation. */
  previous?: string;
}

/** The headers `X-Rtc-Rand`, `X-Rtc-Timestamp` and `X-Rtc-Signature`, and the raw body. */
export interface SignedCallback extends Record<'rand' | 'timestamp' | 'signature', string> {
  body: Buffer;
  keys: CallbackKeys;
}

/**
 * Unix time in seconds or milliseconds, or ISO 8601 (UTC) with or without punctuation: the vendor does not document
 * which. The length matters, because the parts are signed without separators: the beginning of the body could be used
 * as the end of the timestamp.
 */
const TIMESTAMP = /^(?:\d{10}|\d{13}|\d{8}T\d{6}Z|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z)$/;

const HMAC_SHA256_HEX = /^[0-9a-f]{64}$/;

/**
 * Whether the vendor signed these bytes with one of the keys: lower-case hex HMAC-SHA256 of rand, timestamp and body.
 * Source: SparkRTC FAQ, "How Do I Authenticate a Recording Callback?"
 */
export function verifySignature({ rand, timestamp, signature, body, keys }: SignedCallback): 'valid' | 'invalid' {
  if (!TIMESTAMP.test(timestamp) || !HMAC_SHA256_HEX.test(signature)) return 'invalid';
  const given = Buffer.from(signature, 'hex');
  const matches = [keys.current, keys.previous].map((key) => {
    if (key === undefined) return false;
    const hmac = createHmac('sha256', key).update(`${rand}${timestamp}`).update(body);
    return timingSafeEqual(hmac.digest(), given);
  });
  return matches.includes(true) ? 'valid' : 'invalid';
}

/** At least the difference of any two time zones: accepts a sender that takes its local time for UTC. */
const MAX_AHEAD_MS = 24 * 60 * 60 * 1000;

export type Age = 'current' | 'too old' | 'from the future';

/**
 * The age of a callback whose signature is valid.
 * @param timestamp in one of the forms of {@link verifySignature}; no valid date counts as too old
 * @param maxAgeMs milliseconds, both ends included
 * @param now milliseconds since 1970
 */
export function checkAge(timestamp: string, maxAgeMs: number, now: number): Age {
  const signedAt = timeOf(timestamp);
  if (Number.isNaN(signedAt) || now - signedAt > maxAgeMs) return 'too old';
  return signedAt - now > MAX_AHEAD_MS ? 'from the future' : 'current';
}

function timeOf(timestamp: string): number {
  if (/^\d+$/.test(timestamp)) return Number(timestamp) * (timestamp.length === 10 ? 1000 : 1);
  return Date.parse(timestamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}
