import { cancellationSignal } from '@temporalio/activity';
import type { Listing, ListingRequest, RecordPlace } from '../contract/activityTypes.js';
import { FailureType } from '../contract/failures.js';
import { cut, RESULT_LIMITS } from '../contract/limits.js';
import type { RecordedFile } from '../contract/result.js';
import { StatusError } from '../huawei/errors.js';
import type { ObsClient } from '../huawei/obs.js';
import {
  followSteps,
  learnedPrefix,
  searchPrefixes,
  withoutOverlap,
  type FoundPrefix,
} from '../huawei/recordPrefix.js';
import { RecordingFiles } from '../huawei/recordingFiles.js';
import { vendorCall } from './vendorCall.js';

/** A level of folders is not walked beyond this: the recording's own announcements are the better guide then. */
const MOST_FOLDERS = 500;

/** What makes a recording file without having been announced; anything else beside them is not ours to name. */
const RECORDING_FORMATS = ['MP4', 'HLS'];

/**
 * Step 7: lists the recording's files in the bucket. Never lists a whole bucket: announced files are looked for where
 * the announcement says, the rest where the recording template puts this stream.
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
      for (const [bucket, inBucket] of searches) {
        const files = new RecordingFiles();
        buckets.set(bucket, files);
        await search(obs, inBucket, files, warnings);
      }
      return describe(request, buckets, warnings);
    });
}

/** All searches of one bucket: first where to look, then what is there, page by page. */
async function search(
  obs: ObsClient,
  searches: readonly Search[],
  files: RecordingFiles,
  warnings: Set<string>,
): Promise<void> {
  const [{ bucket, location } = { bucket: '', location: '' }] = searches;
  const signal = cancellationSignal();
  const tooMany = (limit: number) =>
    warnings.add(
      `The bucket "${bucket}" has more than ${limit} folders where this recording may be; files that were not ` +
        'announced may be missing.',
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
    if (!(error instanceof StatusError && error.errorCode === 'NoSuchBucket')) throw error;
    warnings.add(`The bucket "${bucket}" does not exist (any more).`);
  }
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

/** Where the announced files are: below the part of their key that ends with the stream's name. */
export function plainSearches({ announced, places, streamNames }: ListingRequest): Search[] {
  const searches = new Map<string, Search>();
  for (const { bucket, object } of announced) {
    const prefix = learned(object, streamNames) ?? object;
    for (const place of bucket === undefined ? places : [placeOf(bucket, places)]) {
      const found = [{ prefix, accepts: () => true }];
      searches.set(`${place.bucket}/${prefix}`, { ...place, find: () => Promise.resolve(found) });
    }
  }
  return [...searches.values()];
}

/**
 * Where the recording template puts files of a stream and format of which none was announced yet: the key of an
 * announced one teaches the values of all variables.
 */
export function searchesOf({ appId, announced, places, streamNames }: ListingRequest): Search[] {
  const isKnown = (stream: string, format: string) =>
    announced.some(({ object }) => formatOf(object) === format && learnedPrefix(object, stream) !== undefined);
  return places.flatMap(({ bucket, location, object, templates }) =>
    templates.flatMap(({ format, recordPrefix }) =>
      streamNames
        .filter((stream) => !isKnown(stream, format))
        .flatMap((stream) =>
          spellings(format).flatMap((record_format) =>
            paths(object, recordPrefix).flatMap((template) => {
              const steps = searchPrefixes({ template, known: { app_id: appId, record_format, stream } });
              if (!steps) return [];
              const find: Search['find'] = (list, onCut) => followSteps(steps, list, { onCut });
              return [{ bucket, location, find }];
            }),
          ),
        ),
    ),
  );
}

/** The API reference shows `MP4`, an example of the callback's page writes it small. */
function spellings(format: string): string[] {
  return [format, format.toLowerCase()];
}

/** Whether `object` also precedes a template that begins with it, the vendor's pages disagree: both are tried. */
function paths(object: string, recordPrefix: string): string[] {
  if (object === '') return [recordPrefix];
  return recordPrefix.startsWith(object) ? [recordPrefix, object + recordPrefix] : [object + recordPrefix];
}

function learned(object: string, streamNames: string[]): string | undefined {
  return streamNames.map((stream) => learnedPrefix(object, stream)).find((prefix) => prefix !== undefined);
}

function formatOf(object: string): string {
  return object.endsWith('.m3u8') ? 'HLS' : (/\.([^./]+)$/.exec(object)?.[1]?.toUpperCase() ?? '');
}

/** A bucket that no place names is most likely in the region of the template. */
function placeOf(bucket: string, places: RecordPlace[]): Pick<RecordPlace, 'bucket' | 'location'> {
  return places.find((place) => place.bucket === bucket) ?? { bucket, location: places[0]?.location ?? 'cn-north-4' };
}
