import { ADTS_HEADER, AUDIO_RATE, PARAMETER_SETS, PICTURES, SAMPLES_PER_FRAME, SILENCE } from './sampleMedia.js';

/* Segments of HLS: MPEG-TS with the sample pictures and silence. Source: ISO/IEC 13818-1. */

export const PACKET = 188;

const NULL_PACKET = Buffer.concat([Buffer.from([0x47, 0x1f, 0xff, 0x10]), Buffer.alloc(PACKET - 4, 0xff)]);

/** What players skip: null packets. */
export const NULL_PACKETS = Buffer.alloc(300 * PACKET, NULL_PACKET);

const CLOCK = 90_000;

/** Decoders need the first clock before the first picture. */
const HEAD_START = CLOCK;

const MAP = { pid: 0x1000 };
const VIDEO = { pid: 0x100, streamType: 0x1b, streamId: 0xe0 };
const AUDIO = { pid: 0x101, streamType: 0x0f, streamId: 0xc0 };
const AUDIO_FRAMES_PER_PACKET = 47;

const START_CODE = Buffer.from([0, 0, 0, 1]);
const ACCESS_UNIT_DELIMITER = Buffer.from([0x09, 0xf0]);

/** Makes the segments of one playlist, in their order. */
export class Segments {
  /** By PID: the last continuity counter. */
  readonly #counters = new Map<number, number>();

  /** The segment from one time of the recording to another, in seconds. It begins with a picture of its own. */
  next(from: number, to: number): Buffer {
    const packets = [...this.#section(0, programs()), ...this.#section(MAP.pid, programMap())];
    for (let second = 0; second < to - from; second++) {
      const picture = PICTURES[second % PICTURES.length] ?? Buffer.alloc(0);
      const isKey = second % PICTURES.length === 0;
      const units = [ACCESS_UNIT_DELIMITER, ...(isKey ? PARAMETER_SETS : []), picture];
      const payload = Buffer.concat(units.flatMap((unit) => [START_CODE, unit]));
      packets.push(...this.#stream(VIDEO, clockOf(from + second), payload));
    }
    const frame = Buffer.concat([ADTS_HEADER, SILENCE]);
    const end = frameAt(to);
    for (let first = frameAt(from); first < end; first += AUDIO_FRAMES_PER_PACKET) {
      const count = Math.min(AUDIO_FRAMES_PER_PACKET, end - first);
      const payload = Buffer.concat(Array.from({ length: count }, () => frame));
      packets.push(...this.#stream(AUDIO, clockOf((first * SAMPLES_PER_FRAME) / AUDIO_RATE), payload));
    }
    return Buffer.concat(packets);
  }

  #section(pid: number, section: Buffer): Buffer[] {
    const withChecksum = Buffer.concat([section, checksum(section)]);
    const payload = Buffer.concat([Buffer.alloc(1), withChecksum]);
    return [Buffer.concat([this.#header(pid, true, false), payload, Buffer.alloc(PACKET - 4 - payload.length, 0xff)])];
  }

  #stream({ pid, streamId }: { pid: number; streamId: number }, clock: number, payload: Buffer): Buffer[] {
    // Of a video the length may be unlimited.
    const length = streamId === VIDEO.streamId ? 0 : payload.length + 8;
    const header = Buffer.from([0, 0, 1, streamId, length >> 8, length & 0xff, 0x84, 0x80, 5, ...timestamp(clock)]);
    const bytes = Buffer.concat([header, payload]);
    const packets: Buffer[] = [];
    for (let at = 0; at < bytes.length;) {
      const isFirst = at === 0;
      const fields = isFirst && pid === VIDEO.pid ? clockReference(clock - HEAD_START / 2) : Buffer.alloc(0);
      const room = PACKET - 4 - (fields.length > 0 ? 1 + fields.length : 0);
      const part = bytes.subarray(at, at + room);
      const stuffing = PACKET - 4 - part.length;
      const adaptation = stuffing === 0 ? Buffer.alloc(0) : adaptationField(stuffing, fields);
      packets.push(Buffer.concat([this.#header(pid, isFirst, stuffing > 0), adaptation, part]));
      at += part.length;
    }
    return packets;
  }

  #header(pid: number, begins: boolean, hasAdaptation: boolean): Buffer {
    const counter = ((this.#counters.get(pid) ?? -1) + 1) & 0xf;
    this.#counters.set(pid, counter);
    return Buffer.from([0x47, (begins ? 0x40 : 0) | (pid >> 8), pid & 0xff, (hasAdaptation ? 0x30 : 0x10) | counter]);
  }
}

function clockOf(seconds: number): number {
  return HEAD_START + Math.round(seconds * CLOCK);
}

function frameAt(seconds: number): number {
  return Math.round((seconds * AUDIO_RATE) / SAMPLES_PER_FRAME);
}

function adaptationField(length: number, fields: Buffer): Buffer {
  const field = Buffer.alloc(length, 0xff);
  field[0] = length - 1;
  if (length > 1) field[1] = 0;
  fields.copy(field, 1);
  return field;
}

/** Flags (random access, clock) and the clock. */
function clockReference(clock: number): Buffer {
  const base = BigInt(clock) << 15n;
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE((base | 0x7e00n) << 16n);
  return Buffer.concat([Buffer.from([0x50]), bytes.subarray(0, 6)]);
}

function timestamp(clock: number): number[] {
  const high = Math.floor(clock / 2 ** 30) & 7;
  return [
    0x21 | (high << 1),
    (clock >> 22) & 0xff,
    ((clock >> 14) & 0xff) | 1,
    (clock >> 7) & 0xff,
    ((clock << 1) & 0xff) | 1,
  ];
}

function programs(): Buffer {
  return Buffer.from([0x00, 0xb0, 13, 0, 1, 0xc1, 0, 0, 0, 1, 0xe0 | (MAP.pid >> 8), MAP.pid & 0xff]);
}

function programMap(): Buffer {
  const streams = [VIDEO, AUDIO].flatMap(({ streamType, pid }) => [
    streamType,
    0xe0 | (pid >> 8),
    pid & 0xff,
    0xf0,
    0,
  ]);
  const clock = [0xe0 | (VIDEO.pid >> 8), VIDEO.pid & 0xff];
  return Buffer.from([0x02, 0xb0, 13 + streams.length, 0, 1, 0xc1, 0, 0, ...clock, 0xf0, 0, ...streams]);
}

/** CRC-32/MPEG-2. */
function checksum(section: Buffer): Buffer {
  let crc = 0xffffffff;
  for (const byte of section) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  }
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc >>> 0);
  return bytes;
}
