/**
 * How far in the future a callback may have been signed: no two places on Earth differ by more, so that a sender which takes its local time for UTC is
 * still heard, and a clock that is somewhat off too.
 */
const MAX_AHEAD_MS = 24 * 60 * 60 * 1000;

export type Age = 'current' | 'too old' | 'from the future';

/**
 * Whether a callback was signed within the time in which it is still taken. Only what is well signed has an age: anybody can write a timestamp.
 * @param timestamp Unix time in seconds (10 digits) or milliseconds (13 digits); the vendor does not say which
 * @param maxAgeMs milliseconds, both ends included
 * @param now milliseconds since 1970
 */
export function ageOf(timestamp: string, maxAgeMs: number, now: number): Age {
  const signedAt = Number(timestamp) * (timestamp.length === 10 ? 1000 : 1);
  if (now - signedAt > maxAgeMs) return 'too old';
  return signedAt - now > MAX_AHEAD_MS ? 'from the future' : 'current';
}
