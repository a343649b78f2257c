import { present } from '../contract/present.js';
import type { Media } from '../contract/result.js';
import { UnplayableError } from './inspection.js';
import { readBox } from './mp4Box.js';
import { readIndex, type Mp4Index } from './mp4Index.js';
import type { ObjectReader } from './objectReader.js';

/** Room for the header of a box and the small boxes that follow it. */
const WINDOW = 4 * 1024;
const LONGEST_HEADER = 16;

/** Enough to see whether anything is there. */
const SAMPLE = 64;

/**
 * Whether an MP4 has an index with tracks, and the media data that the index refers to.
 * @throws {UnplayableError} if not
 * Source: ISO/IEC 14496-12, "ISO base media file format".
 */
export async function inspectMp4(reader: ObjectReader, size: number): Promise<Media> {
  let index: Mp4Index | undefined;
  let hasData = false;
  for (let offset = 0; offset + 8 <= size && !(index && hasData);) {
    const left = size - offset;
    const header = await reader.read(offset, Math.min(LONGEST_HEADER, left), Math.min(WINDOW, left));
    const box = readBox(header, 0, left);
    if (!box) throw new UnplayableError(`it is damaged at byte ${offset}${index ? '' : ', before its index (moov)'}`);
    if (box.end > left) throw new UnplayableError(`it is cut: ${box.end - left} bytes of its ${box.type} are missing`);
    if (box.type === 'moov') {
      index = await reader.readIndex(offset + box.content, box.end - box.content, (bytes) => readIndex(bytes, size));
    }
    // Later fragments are like the first one.
    if (box.type === 'mdat' || box.type === 'moof') hasData = true;
    offset += box.end;
  }
  if (!index) throw new UnplayableError('it has no index (moov): its recorder did not finish it');
  if (!hasData) throw new UnplayableError('it has no media data (mdat)');
  for (const offset of new Set(index.samplePlaces)) {
    const sample = await reader.read(offset, Math.min(SAMPLE, size - offset));
    if (sample.every((byte) => byte === 0)) throw new UnplayableError(`its media data are zeros at byte ${offset}`);
  }
  const { duration, videoCodec, audioCodec, width, height } = index;
  return { playable: true, ...present({ duration, videoCodec, audioCodec, width, height }) };
}
