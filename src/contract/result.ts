import { z } from 'zod';

/** What the inspection of a file in the bucket found. */
export const mediaSchema = z.object({
  /** Whether the file has an index and tracks; for HLS, an end and every segment that it names. */
  playable: z.boolean(),
  /** Why it cannot be played. */
  reason: z.string().exactOptional(),
  /** Seconds, by the file's own index. */
  duration: z.number().exactOptional(),
  /** `avc`, `hevc`, or the file's own name of another codec. */
  videoCodec: z.string().exactOptional(),
  /** `aac`, or the file's own name of another codec. */
  audioCodec: z.string().exactOptional(),
  /** Pixels, by the file's own index; MP4 only. */
  width: z.number().exactOptional(),
  /** Pixels, by the file's own index; MP4 only. */
  height: z.number().exactOptional(),
  /** HLS only: how many segments that the playlist names are not in the bucket, or empty. */
  missingSegments: z.int().nonnegative().exactOptional(),
});

/** One recording file in the bucket; for HLS one entry is one playlist. */
export const recordedFileSchema = z.object({
  /** The bucket of OBS. */
  bucket: z.string(),
  /** The object's full key. */
  object: z.string(),
  /** `MP4`, `HLS`, or the key's extension in capitals. */
  format: z.string(),
  /** Bytes, as listed; for HLS the playlist and its segments together. */
  size: z.int().nonnegative(),
  /** As listed, without quotation marks. */
  etag: z.string().exactOptional(),
  /** ISO 8601, UTC, as listed. */
  lastModified: z.string().exactOptional(),
  /** Seconds, as announced. */
  duration: z.number().exactOptional(),
  /** When the file begins, as the vendor announced it, e.g. `2021-04-21T10:51:55Z`. */
  startTime: z.string().exactOptional(),
  /** When the file ends, as the vendor announced it. */
  endTime: z.string().exactOptional(),
  /** Pixels, as announced. */
  width: z.number().exactOptional(),
  /** Pixels, as announced. */
  height: z.number().exactOptional(),
  /** HLS only: the number of the playlist's segments in the bucket. */
  segments: z.int().nonnegative().exactOptional(),
  /** The job that recorded it; absent if neither an event nor the file's name tells it. */
  jobId: z.string().exactOptional(),
  /** Absent if the file was not inspected, or if nothing can be said of it (the warnings give the reason). */
  media: mediaSchema.exactOptional(),
});

/** One of the vendor's jobs in a recording. */
export const partSchema = z.object({
  /** The vendor's id of the job. */
  jobId: z.string(),
  /** When the job began, as the vendor reports it; absent if unknown. */
  startTime: z.string().exactOptional(),
  /** When the job ended, as the vendor reports it; absent if unknown. */
  stopTime: z.string().exactOptional(),
  /** TENANT_STOP, EXCEED_MAX_IDLE_TIME or INTERNAL_ERROR, as the vendor reports it; absent if unknown. */
  stopReason: z.string().exactOptional(),
  /** The number of its files among `files`. */
  fileCount: z.int().nonnegative(),
});

/** The time between two parts, in which nothing was recorded. */
export const gapSchema = z.object({
  /** When the earlier job ended, as the vendor reports it, else when the workflow learned of it. */
  from: z.string(),
  /** When the later job began, as the vendor reports it, else when the workflow learned of it. */
  to: z.string(),
  /** The earlier job's `stopReason`. */
  reason: z.string(),
});

/** Where the manifest of a recording is. */
export const manifestPlaceSchema = z.object({
  /** The bucket of OBS. */
  bucket: z.string(),
  /** The object's full key. */
  object: z.string(),
  /** Without quotation marks. */
  etag: z.string(),
});

/** The schema of the workflow's result, for code that does not use the client. Later versions may add fields. */
export const recordingResultSchema = z.object({
  /**
   * - `recorded`: every announced file is in the bucket, and no file is known to be broken.
   * - `partial`: something announced is missing or cannot be played (the warnings name it), or a job ended with
   *   INTERNAL_ERROR.
   * - `empty`: nothing was announced and nothing was found.
   */
  outcome: z.enum(['recorded', 'partial', 'empty']),
  /**
   * The first request to end it (`stop`, `maxDuration`, `absence`), else what reported the end (`callback`,
   * `reconciliation`).
   */
  endedBy: z.enum(['stop', 'maxDuration', 'absence', 'callback', 'reconciliation']),
  /** The files in the bucket: at most 2,000, fewer if their names are long. `fileCount` counts all. */
  files: z.array(recordedFileSchema),
  /**
   * One for each job, in order: more than one only after INTERNAL_ERROR. `jobId` and what follows it below are those
   * of the last part. Jobs of lost starts, which were stopped, are in the warnings only.
   */
  parts: z.array(partSchema),
  /** Between the parts, in order: one less than `parts`. */
  gaps: z.array(gapSchema),
  /** The number of all files, including those that `files` leaves out. */
  fileCount: z.int().nonnegative(),
  /** Bytes, over all files. */
  totalSize: z.int().nonnegative(),
  /** Problems that did not end the recording: at most 2,000. */
  warnings: z.array(z.string()),
  /** The manifest; absent unless the input wants one and it was written. */
  manifest: manifestPlaceSchema.exactOptional(),
  /** The vendor's id of the application. */
  appId: z.string().exactOptional(),
  /** The vendor's id of the recording rule. */
  ruleId: z.string().exactOptional(),
  /** The vendor's id of the job. */
  jobId: z.string().exactOptional(),
  /** The vendor's second id of the job. */
  jobUniqueId: z.string().exactOptional(),
  /** The vendor's name of the stream; the files' names contain it. */
  streamName: z.string().exactOptional(),
  /** When the job began, as the vendor reports it, e.g. `2021-04-21T10:51:55Z`. */
  startTime: z.string().exactOptional(),
  /** When the job ended, as the vendor reports it. */
  stopTime: z.string().exactOptional(),
  /** TENANT_STOP, EXCEED_MAX_IDLE_TIME or INTERNAL_ERROR, as the vendor reports it. */
  stopReason: z.string().exactOptional(),
});

/** What the inspection of a file in the bucket found. */
export interface Media extends z.output<typeof mediaSchema> {}

/** One recording file in the bucket; for HLS one entry is one playlist. */
export interface RecordedFile extends z.output<typeof recordedFileSchema> {}

/** One of the vendor's jobs in a recording. */
export interface Part extends z.output<typeof partSchema> {}

/** The time between two parts. */
export interface Gap extends z.output<typeof gapSchema> {}

/** Where the manifest of a recording is. */
export interface ManifestPlace extends z.output<typeof manifestPlaceSchema> {}

/** The workflow's result. The vendor's ids, times and reason are absent if unknown. */
export interface RecordingResult extends z.output<typeof recordingResultSchema> {}

/** How complete the recording is; see {@link RecordingResult.outcome}. */
export type Outcome = RecordingResult['outcome'];

/** Why a recording ended; see {@link RecordingResult.endedBy}. */
export type EndedBy = RecordingResult['endedBy'];
