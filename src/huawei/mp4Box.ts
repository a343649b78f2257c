/** One box of an MP4. Positions count from the beginning of the bytes that it was read from. */
export interface Box {
  type: string;
  /** Where its content begins. */
  content: number;
  /** Where the next box begins. */
  end: number;
}

const HEADER = 8;
const LARGE_HEADER = 16;

/**
 * @param end where a box of unlimited size ends
 * @returns undefined where there is no box
 */
export function readBox(bytes: Buffer, start: number, end: number): Box | undefined {
  if (start + HEADER > bytes.length) return undefined;
  const type = bytes.toString('latin1', start + 4, start + HEADER);
  if (!/^[ -~\xa9][ -~]{3}$/.test(type)) return undefined;
  const size = bytes.readUInt32BE(start);
  if (size === 0) return { type, content: start + HEADER, end };
  if (size > 1) return size < HEADER ? undefined : { type, content: start + HEADER, end: start + size };
  if (start + LARGE_HEADER > bytes.length) return undefined;
  const large = Number(bytes.readBigUInt64BE(start + HEADER));
  return large < LARGE_HEADER ? undefined : { type, content: start + LARGE_HEADER, end: start + large };
}
