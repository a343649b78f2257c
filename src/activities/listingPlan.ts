import { followSteps, learnedPrefix, searchPrefixes, type FoundPrefix } from '../huawei/recordPrefix.js';
import type { ListingRequest, RecordPlace } from '../recording/steps.js';

type ListFolders = (prefix: string) => Promise<readonly string[]>;

/** One search in one bucket: finds the prefixes below which files of the recording may lie. */
export interface Search {
  bucket: string;
  location: string;
  find: (listFolders: ListFolders, onCut: (limit: number) => void) => Promise<FoundPrefix[]>;
}

/** Where the announced files are: below the part of their key that ends with the stream's name, where all files of that stream lie. */
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
 * Where the recording template puts files of which none was announced yet, by stream and format. A stream with one announced file of a format needs no
 * search for it: that file's key teaches the values of all variables.
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

/**
 * Whether `object` leads a key whose template begins with it already is told in two ways: the API reference's templates hold it, an example of
 * the callback's page has it twice.
 */
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
