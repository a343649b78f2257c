import { describeContent, kindOf } from './content.js';
import { hasErrorCode } from './errors.js';
import type { FileInspection } from '../contract/activityTypes.js';
import { InconclusiveError, UnplayableError } from './inspection.js';
import { inspectMp4 } from './mp4.js';
import { HEAD, ObjectReader, type Bucket } from './objectReader.js';
import type { ListRequest, ObsClient } from './obs.js';
import { inspectPlaylist } from './playlist.js';

/* Whether the files in the bucket can be played (docs/decisions/media-inspection.md). */

/** A listed file; of HLS the playlist, with the size of its segments too. */
export interface InspectedFile {
  object: string;
  format: string;
  /** Bytes. */
  size: number;
}

/** A bucket of OBS. */
export function bucketIn(obs: ObsClient, place: Pick<ListRequest, 'bucket' | 'location' | 'signal'>): Bucket {
  return {
    readRange: (object, offset, length) => obs.readRange({ ...place, object, offset, length }),
    list: (prefix) => obs.list({ ...place, prefix }),
    url: `https://${place.bucket}.obs.${place.location}.myhuaweicloud.com/`,
  };
}

const LONGEST_REASON = 300;

/**
 * Inspects one file.
 * @throws {HuaweiError} if the bucket could not be read
 */
export async function inspectFile(bucket: Bucket, file: InspectedFile): Promise<FileInspection> {
  try {
    return await inspect(bucket, file);
  } catch (error) {
    if (error instanceof InconclusiveError) return { problem: error.message.slice(0, LONGEST_REASON) };
    if (hasErrorCode(error, 'NoSuchKey')) return unplayable(new UnplayableError('it is not in the bucket any more'));
    if (error instanceof UnplayableError) return unplayable(error);
    throw error;
  }
}

async function inspect(bucket: Bucket, { object, format, size }: InspectedFile): Promise<FileInspection> {
  const reader = new ObjectReader(bucket, object);
  const head = size === 0 ? Buffer.alloc(0) : await readHead(reader);
  if (head.length === 0) throw new UnplayableError('it has 0 bytes');
  const kind = kindOf(head);
  if (kind === undefined) throw new UnplayableError(`it contains ${describeContent(head)}, neither MP4 nor HLS`);
  if (['MP4', 'HLS'].includes(format) && format !== kind) throw new UnplayableError(`it contains ${kind}`);
  if (kind === 'MP4') return { media: await inspectMp4(reader, size) };
  return inspectPlaylist(reader, head);
}

/** The size of an HLS entry counts its segments too: its playlist may be empty nevertheless. */
async function readHead(reader: ObjectReader): Promise<Buffer> {
  try {
    return await reader.read(0, HEAD);
  } catch (error) {
    if (hasErrorCode(error, 'InvalidRange')) return Buffer.alloc(0);
    throw error;
  }
}

function unplayable({ message, facts }: UnplayableError): FileInspection {
  const { mayBecomePlayable, ...media } = facts;
  const reason = message.slice(0, LONGEST_REASON);
  return { media: { playable: false, reason, ...media }, ...(mayBecomePlayable && { mayBecomePlayable }) };
}
