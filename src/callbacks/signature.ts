import { createHmac, timingSafeEqual } from 'node:crypto';

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
  /** The bytes as they came: a body that was parsed and written anew has another signature. */
  body: Buffer;
  keys: CallbackKeys;
}

/**
 * Unix time. The vendor does not say whether in seconds or milliseconds. The shape is asked for because the signed text is the three parts
 * without anything between them: else a piece of the body could be passed off as the end of the timestamp.
 */
const TIMESTAMP = /^\d{10}(?:\d{3})?$/;

const HMAC_SHA256_HEX = /^[0-9a-f]{64}$/;

/**
 * Whether the vendor signed these very bytes with one of the keys: lower-case hex HMAC-SHA256 over rand, timestamp and body. Its age is
 * another question: see `ageOf`.
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
