import { AUDIO_CONFIG, AUDIO_RATE, PARAMETER_SETS, PICTURES, SAMPLES_PER_FRAME, SILENCE } from './sampleMedia.js';

/* An MP4 of any length whose samples lie in the file once: its chunks all refer to the same ten seconds. */

/** Units of a second in the movie and in the video. */
const TIMESCALE = 1_000;

/** About a second. */
const FRAMES_PER_CHUNK = 47;

const LARGEST_SHORT_BOX = 2 ** 32 - 1;

export interface Mp4 {
  /** Above 0. */
  seconds: number;
  width: number;
  height: number;
  /** `false`: an index without tracks. */
  tracks?: boolean;
  /** `false`: without an index, as when its recorder was killed. */
  index?: boolean;
}

/** A playable file, or a broken one, up to what fills it: the header of a box `free` that ends at `size`. */
export function mp4Head({ seconds, width, height, tracks = true, index = true }: Mp4, size: number): Buffer {
  const samples = PICTURES.map((picture) => Buffer.concat([uint32(picture.length), picture]));
  const silence = Buffer.concat(Array.from({ length: FRAMES_PER_CHUNK }, () => SILENCE));
  const fileType = box('ftyp', Buffer.from('isom'), uint32(0x200), Buffer.from('isomiso2avc1mp41'));
  const data = box('mdat', ...samples, silence);
  const videoBytes = samples.reduce((sum, { length }) => sum + length, 0);
  const movie = (videoAt: number) => {
    const units = Math.max(1, Math.round(seconds * TIMESCALE));
    const both = [videoTrack({ units, width, height, samples, at: videoAt }), audioTrack(units, videoAt + videoBytes)];
    return index ? box('moov', movieHeader(units), ...(tracks ? both : [])) : Buffer.alloc(0);
  };
  // The index has the same length wherever the data are.
  const dataAt = fileType.length + movie(0).length + 8;
  const media = [fileType, movie(dataAt), data];
  return Buffer.concat([...media, freeHeader(size - media.reduce((sum, { length }) => sum + length, 0))]);
}

function videoTrack({ units, width, height, samples, at }: Omit<Mp4, 'seconds'> & Samples): Buffer {
  const count = Math.ceil(units / TIMESCALE);
  const rest = units - (count - 1) * TIMESCALE;
  const [sps, pps] = PARAMETER_SETS;
  const config = box(
    'avcC',
    Buffer.from([1, ...sps.subarray(1, 4), 0xff, 0xe1]),
    ...[uint16(sps.length), sps, Buffer.from([1]), uint16(pps.length), pps],
  );
  const entry = box(
    'avc1',
    ...[Buffer.alloc(6), uint16(1), Buffer.alloc(16), uint16(width), uint16(height)],
    ...[uint32(0x480000), uint32(0x480000), uint32(0), uint16(1), Buffer.alloc(32), uint16(24), uint16(0xffff)],
    config,
  );
  const sizes = Array.from({ length: count }, (_, i) => samples[i % samples.length]?.length ?? 0);
  const keyFrames = Array.from({ length: Math.ceil(count / samples.length) }, (_, i) => i * samples.length + 1);
  return track({
    ...{ id: 1, units, timescale: TIMESCALE, mediaUnits: units, handler: 'vide', width, height, entry },
    header: fullBox('vmhd', 1, Buffer.alloc(8)),
    times: [...(count > 1 ? [[count - 1, TIMESCALE]] : []), [1, rest]],
    sizes: [uint32(0), uint32(count), ...sizes.map(uint32)],
    ...{ count, perChunk: samples.length, at },
    more: [fullBox('stss', 0, uint32(keyFrames.length), ...keyFrames.map(uint32))],
  });
}

interface Samples {
  units: number;
  samples: Buffer[];
  /** Where they begin in the file. */
  at: number;
}

function audioTrack(units: number, at: number): Buffer {
  const count = Math.max(1, Math.round(((units / TIMESCALE) * AUDIO_RATE) / SAMPLES_PER_FRAME));
  const decoder = descriptor(0x04, Buffer.from([0x40, 0x15]), Buffer.alloc(11), descriptor(0x05, AUDIO_CONFIG));
  const config = fullBox('esds', 0, descriptor(0x03, Buffer.alloc(3), decoder, descriptor(0x06, Buffer.from([2]))));
  const entry = box(
    'mp4a',
    ...[Buffer.alloc(6), uint16(1), Buffer.alloc(8), uint16(1), uint16(16), uint32(0), uint32(AUDIO_RATE * 2 ** 16)],
    config,
  );
  return track({
    ...{ id: 2, units, timescale: AUDIO_RATE, mediaUnits: count * SAMPLES_PER_FRAME, handler: 'soun', entry },
    ...{ width: 0, height: 0, header: fullBox('smhd', 0, Buffer.alloc(4)) },
    times: [[count, SAMPLES_PER_FRAME]],
    sizes: [uint32(SILENCE.length), uint32(count)],
    ...{ count, perChunk: FRAMES_PER_CHUNK, at },
    more: [],
  });
}

interface Track {
  id: number;
  /** The length in units of the movie, and of the track. */
  units: number;
  mediaUnits: number;
  timescale: number;
  handler: string;
  width: number;
  height: number;
  header: Buffer;
  /** The sample entry. */
  entry: Buffer;
  times: number[][];
  sizes: Buffer[];
  count: number;
  perChunk: number;
  /** Where each chunk begins. */
  at: number;
  more: Buffer[];
}

function track(of: Track): Buffer {
  const { id, units, mediaUnits, timescale, handler, width, height, count, perChunk, at } = of;
  const chunks = Math.ceil(count / perChunk);
  const last = count - (chunks - 1) * perChunk;
  const runs = [[1, Math.min(count, perChunk), 1], ...(chunks > 1 && last < perChunk ? [[chunks, last, 1]] : [])];
  const volume = handler === 'soun' ? 0x01000000 : 0;
  const screen = [uint32(width * 2 ** 16), uint32(height * 2 ** 16)];
  const table = box(
    'stbl',
    fullBox('stsd', 0, uint32(1), of.entry),
    fullBox('stts', 0, uint32(of.times.length), ...of.times.flat().map(uint32)),
    fullBox('stsc', 0, uint32(runs.length), ...runs.flat().map(uint32)),
    fullBox('stsz', 0, ...of.sizes),
    fullBox('stco', 0, uint32(chunks), ...Array.from({ length: chunks }, () => uint32(at))),
    ...of.more,
  );
  const dataHere = box('dinf', fullBox('dref', 0, uint32(1), fullBox('url ', 1)));
  return box(
    'trak',
    fullBox('tkhd', 3, ...[0, 0, id, 0, units, 0, 0, 0, volume].map(uint32), MATRIX, ...screen),
    box(
      'mdia',
      fullBox('mdhd', 0, ...[0, 0, timescale, mediaUnits].map(uint32), uint16(0x55c4), uint16(0)),
      fullBox('hdlr', 0, uint32(0), Buffer.from(handler), Buffer.alloc(12), Buffer.from('Simulator\0')),
      box('minf', of.header, dataHere, table),
    ),
  );
}

const MATRIX = Buffer.concat([0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000].map(uint32));

function movieHeader(units: number): Buffer {
  const rest = [uint32(0x10000), uint16(0x100), Buffer.alloc(10), MATRIX, Buffer.alloc(24), uint32(3)];
  return fullBox('mvhd', 0, ...[0, 0, TIMESCALE, units].map(uint32), ...rest);
}

/** Nothing where there is no room for a box. */
function freeHeader(length: number): Buffer {
  if (length < 8) return Buffer.alloc(0);
  if (length <= LARGEST_SHORT_BOX) return Buffer.concat([uint32(length), Buffer.from('free')]);
  const large = Buffer.alloc(8);
  large.writeBigUInt64BE(BigInt(length));
  return Buffer.concat([uint32(1), Buffer.from('free'), large]);
}

function box(type: string, ...content: Buffer[]): Buffer {
  const length = content.reduce((sum, part) => sum + part.length, 8);
  return Buffer.concat([uint32(length), Buffer.from(type, 'latin1'), ...content]);
}

/** With version 0 and flags. */
function fullBox(type: string, flags: number, ...content: Buffer[]): Buffer {
  return box(type, uint32(flags), ...content);
}

function descriptor(tag: number, ...content: Buffer[]): Buffer {
  const bytes = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag, bytes.length]), bytes]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}
