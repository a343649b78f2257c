import { cancellationSignal } from '@temporalio/activity';
import { StatusError } from '../huawei/errors.js';
import type { ListedObject, ObsClient } from '../huawei/obs.js';
import type { SparkRtcClient } from '../huawei/sparkrtc.js';
import { groupFiles } from '../huawei/recordingFiles.js';
import { cut } from '../recording/cut.js';
import { FailureType } from '../recording/failureTypes.js';
import { RESULT_LIMITS, type RecordedFile } from '../recording/result.js';
import type { JobAnswer, Listing, ListingRequest } from '../recording/steps.js';
import { vendorCall } from './failures.js';
import type { SpareCalls } from './spareCalls.js';
import { plainSearches, searchesOf, type Search } from './listingPlan.js';

/** A level of folders is not walked beyond this: the recording's own announcements are the better guide then. */
const MOST_FOLDERS = 500;

/** A listing is not held up for longer by the question that goes with it. */
const PATIENCE_MS = 2_000;

/** What makes a recording file without having been announced; anything else beside them is not ours to name. */
const RECORDING_FORMATS = ['MP4', 'HLS'];

/**
 * Step 7: lists the recording's files as they really lie in the bucket. Never reads a whole bucket: announced files are looked for where the
 * announcement says, the rest where the recording template puts this stream.
 */
export function listRecordingFiles(obs: ObsClient, sparkRtc: SparkRtcClient, spare: SpareCalls) {
  return async (request: ListingRequest): Promise<Listing> => {
    const [listing, job] = await Promise.all([
      list(obs, request),
      spare.take() ? askAlong(sparkRtc, request) : undefined,
    ]);
    return { ...listing, ...(job && { job }) };
  };
}

function list(obs: ObsClient, request: ListingRequest): Promise<Listing> {
  return vendorCall(FailureType.ListingFailed, async () => {
    const warnings = new Set<string>();
    const buckets = new Map<string, ListedObject[]>();
    for (const search of [...plainSearches(request), ...searchesOf(request)]) {
      const objects = buckets.get(search.bucket) ?? [];
      buckets.set(search.bucket, objects);
      await runSearch(obs, search, objects, warnings);
    }
    return describe(request, buckets, warnings);
  });
}

/** No event tells how a job ended. Where the answer does not come at once, the workflow asks again, and in its turn. */
async function askAlong(sparkRtc: SparkRtcClient, { appId, jobId }: ListingRequest): Promise<JobAnswer | undefined> {
  if (jobId === undefined) return undefined;
  const signal = AbortSignal.any([cancellationSignal(), AbortSignal.timeout(PATIENCE_MS)]);
  return sparkRtc.showIndividualStreamJob(appId, jobId, signal).catch(() => undefined);
}

async function runSearch(
  obs: ObsClient,
  search: Search,
  objects: ListedObject[],
  warnings: Set<string>,
): Promise<void> {
  const { bucket, location } = search;
  const signal = cancellationSignal();
  const tooMany = (limit: number) =>
    warnings.add(
      `The bucket "${bucket}" has more than ${limit} folders where this recording may be; files that were not announced may be missing.`,
    );
  const listFolders = async (prefix: string) => {
    const { folders, cut } = await obs.listFolders({ bucket, location, prefix, limit: MOST_FOLDERS, signal });
    if (cut) tooMany(MOST_FOLDERS);
    return folders;
  };
  try {
    const found = await search.find(listFolders, tooMany);
    for (const { prefix, accepts } of found) {
      for await (const page of obs.list({ bucket, location, prefix, signal })) {
        objects.push(...page.filter(({ key }) => accepts(key)));
      }
    }
  } catch (error) {
    if (!(error instanceof StatusError && error.errorCode === 'NoSuchBucket')) throw error;
    warnings.add(`The bucket "${bucket}" does not exist (any more).`);
  }
}

function describe(request: ListingRequest, buckets: Map<string, ListedObject[]>, warnings: Set<string>): Listing {
  const { announced } = request;
  const keys = new Set(announced.map(({ bucket, object }) => `${bucket ?? ''}/${object}`));
  const isAnnounced = (bucket: string, object: string) => keys.has(`${bucket}/${object}`) || keys.has(`/${object}`);

  const files: RecordedFile[] = [];
  for (const [bucket, objects] of buckets) {
    const grouped = groupFiles(objects);
    const ours = grouped.files.filter(
      ({ format, object }) => RECORDING_FORMATS.includes(format) || isAnnounced(bucket, object),
    );
    files.push(...ours.map((file) => ({ bucket, ...file })));
    if (grouped.strays.length > 0) {
      warnings.add(
        `${grouped.strays.length} HLS segments in the bucket "${bucket}" have no playlist; the first is ${grouped.strays[0]?.key}.`,
      );
    }
  }
  files.sort((a, b) => (a.object < b.object ? -1 : 1));

  const seen = new Set(files.flatMap(({ bucket, object }) => [`${bucket}/${object}`, `/${object}`]));
  return {
    files: cut(files, RESULT_LIMITS.files),
    fileCount: files.length,
    totalSize: files.reduce((sum, file) => sum + file.size, 0),
    missing: announced.flatMap(({ bucket, object }, place) => (seen.has(`${bucket ?? ''}/${object}`) ? [] : [place])),
    warnings: [...warnings],
  };
}
