import pLimit from 'p-limit';
import type { RecordedFile } from '../client.js';
import { HuaweiError } from '../huawei/errors.js';
import { bucketIn, inspectFile } from '../huawei/media.js';
import type { ObsClient } from '../huawei/obs.js';
import { RecordingFiles, type ListedFile } from '../huawei/recordingFiles.js';

export interface VerifiedFile {
  bucket: string;
  object: string;
  /** None: it is there, unchanged, and can be played. */
  problems: string[];
}

const FILES_AT_A_TIME = 8;

/** Compares files with the bucket, and opens each. */
export function verifyFiles(obs: ObsClient, location: string, files: RecordedFile[]): Promise<VerifiedFile[]> {
  const limit = pLimit(FILES_AT_A_TIME);
  return Promise.all(
    files.map((file) =>
      limit(async () => {
        const { bucket, object } = file;
        return { bucket, object, problems: await problemsOf(obs, location, file) };
      }),
    ),
  );
}

async function problemsOf(obs: ObsClient, location: string, file: RecordedFile): Promise<string[]> {
  const { bucket, object, format, size, etag, segments } = file;
  const place = { bucket, location };
  try {
    const found = await findFile(obs, place, object);
    if (!found) return ['not in the bucket'];
    const { media, problem } = await inspectFile(bucketIn(obs, { ...place, signal: undefined }), {
      object,
      format,
      size: found.size,
    });
    return [
      ...(found.size === size ? [] : [`${found.size} bytes instead of ${size}`]),
      ...(etag === undefined || found.etag === etag ? [] : ['changed: another ETag']),
      ...(segments === found.segments ? [] : [`${found.segments ?? 0} segments instead of ${segments ?? 0}`]),
      ...(media?.playable === false ? [`cannot be played: ${media.reason}`] : []),
      ...(problem === undefined ? [] : [`whether it can be played is unknown: ${problem}`]),
    ];
  } catch (error) {
    if (!(error instanceof HuaweiError)) throw error;
    return [`could not be read: ${error.message}`];
  }
}

/** As the listing of a recording groups it: a playlist with its segments. */
async function findFile(
  obs: ObsClient,
  place: { bucket: string; location: string },
  object: string,
): Promise<ListedFile | undefined> {
  const files = new RecordingFiles();
  for await (const page of obs.list({ ...place, prefix: object.replace(/\.m3u8$/, '') })) {
    for (const found of page) files.add(found);
  }
  return files.end().files.find((file) => file.object === object);
}
