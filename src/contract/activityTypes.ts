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
  /** When the job was created (worker's clock, milliseconds); absent where the vendor's response lacks a time. */
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
export interface AnnouncedFile extends Pick<
  RecordedFile,
  'object' | 'duration' | 'startTime' | 'endTime' | 'width' | 'height'
> {
  /** Absent: the event did not say; the places of the recording template are taken. */
  bucket?: string;
  /** `MP4` or `HLS`, as announced. */
  format?: string;
}

/**
 * Where steps 2 to 4 take their result from: only what this worker remembers, for a step that must not wait; what it
 * remembers, else the vendor; always the vendor, which has just said that something remembered is gone.
 */
export type LookUp = 'memoryOnly' | 'memoryFirst' | 'vendor';

/** A job is gone only when the vendor has said so as often as this, one time after the other. */
export const NOT_FOUND_IS_GONE = 3;

/** A job that is polled until its state is none of the known ones. */
export interface JobPoll {
  appId: string;
  jobId: string;
  /** The poll completes when the vendor reports a state that is not among these. */
  knownStates: string[];
  /** Milliseconds before each further request; the last one repeats. */
  intervals: number[];
  /** The poll completes after so many responses, whatever state they tell. */
  responses?: number;
}

/** What a pending {@link JobPoll} hands on to its next attempt, as heartbeat details. */
export interface JobPollProgress {
  /** How many responses came, and how many of the last ones said that the vendor does not know the job. */
  responses: number;
  notFound: number;
  /** The last response: the job's state, absent where the vendor does not know the job; and when (milliseconds). */
  last: { state?: string; at: number };
}

/** What a listing is to look for. */
export interface ListingRequest {
  appId: string;
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
  warnings: string[];
}
