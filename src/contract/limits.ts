/** The only region in which SparkRTC stores recordings. */
export const RECORDING_LOCATION = 'cn-north-4';

/** Temporal rejects results over 2 MiB. With keys of a usual length, all 2,000 entries fit. */
export const RESULT_LIMITS = {
  files: { entries: 2_000, bytes: 1_280 * 1024 },
  warnings: { entries: 2_000, bytes: 256 * 1024 },
};

const encoder = new TextEncoder();

/** The size in a history, in bytes. */
export function bytesOf(value: unknown): number {
  return encoder.encode(JSON.stringify(value)).length;
}

/** The first entries, as many as fit. */
export function cut<T>(entries: readonly T[], limit: { entries: number; bytes: number }): T[] {
  let bytes = 0;
  const tooMuch = entries.findIndex((entry, index) => {
    bytes += bytesOf(entry) + 1;
    return index >= limit.entries || bytes > limit.bytes;
  });
  return tooMuch < 0 ? [...entries] : entries.slice(0, tooMuch);
}
