import type { IncomingHttpHeaders } from 'node:http';
import type { RecordingEvent } from '../recording/event.js';
import { ageOf, type Age } from './age.js';
import { parseEvent } from './event.js';
import { verifySignature, type CallbackKeys } from './signature.js';

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
 * Judges a callback by its headers and raw body. Without a signature only what names no recording event passes, because the vendor tries the URL
 * with a request of unknown shape before it takes it; with a signature, it has to be right and of our days.
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
