/**
 * `files` and `warnings` are cut: Temporal could never deliver a result over 2 MiB. Keys of a usual length leave room
 * for all of the 2,000 entries. `fileCount` and `totalSize` count all.
 */
export const RESULT_LIMITS = {
  files: { entries: 2_000, bytes: 1_280 * 1024 },
  warnings: { entries: 2_000, bytes: 256 * 1024 },
};

const encoder = new TextEncoder();

/** How many bytes this takes in a history. */
export function bytesOf(value: unknown): number {
  return encoder.encode(JSON.stringify(value)).length;
}

/** As many of the first entries as fit. */
export function cut<T>(entries: readonly T[], limit: { entries: number; bytes: number }): T[] {
  let bytes = 0;
  const tooMuch = entries.findIndex((entry, index) => {
    bytes += bytesOf(entry) + 1;
    return index >= limit.entries || bytes > limit.bytes;
  });
  return tooMuch < 0 ? [...entries] : entries.slice(0, tooMuch);
}
