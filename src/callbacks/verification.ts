import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { RecordingEvent } from '../contract/event.js';
import { parseEvent } from './event.js';

/** What is to be done with a callback. */
export type Admission =
  | { kind: 'event'; event: RecordingEvent }
  /** Nothing: a probe, or an event that is no concern of a recording. */
  | { kind: 'ignored'; eventType?: string }
  | { kind: 'unauthorized'; why: 'unsigned' | 'wrong signature' | Exclude<Age, 'current'> }
  | { kind: 'malformed' };

export interface AdmissionRules {
  keys: CallbackKeys;
  /** Milliseconds after which a well-signed callback is refused as a replay; Infinity: none is too old. */
  maxAgeMs: number;
}

/**
 * Checks a callback by its headers and raw body. Unsigned, only what is no recording event passes, because the vendor
 * tries the URL with a request of unknown shape; a signature has to be right and recent.
 */
export function admit(headers: IncomingHttpHeaders, body: Buffer, { keys, maxAgeMs }: AdmissionRules): Admission {
  const parts = [headers['x-rtc-rand'], headers['x-rtc-timestamp'], headers['x-rtc-signature']];
  const signed = parts.some((part) => part !== undefined);
  if (signed) {
    const [rand, timestamp, signature] = parts;
    const complete = typeof rand === 'string' && typeof timestamp === 'string' && typeof signature === 'string';
    if (!complete || verifySignature({ rand, timestamp, signature, body, keys }) === 'invalid') {
      return { kind: 'unauthorized', why: 'wrong signature' };
    }
    const age = ageOf(timestamp, maxAgeMs, Date.now());
    if (age !== 'current') return { kind: 'unauthorized', why: age };
  }

  if (body.length === 0) return { kind: 'ignored' };
  const json = parseObject(body);
  if (json === undefined) return signed ? { kind: 'malformed' } : { kind: 'ignored' };
  const parsed = parseEvent(json);
  if (parsed.kind === 'other') return { ...parsed, kind: 'ignored' };
  return signed ? { kind: 'event', event: parsed.event } : { kind: 'unauthorized', why: 'unsigned' };
}

function parseObject(body: Buffer): object | undefined {
  try {
    const json: unknown = JSON.parse(body.toString('utf8'));
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? json : undefined;
  } catch {
    // Not JSON: what that means depends on whether it was signed.
    return undefined;
  }
}

export interface CallbackKeys {
  present: string;
  /** Accepted too, while a rotation is under way. */
  previous?: string;
}

export interface SignedCallback {
  /** Header `X-Rtc-Rand`. */
  rand: string;
  /** Header `X-Rtc-Timestamp`. */
  timestamp: string;
  /** Header `X-Rtc-Signature`. */
  signature: string;
  /** The bytes as they came: a body that was parsed and serialized again has another signature. */
  body: Buffer;
  keys: CallbackKeys;
}

/**
 * Unix time, in seconds or milliseconds: the vendor does not say. The length is checked because the three parts are
 * signed without separators: else a piece of the body could pass as the end of the timestamp.
 */
const TIMESTAMP = /^\d{10}(?:\d{3})?$/;

const HMAC_SHA256_HEX = /^[0-9a-f]{64}$/;

/**
 * Whether the vendor signed these very bytes with one of the keys: lower-case hex HMAC-SHA256 over rand, timestamp and
 * body. `ageOf` checks its age.
 * Source: SparkRTC FAQ, "How Do I Authenticate a Recording Callback?"
 */
export function verifySignature({ rand, timestamp, signature, body, keys }: SignedCallback): 'valid' | 'invalid' {
  if (!TIMESTAMP.test(timestamp) || !HMAC_SHA256_HEX.test(signature)) return 'invalid';
  const given = Buffer.from(signature, 'hex');
  const matches = [keys.present, keys.previous].map(
    (key) =>
      key !== undefined &&
      timingSafeEqual(
        createHmac('sha256', key)
          .update(rand + timestamp)
          .update(body)
          .digest(),
        given,
      ),
  );
  return matches.includes(true) ? 'valid' : 'invalid';
}

/** No two time zones differ by more: a sender that takes its local time for UTC is accepted too. */
const MAX_AHEAD_MS = 24 * 60 * 60 * 1000;

export type Age = 'current' | 'too old' | 'from the future';

/**
 * Whether a callback was signed recently enough. Check its signature first: anyone can write a timestamp.
 * @param timestamp Unix time in seconds (10 digits) or milliseconds (13 digits); the vendor does not say which
 * @param maxAgeMs milliseconds, both ends included
 * @param now milliseconds since 1970
 */
export function ageOf(timestamp: string, maxAgeMs: number, now: number): Age {
  const signedAt = Number(timestamp) * (timestamp.length === 10 ? 1000 : 1);
  if (now - signedAt > maxAgeMs) return 'too old';
  return signedAt - now > MAX_AHEAD_MS ? 'from the future' : 'current';
}
