import { InconclusiveError, UnplayableError } from './inspection.js';
import { readBox } from './mp4Box.js';

/** What the index (the content of `moov`) says of the file. */
export interface Mp4Index {
  /** Seconds; undefined in a fragmented file. */
  duration: number | undefined;
  videoCodec?: string;
  audioCodec?: string;
  width?: number;
  height?: number;
  /** Where the first and the last piece of the first track with a compressed codec are. */
  samplePlaces: number[];
}

interface Track {
  kind: 'video' | 'audio';
  codec: string;
  width?: number;
  height?: number;
  /** Seconds, the sum over its samples. */
  duration: number;
  samples: number;
  firstPlace: number;
  lastPlace: number;
}

const MAX_TRACKS = 16;

/** Direct children of a box; each takes memory. Real ones have some ten. */
const MAX_CHILDREN = 1_000;

/** Their samples never begin with zeros, unlike silence that is not compressed. */
const COMPRESSED = ['avc', 'hevc', 'aac'];

const CODECS: Record<string, string> = {
  ...{ avc1: 'avc', avc3: 'avc', hvc1: 'hevc', hev1: 'hevc', av01: 'av1', vp08: 'vp8', vp09: 'vp9' },
  ...{ mp4a: 'aac', Opus: 'opus', 'ac-3': 'ac3' },
};

/**
 * @param fileSize all samples lie before it
 * @throws {UnplayableError} if the index is damaged or names nothing that can be played
 * @throws {InconclusiveError} if it has too many boxes
 */
export function readIndex(moov: Buffer, fileSize: number): Mp4Index {
  try {
    return indexOf(moov, fileSize);
  } catch (error) {
    // A field beyond the end of its box.
    if (error instanceof RangeError) throw new UnplayableError('its index (moov) is damaged');
    throw error;
  }
}

function indexOf(moov: Buffer, fileSize: number): Mp4Index {
  const boxes = childrenOf(moov);
  const isFragmented = boxes.has('mvex');
  const traks = boxes.get('trak') ?? [];
  const tracks = traks.slice(0, MAX_TRACKS).flatMap((trak) => readTrack(trak) ?? []);
  if (traks.length === 0) throw new UnplayableError('it has no tracks');
  if (tracks.length === 0) throw new UnplayableError('it has no track with picture or sound');
  const filled = tracks.filter(({ samples }) => samples > 0);
  if (filled.length === 0 && !isFragmented) throw new UnplayableError('its tracks are empty');
  const last = Math.max(0, ...filled.map(({ lastPlace }) => lastPlace));
  if (last >= fileSize) {
    throw new UnplayableError(`it is cut: its index refers to byte ${last}, and it has ${fileSize} bytes`);
  }
  const video = tracks.find(({ kind }) => kind === 'video');
  const audio = tracks.find(({ kind }) => kind === 'audio');
  const sampled = filled.find(({ codec }) => COMPRESSED.includes(codec));
  const seconds = readMovieDuration(boxes.get('mvhd')?.[0]) || Math.max(0, ...filled.map(({ duration }) => duration));
  return {
    // The index of a fragmented file knows its first fragment only.
    duration: isFragmented ? undefined : rounded(seconds),
    ...(video && { videoCodec: video.codec }),
    ...(audio && { audioCodec: audio.codec }),
    ...(video?.width && video.height && { width: video.width, height: video.height }),
    samplePlaces: sampled ? [sampled.firstPlace, sampled.lastPlace] : [],
  };
}

/** Undefined for a track of another kind, such as captions. */
function readTrack(trak: Buffer): Track | undefined {
  const mdia = childrenOf(trak).get('mdia')?.[0];
  const media = mdia && childrenOf(mdia);
  const handler = media?.get('hdlr')?.[0]?.toString('latin1', 8, 12);
  const minf = media?.get('minf')?.[0];
  const stbl = minf && childrenOf(minf).get('stbl')?.[0];
  if (!stbl || (handler !== 'vide' && handler !== 'soun')) return undefined;
  const tables = childrenOf(stbl);
  const description = tables.get('stsd')?.[0];
  if (!description || description.readUInt32BE(4) === 0) return undefined;
  const entry = description
    .toString('latin1', 12, 16)
    .replace(/[^ -~]/g, '?')
    .trim();
  const isVideo = handler === 'vide';
  const header = media?.get('mdhd')?.[0];
  return {
    kind: isVideo ? 'video' : 'audio',
    codec: CODECS[entry] ?? entry,
    // Of the sample entry; those of `tkhd` are the size on the screen.
    ...(isVideo && { width: description.readUInt16BE(40), height: description.readUInt16BE(42) }),
    ...readSamples(tables, header ? (header[0] === 1 ? header.readUInt32BE(20) : header.readUInt32BE(12)) : 0),
  };
}

function readSamples(tables: Map<string, Buffer[]>, timescale: number) {
  const { count, units } = readTimes(tables.get('stts')?.[0]);
  const sizes = tables.get('stsz')?.[0] ?? tables.get('stz2')?.[0];
  const samples = Math.min(count, sizes ? sizes.readUInt32BE(8) : 0);
  const short = tables.get('stco')?.[0];
  const long = tables.get('co64')?.[0];
  const places = short
    ? readPlaces(short, 4)
    : long
      ? readPlaces(long, 8)
      : { firstPlace: 0, lastPlace: 0, chunks: 0 };
  return {
    duration: timescale > 0 ? units / timescale : 0,
    samples: places.chunks === 0 ? 0 : samples,
    ...places,
  };
}

/** How many samples last how long, from a table of runs. */
function readTimes(stts: Buffer | undefined): { count: number; units: number } {
  let [count, units] = [0, 0];
  const runs = stts ? stts.readUInt32BE(4) : 0;
  for (let run = 0; stts && run < runs; run++) {
    const samples = stts.readUInt32BE(8 + 8 * run);
    count += samples;
    units += samples * stts.readUInt32BE(12 + 8 * run);
  }
  return { count, units };
}

function readPlaces(table: Buffer, width: 4 | 8) {
  const chunks = table.readUInt32BE(4);
  const at = (place: number) =>
    width === 4 ? table.readUInt32BE(8 + 4 * place) : Number(table.readBigUInt64BE(8 + 8 * place));
  let lastPlace = 0;
  for (let chunk = 0; chunk < chunks; chunk++) lastPlace = Math.max(lastPlace, at(chunk));
  return { chunks, firstPlace: chunks > 0 ? at(0) : 0, lastPlace };
}

/** Seconds; 0 where it is unknown. */
function readMovieDuration(mvhd: Buffer | undefined): number {
  if (!mvhd) return 0;
  const isLong = mvhd[0] === 1;
  const timescale = mvhd.readUInt32BE(isLong ? 20 : 12);
  const units = isLong ? Number(mvhd.readBigUInt64BE(24)) : mvhd.readUInt32BE(16);
  const isKnown = timescale > 0 && units !== (isLong ? Number(0xffff_ffff_ffff_ffffn) : 0xffff_ffff);
  return isKnown ? units / timescale : 0;
}

/** The contents of a box's direct children, by type. Never deeper: depth cannot be abused. */
function childrenOf(content: Buffer): Map<string, Buffer[]> {
  const children = new Map<string, Buffer[]>();
  let count = 0;
  for (let start = 0; start + 8 <= content.length;) {
    const box = readBox(content, start, content.length);
    // Some writers end a list with zeros.
    if (!box && content.subarray(start).every((byte) => byte === 0)) break;
    if (!box || box.end > content.length) throw new UnplayableError('its index (moov) is damaged');
    count += 1;
    if (count > MAX_CHILDREN)
      throw new InconclusiveError(`its index (moov) has more than ${MAX_CHILDREN} boxes in one`);
    const sameType = children.get(box.type);
    const bytes = content.subarray(box.content, box.end);
    if (sameType) sameType.push(bytes);
    else children.set(box.type, [bytes]);
    start = box.end;
  }
  return children;
}

/** To milliseconds. */
function rounded(seconds: number): number {
  return Math.round(seconds * 1_000) / 1_000;
}
