/** Whether a key is listed behind another one: a listing is in the order of the keys' UTF-8 bytes. */
export function isBehind(key: string, other: string): boolean {
  return compareKeys(key, other) > 0;
}

/** For sorting as a listing is sorted. */
export function compareKeys(key: string, other: string): number {
  return Buffer.compare(Buffer.from(key), Buffer.from(other));
}
