import { cancellationSignal } from '@temporalio/activity';
import type {
  AnnouncedFile,
  LearnedFile,
  Listing,
  ListingRequest,
  OutputLocation,
} from '../contract/activityTypes.js';
import { FailureType } from '../contract/failures.js';
import { cut, RECORDING_LOCATION, RESULT_LIMITS } from '../contract/limits.js';
import type { RecordedFile } from '../contract/result.js';
import { hasErrorCode } from '../huawei/errors.js';
import type { ObsClient } from '../huawei/obs.js';
import {
  followSteps,
  learnedPrefix,
  MAX_FOLDERS,
  searchPrefixes,
  withoutOverlap,
  type FoundPrefix,
  type SearchStep,
} from '../huawei/recordPrefix.js';
import { formatOf, RecordingFiles } from '../huawei/recordingFiles.js';
import { vendorCall } from './vendorCall.js';

/** Files of another format are listed only if they were announced. */
const RECORDING_FORMATS = ['MP4', 'HLS'];

/**
 * Step 7: lists the recording's files, but never a whole bucket: announced files where their events say, others where
 * an earlier listing has found some, or else where the recording template stores this stream.
 */
export function listRecordingFiles(obs: ObsClient) {
  return (request: ListingRequest): Promise<Listing> =>
    vendorCall(FailureType.ListingFailed, async () => {
      const warnings = new Set<string>();
      const searches = new Map<string, Search[]>();
      for (const search of [...searchesOfAnnounced(request), ...searchesByTemplate(request)]) {
        searches.set(search.bucket, [...(searches.get(search.bucket) ?? []), search]);
      }
      const buckets = new Map<string, RecordingFiles>();
      for (const [bucket, inBucket] of searches) buckets.set(bucket, await search(obs, inBucket, warnings));
      for (const warning of unsearchable(request)) warnings.add(warning);
      return describe(request, buckets, warnings);
    });
}

/** All searches of one bucket: first finds the prefixes, then lists them page by page. */
async function search(obs: ObsClient, searches: readonly Search[], warnings: Set<string>): Promise<RecordingFiles> {
  const files = new RecordingFiles();
  const [{ bucket, location } = { bucket: '', location: '' }] = searches;
  const signal = cancellationSignal();
  const onCut = () =>
    warnings.add(
      `The bucket "${bucket}" has more than ${MAX_FOLDERS} folders that may contain this recording: ` +
        'files that were not announced may be missing.',
    );
  // Several searches begin with the same folders.
  const known = new Map<string, string[]>();
  const listFolders = async (prefix: string) => {
    const listed = known.get(prefix);
    if (listed) return listed;
    const { folders, cut } = await obs.listFolders({ bucket, location, prefix, limit: MAX_FOLDERS, signal });
    if (cut) onCut();
    known.set(prefix, folders);
    return folders;
  };
  try {
    const found: FoundPrefix[] = [];
    for (const { steps } of searches) found.push(...(await followSteps(steps, listFolders, { onCut })));
    for (const { prefix, accepts } of withoutOverlap(found)) {
      for await (const page of obs.list({ bucket, location, prefix, signal })) {
        for (const object of page) if (accepts(object.key)) files.add(object);
      }
    }
  } catch (error) {
    if (!hasErrorCode(error, 'NoSuchBucket')) throw error;
    warnings.add(`The bucket "${bucket}" does not exist.`);
  }
  return files;
}

function describe(request: ListingRequest, buckets: Map<string, RecordingFiles>, warnings: Set<string>): Listing {
  const { announced } = request;
  const keys = new Set(announced.map(({ bucket, object }) => `${bucket ?? ''}/${object}`));
  const isAnnounced = (bucket: string, object: string) => keys.has(`${bucket}/${object}`) || keys.has(`/${object}`);

  const files: RecordedFile[] = [];
  for (const [bucket, bucketFiles] of buckets) {
    const grouped = bucketFiles.end();
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

  const found = new Set(
    // An event may name a key without its leading slash.
    files.flatMap(({ bucket, object }) =>
      [object, withoutLeadingSlash(object)].flatMap((key) => [`${bucket}/${key}`, `/${key}`]),
    ),
  );
  return {
    files: cut(files, RESULT_LIMITS.files),
    fileCount: files.length,
    totalSize: files.reduce((sum, file) => sum + file.size, 0),
    learned: examplesOf(files, request.streamNames),
    missing: announced.flatMap(({ bucket, object }, index) => (found.has(`${bucket ?? ''}/${object}`) ? [] : [index])),
    warnings: [...warnings],
  };
}

/** One search in one bucket. */
export interface Search {
  bucket: string;
  location: string;
  steps: readonly SearchStep[];
}

/** Announced files, and those that an earlier listing has found. */
function knownFiles({ announced, learned = [] }: ListingRequest): Pick<AnnouncedFile, 'bucket' | 'object'>[] {
  return [...announced, ...learned];
}

/** One file of each stream and format: it shows the next listing where the others are. */
function examplesOf(files: readonly RecordedFile[], streamNames: readonly string[]): LearnedFile[] {
  const examples = new Map<string, LearnedFile>();
  for (const { bucket, object, format } of files) {
    const stream = streamNames.find((name) => learnedPrefix(object, name) !== undefined);
    if (stream !== undefined) examples.set(`${bucket}/${format}/${stream}`, { bucket, object });
  }
  return [...examples.values()];
}

/** Of a bucket. One that no template names is most likely in the region of the template. */
export function regionOf(
  bucket: string,
  outputLocations: readonly Pick<OutputLocation, 'bucket' | 'location'>[],
): string {
  const found = outputLocations.find((one) => one.bucket === bucket) ?? outputLocations[0];
  return found?.location ?? RECORDING_LOCATION;
}

/** The known files: all files of a stream begin with their key up to the stream's name. */
export function searchesOfAnnounced(request: ListingRequest): Search[] {
  const { outputLocations, streamNames } = request;
  const searches = new Map<string, Search>();
  for (const { bucket, object } of knownFiles(request)) {
    const [prefix = object] = streamNames.flatMap((stream) => learnedPrefix(object, stream) ?? []);
    const inBucket =
      bucket === undefined ? outputLocations : [{ bucket, location: regionOf(bucket, outputLocations) }];
    for (const one of inBucket) {
      const steps: SearchStep[] = [{ kind: 'list', literal: prefix, fits: /^/ }];
      searches.set(`${one.bucket}/${prefix}`, { bucket: one.bucket, location: one.location, steps });
    }
  }
  return [...searches.values()];
}

/** Where the template stores a stream in a format, unless a known file of both already shows it. */
export function searchesByTemplate(request: ListingRequest): Search[] {
  const { appId, outputLocations, streamNames } = request;
  const searches: Search[] = [];
  const isKnown = (stream: string, format: string) =>
    knownFiles(request).some(
      ({ object }) => formatOf(object) === format && learnedPrefix(object, stream) !== undefined,
    );
  for (const { bucket, location, object, templates } of outputLocations) {
    for (const { format, recordPrefix } of templates) {
      for (const stream of streamNames.filter((name) => !isKnown(name, format))) {
        // The API reference shows `MP4`, an example of the callback's page `mp4`.
        for (const record_format of [format, format.toLowerCase()]) {
          for (const template of paths(object, recordPrefix)) {
            const steps = searchPrefixes({ template, known: { app_id: appId, record_format, stream } });
            if (steps) searches.push({ bucket, location, steps });
          }
        }
      }
    }
  }
  return searches;
}

/** Without the stream's name in the key, no file of this stream can be distinguished from those of others. */
function unsearchable({ outputLocations }: ListingRequest): string[] {
  return outputLocations.flatMap(({ bucket, templates }) =>
    templates.flatMap(({ format, recordPrefix }) =>
      recordPrefix.includes('{stream}')
        ? []
        : [
            `The recording template for ${format} in the bucket "${bucket}" has no {stream} in its record_prefix ` +
              `"${recordPrefix}": files that were not announced cannot be found.`,
          ],
    ),
  );
}

function withoutLeadingSlash(key: string): string {
  return key.replace(/^\/+/, '');
}

/** A template that begins with `object` already contains it (API reference), or it is repeated (callback's page). */
function paths(object: string, recordPrefix: string): string[] {
  // The vendor may add a slash at the end of the folder, and drop one at its beginning.
  const folders = [object, withoutLeadingSlash(object)].flatMap((folder) =>
    folder === '' || folder.endsWith('/') ? [folder] : [folder, `${folder}/`],
  );
  return [...new Set(folders)].flatMap((start) => {
    const twice = start + recordPrefix;
    return start !== '' && recordPrefix.startsWith(start) ? [recordPrefix, twice] : [twice];
  });
}
