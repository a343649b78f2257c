import type { RecordedFile } from './result.js';

/** A single stream recording job as the vendor describes it, in camelCase; unset times are absent. */
export interface Job {
  jobId: string;
  jobUniqueId?: string;
  roomId?: string;
  userId?: string;
  videoType?: string;
  streamName?: string;
  /** INIT, RUNNING or STOPPED. */
  state: string;
  /** TENANT_STOP, EXCEED_MAX_IDLE_TIME or INTERNAL_ERROR. */
  stopReason?: string;
  startTime?: string;
  stopTime?: string;
}

/** The answer to "what is this job doing?". */
export interface JobAnswer {
  /** Absent: the vendor answered 404. */
  job?: Job;
  /** When the job was created, by the worker's clock in milliseconds; absent where the vendor's answer lacks a time. */
  createdBetween?: { from: number; until: number };
}

/** A place in object storage where a recording template stores files. */
export interface RecordPlace {
  bucket: string;
  location: string;
  /** The folder; may be empty. */
  object: string;
  /** The `record_prefix` template of each format that the template records. */
  templates: { format: string; recordPrefix: string }[];
}

/** A file that the vendor announced with RECORD_FILE_COMPLETE. */
export interface AnnouncedFile {
  /** Absent: the event did not say; the places of the recording template are taken. */
  bucket?: string;
  /** The object's full key. */
  object: string;
  /** `MP4` or `HLS`, as announced. */
  format?: string;
  /** Seconds. */
  duration?: number;
  /** When the file begins, as the vendor announced it, e.g. `2021-04-21T10:51:55Z`. */
  startTime?: string;
  /** When the file ends, as the vendor announced it. */
  endTime?: string;
  /** Pixels. */
  width?: number;
  /** Pixels. */
  height?: number;
}

/**
 * How a run goes through the procedure. Pinned by the checked input, so that a run which is open goes on as it has begun; it costs no event, as a patch
 * would. 1: all steps one after the other, and the state of a job is asked for beside the listing; 2: steps 3 and 4 side by side where the worker remembers
 * step 2, and the state is asked for with the listing; 3: steps 1 to 4 side by side where the worker that checked the input remembers all of them.
 */
export const PROCEDURE = 3;

/** What a listing is to look for. */
export interface ListingRequest {
  appId: string;
  /** A job whose state may be asked for as well, if that costs nobody their turn. */
  jobId?: string;
  /** The stream names of every job of this recording. */
  streamNames: string[];
  places: RecordPlace[];
  /** Files that were announced; they also teach where the others are. */
  announced: Pick<AnnouncedFile, 'bucket' | 'object'>[];
}

/** What a listing saw in the bucket. */
export interface Listing {
  /** Cut like those of a result, by key; without what only the announcements tell. */
  files: RecordedFile[];
  fileCount: number;
  /** Bytes, over all files. */
  totalSize: number;
  /** Places in {@link ListingRequest.announced} of files that were not seen. */
  missing: number[];
  /** What the vendor said of {@link ListingRequest.jobId}; absent where it was not asked or did not answer. */
  job?: JobAnswer;
  warnings: string[];
}
