import type { RecordingManifest } from './manifest.js';
import type { Media, RecordedFile } from './result.js';

/** A single stream recording job as the vendor describes it, in camelCase; unset times are absent. */
export interface Job {
  jobId: string;
  jobUniqueId?: string;
  roomId?: string;
  userId?: string;
  videoType?: string;
  streamName?: string;
  /** As requested, if the vendor has applied it. */
  resolution?: string;
  /** INIT, RUNNING or STOPPED. */
  state: string;
  /** TENANT_STOP, EXCEED_MAX_IDLE_TIME or INTERNAL_ERROR. */
  stopReason?: string;
  startTime?: string;
  stopTime?: string;
}

/** The vendor's response to a query for a job. */
export interface JobResponse {
  /** Absent: the vendor responded with 404. */
  job?: Job;
  /** When the job was created (worker's clock, milliseconds); absent if the vendor's response lacks a time. */
  createdBetween?: { from: number; until: number };
}

/** Where a recording template stores files. */
export interface OutputLocation {
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
  'object' | 'jobId' | 'duration' | 'startTime' | 'endTime' | 'width' | 'height'
> {
  /** Bytes, as announced. */
  fileSize?: number;
  /** Absent if the event did not name it: then the recording template's places apply. */
  bucket?: string;
  /** `MP4` or `HLS`, as announced. */
  format?: string;
}

/**
 * Where steps 2 to 4 take their result from: only the worker's memory (for local activities); the memory, else the
 * vendor; always the vendor (after it has reported that something remembered does not exist).
 */
export type LookUp = 'memoryOnly' | 'memoryFirst' | 'vendor';

/** A job does not exist if this many responses in a row were 404. */
export const NOT_FOUND_LIMIT = 3;

/** Polls a job until its state is none of the known ones. */
export interface JobPoll {
  appId: string;
  jobId: string;
  /** The poll completes when the vendor reports another state. */
  knownStates: string[];
  /** Milliseconds before each further request; the last one repeats. */
  intervals: number[];
  /** The poll also completes after this many responses, whatever the state. */
  responses?: number;
}

/** Polls the vendor's list of online users until one user is in the room, or is not. */
export interface ParticipantPoll {
  /** The project of the bucket's region. */
  projectId: string;
  appId: string;
  roomId: string;
  userId: string;
  until: 'present' | 'absent';
  /** When the recording began (milliseconds); the user may have joined before. */
  recordingSince: number;
  /** Whether the poll completes with `unavailable` when the list cannot be read several times in a row. */
  reportsOutage?: boolean;
}

/** How a {@link ParticipantPoll} ended: the user is present or absent, or why that cannot be known. */
export interface ParticipantPollResult {
  /** `rejected`: the next request would be rejected too. `unavailable`: there was no list for a while. */
  outcome: 'reached' | 'rejected' | 'unavailable';
  reason?: string;
}

/** The heartbeat details that a pending {@link ParticipantPoll} passes to its next attempt. */
export interface ParticipantPollProgress {
  /** When the first of the latest requests that did not list the user was sent (milliseconds). */
  absentSince?: number;
  /** The number of the latest attempts in a row that could not read the list. */
  failures: number;
  /** The last response: whether it lists the user, and when it was requested (milliseconds). */
  last?: { online: boolean; at: number };
}

/** The heartbeat details that a pending {@link JobPoll} passes to its next attempt. */
export interface JobPollProgress {
  /** The number of responses, and how many of the latest in a row were 404. */
  responses: number;
  notFound: number;
  /** The last response: the job's state, absent if it was 404; and when (milliseconds). */
  last: { state?: string; at: number };
}

/** What to look for in the bucket. */
export interface ListingRequest {
  appId: string;
  /** The stream names of every job of this recording. */
  streamNames: string[];
  outputLocations: OutputLocation[];
  /** Announced files. They also reveal where the others are. */
  announced: Pick<AnnouncedFile, 'bucket' | 'object'>[];
  /** What the last listing of this recording has learned. */
  learned?: LearnedFile[];
}

/** A file of one stream and format, which shows where the bucket has others of both. */
export type LearnedFile = Pick<RecordedFile, 'bucket' | 'object'>;

/** The files found in the bucket. */
export interface Listing {
  /** Cut like those of a result, by key; without the fields that only events have. */
  files: RecordedFile[];
  fileCount: number;
  /** Bytes, over all files. */
  totalSize: number;
  /** One file of each stream and format, for the next listing. */
  learned?: LearnedFile[];
  /** Indexes in {@link ListingRequest.announced} of files that were not found. */
  missing: number[];
  warnings: string[];
}

/** Files to be opened. */
export interface InspectionRequest {
  /** The region of each bucket that the recording template names. */
  outputLocations: Pick<OutputLocation, 'bucket' | 'location'>[];
  files: Pick<RecordedFile, 'bucket' | 'object' | 'format' | 'size'>[];
}

/** What the inspection of one file found. */
export interface FileInspection {
  /** Absent if nothing can be said of the file. */
  media?: Media;
  /** Why there is no `media`. */
  problem?: string;
  /** HLS only: segments, or the end of the playlist, may still be written. */
  mayBecomePlayable?: true;
  /** HLS only: how many segments it names, all of them in the bucket. */
  segments?: number;
}

/** How many files one activity inspects, so that its request, result and heartbeat stay small. */
export const FILES_PER_INSPECTION = 200;

/** The last attempt of an inspection returns what it has. */
export const INSPECTION_ATTEMPTS = 5;

/** What to write, and where. The worker adds the versions. */
export interface ManifestRequest {
  bucket: string;
  location: string;
  object: string;
  manifest: Omit<RecordingManifest, 'manifestVersion' | 'recorderVersion'>;
}
