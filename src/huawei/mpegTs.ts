/* MPEG-TS, as far as the codecs of a segment. Source: ISO/IEC 13818-1, "Transport stream". */

const PACKET = 188;
const SYNC = 0x47;

const VIDEO: Record<number, string> = { 0x01: 'mpeg1', 0x02: 'mpeg2', 0x1b: 'avc', 0x24: 'hevc' };
const AUDIO: Record<number, string> = { 0x03: 'mp3', 0x04: 'mp3', 0x0f: 'aac', 0x11: 'aac', 0x81: 'ac3' };

export interface SegmentCodecs {
  videoCodec?: string;
  audioCodec?: string;
}

/** The codecs that the beginning of a segment names; undefined if it is no MPEG-TS. */
export function readCodecs(head: Buffer): SegmentCodecs | undefined {
  const packets = Math.floor(head.length / PACKET);
  if (packets === 0) return undefined;
  for (let packet = 0; packet < packets; packet++) if (head[packet * PACKET] !== SYNC) return undefined;
  const programs = sectionOf(head, 0);
  // The program association: after 8 bytes, numbers of programs and the PIDs of their maps.
  const map = programs && programs.length >= 12 && sectionOf(head, programs.readUInt16BE(10) & 0x1fff);
  return map ? codecsOf(map) : {};
}

/** The first section of this PID, which begins in one packet. */
function sectionOf(bytes: Buffer, pid: number): Buffer | undefined {
  for (let start = 0; start + PACKET <= bytes.length; start += PACKET) {
    const packet = bytes.subarray(start, start + PACKET);
    const begins = (packet[1] ?? 0) & 0x40;
    if ((packet.readUInt16BE(1) & 0x1fff) !== pid || !begins) continue;
    const hasAdaptation = (packet[3] ?? 0) & 0x20;
    const payload = packet.subarray(hasAdaptation ? 5 + (packet[4] ?? 0) : 4);
    const section = payload.subarray(1 + (payload[0] ?? 0));
    if (section.length < 3) continue;
    return section.subarray(0, 3 + (section.readUInt16BE(1) & 0xfff));
  }
  return undefined;
}

function codecsOf(map: Buffer): SegmentCodecs {
  const codecs: SegmentCodecs = {};
  if (map.length < 12) return codecs;
  const end = map.length - 4;
  for (let at = 12 + (map.readUInt16BE(10) & 0xfff); at + 5 <= end; at += 5 + (map.readUInt16BE(at + 3) & 0xfff)) {
    const type = map[at] ?? 0;
    const [video, audio] = [VIDEO[type], AUDIO[type]];
    if (video) codecs.videoCodec ??= video;
    if (audio) codecs.audioCodec ??= audio;
  }
  return codecs;
}
