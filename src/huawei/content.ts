/** The types that the first box of an MP4 may have; recorders may also begin with unused space. */
const FIRST_BOXES = new Set(['ftyp', 'styp', 'moov', 'mdat', 'free', 'skip', 'wide', 'pdin', 'uuid', 'moof', 'sidx']);

/** What a file is, by its beginning and not by its name. */
export function kindOf(head: Buffer): 'MP4' | 'HLS' | undefined {
  if (FIRST_BOXES.has(head.toString('latin1', 4, 8))) return 'MP4';
  return /^(\xef\xbb\xbf)?#EXTM3U\s/.test(`${head.toString('latin1', 0, 16)}\n`) ? 'HLS' : undefined;
}

/** What it contains if it is neither. */
export function describeContent(head: Buffer): string {
  if (head.every((byte) => byte === 0)) return 'zeros';
  const start = head.toString('latin1', 0, 64).trimStart();
  if (/^(\xef\xbb\xbf)?<(\?xml|!doctype|html|error)/i.test(start)) return 'XML or HTML';
  return head[0] === 0x47 && head[188] === 0x47 ? 'MPEG-TS' : 'something';
}
