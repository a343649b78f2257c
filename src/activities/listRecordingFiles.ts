import { cancellationSignal } from '@temporalio/activity';
import type { Listing, ListingRequest } from '../contract/activityTypes.js';
import { FailureType } from '../contract/failures.js';
import { cut, RESULT_LIMITS } from '../contract/limits.js';
import type { RecordedFile } from '../contract/result.js';
import { hasErrorCode } from '../huawei/errors.js';
import type { ObsClient } from '../huawei/obs.js';
import {
  followSteps,
  learnedPrefix,
  searchPrefixes,
  withoutOverlap,
  type FoundPrefix,
} from '../huawei/recordPrefix.js';
import { formatOf, RecordingFiles } from '../huawei/recordingFiles.js';
import { vendorCall } from './vendorCall.js';

/** A level of folders is not walked beyond this: the recording's own announcements are the better guide then. */
const MOST_FOLDERS = 500;

/** What makes a recording file without having been announced; anything else beside them is not ours to name. */
const RECORDING_FORMATS = ['MP4', 'HLS'];

/**
 * Step 7: lists the recording's files. Never reads a whole bucket: announced files are looked for where their events
 * say, the rest where the recording template puts this stream.
 */
export function listRecordingFiles(obs: ObsClient) {
  return (request: ListingRequest): Promise<Listing> =>
    vendorCall(FailureType.ListingFailed, async () => {
      const warnings = new Set<string>();
      const searches = new Map<string, Search[]>();
      for (const search of [...plainSearches(request), ...searchesOf(request)]) {
        searches.set(search.bucket, [...(searches.get(search.bucket) ?? []), search]);
      }
      const buckets = new Map<string, RecordingFiles>();
      for (const [bucket, inBucket] of searches) buckets.set(bucket, await search(obs, inBucket, warnings));
      return describe(request, buckets, warnings);
    });
}

/** All searches of one bucket: first where to look, then what is there, page by page. */
async function search(obs: ObsClient, searches: readonly Search[], warnings: Set<string>): Promise<RecordingFiles> {
  const files = new RecordingFiles();
  const [{ bucket, location } = { bucket: '', location: '' }] = searches;
  const signal = cancellationSignal();
  const tooMany = (limit: number) =>
    warnings.add(
      `The bucket "${bucket}" has more than ${limit} folders where this recording may be; ` +
        'files that were not announced may be missing.',
    );
  const listFolders = async (prefix: string) => {
    const { folders, cut } = await obs.listFolders({ bucket, location, prefix, limit: MOST_FOLDERS, signal });
    if (cut) tooMany(MOST_FOLDERS);
    return folders;
  };
  try {
    const found: FoundPrefix[] = [];
    for (const { find } of searches) found.push(...(await find(listFolders, tooMany)));
    for (const { prefix, accepts } of withoutOverlap(found)) {
      for await (const page of obs.list({ bucket, location, prefix, signal })) {
        for (const object of page) if (accepts(object.key)) files.add(object);
      }
    }
  } catch (error) {
    if (!hasErrorCode(error, 'NoSuchBucket')) throw error;
    warnings.add(`The bucket "${bucket}" does not exist (any more).`);
  }
  return files;
}

function describe(request: ListingRequest, buckets: Map<string, RecordingFiles>, warnings: Set<string>): Listing {
  const { announced } = request;
  const keys = new Set(announced.map(({ bucket, object }) => `${bucket ?? ''}/${object}`));
  const isAnnounced = (bucket: string, object: string) => keys.has(`${bucket}/${object}`) || keys.has(`/${object}`);

  const files: RecordedFile[] = [];
  for (const [bucket, found] of buckets) {
    const grouped = found.end();
    const ours = grouped.files.filter(
      ({ format, object }) => RECORDING_FORMATS.includes(format) || isAnnounced(bucket, object),
    );
    files.push(...ours.map((file) => ({ bucket, ...file })));
    if (grouped.strays) {
      const { count, first } = grouped.strays;
      warnings.add(`${count} HLS segments in the bucket "${bucket}" have no playlist; the first is ${first}.`);
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

type ListFolders = (prefix: string) => Promise<readonly string[]>;

/** One search in one bucket: finds the prefixes below which files of the recording may lie. */
export interface Search {
  bucket: string;
  location: string;
  find: (listFolders: ListFolders, onCut: (limit: number) => void) => Promise<FoundPrefix[]>;
}

/** The announced files: below their key up to the stream's name lie all files of that stream. */
export function plainSearches({ announced, places, streamNames }: ListingRequest): Search[] {
  const searches = new Map<string, Search>();
  // A bucket that no place names is most likely in the region of the template.
  const location = places[0]?.location ?? 'cn-north-4';
  for (const { bucket, object } of announced) {
    const [prefix = object] = streamNames.flatMap((stream) => learnedPrefix(object, stream) ?? []);
    const found = [{ prefix, accepts: () => true }];
    const inBucket =
      bucket === undefined ? places : [places.find((one) => one.bucket === bucket) ?? { bucket, location }];
    for (const place of inBucket) {
      searches.set(`${place.bucket}/${prefix}`, { ...place, find: () => Promise.resolve(found) });
    }
  }
  return [...searches.values()];
}

/** Where the template puts files by stream and format; an announced file of both already teaches all variables. */
export function searchesOf({ appId, announced, places, streamNames }: ListingRequest): Search[] {
  const searches: Search[] = [];
  const isKnown = (stream: string, format: string) =>
    announced.some(({ object }) => formatOf(object) === format && learnedPrefix(object, stream) !== undefined);
  for (const { bucket, location, object, templates } of places) {
    for (const { format, recordPrefix } of templates) {
      for (const stream of streamNames.filter((name) => !isKnown(name, format))) {
        // The API reference shows `MP4`, an example of the callback's page writes it small.
        for (const record_format of [format, format.toLowerCase()]) {
          for (const template of paths(object, recordPrefix)) {
            const steps = searchPrefixes({ template, known: { app_id: appId, record_format, stream } });
            if (steps) searches.push({ bucket, location, find: (list, onCut) => followSteps(steps, list, { onCut }) });
          }
        }
      }
    }
  }
  return searches;
}

/** A template that begins with `object` holds it already (API reference), or has it twice (the callback's page). */
function paths(object: string, recordPrefix: string): string[] {
  const twice = object + recordPrefix;
  return object !== '' && recordPrefix.startsWith(object) ? [recordPrefix, twice] : [twice];
}
