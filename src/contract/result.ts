import { z } from 'zod';

/** One recording file that was seen in the bucket; for HLS one entry is one playlist. */
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
  /** HLS only: how many pieces the playlist has in the bucket. */
  segments: z.int().nonnegative().exactOptional(),
});

/**
 * The shape of the workflow's result, for who takes it from somewhere else than the client. A later version may add
 * fields, which this one lets pass.
 */
export const recordingResultSchema = z.object({
  /**
   * - `recorded`: every announced file was seen in the bucket.
   * - `partial`: something announced is missing (the warnings name it), or the job ended with INTERNAL_ERROR.
   * - `empty`: nothing was announced and nothing was found.
   */
  outcome: z.enum(['recorded', 'partial', 'empty']),
  /** What was asked for first (`stop`, `maxDuration`), else how the end was learned (`callback`, `reconciliation`). */
  endedBy: z.enum(['stop', 'maxDuration', 'callback', 'reconciliation']),
  /** The files that were seen in the bucket: at most 2,000, fewer if their names are long. `fileCount` counts all. */
  files: z.array(recordedFileSchema),
  /** How many files were seen, those that `files` leaves out too. */
  fileCount: z.int().nonnegative(),
  /** Bytes, over all files. */
  totalSize: z.int().nonnegative(),
  /** What went otherwise than it should and did not end the recording: at most 2,000. */
  warnings: z.array(z.string()),
  /** The vendor's id of the application. */
  appId: z.string().exactOptional(),
  /** The vendor's id of the recording rule. */
  ruleId: z.string().exactOptional(),
  /** The vendor's id of the job. */
  jobId: z.string().exactOptional(),
  /** The vendor's second id of the job. */
  jobUniqueId: z.string().exactOptional(),
  /** The vendor's name of the stream, which the files' names hold. */
  streamName: z.string().exactOptional(),
  /** When the job began, as the vendor says it, e.g. `2021-04-21T10:51:55Z`. */
  startTime: z.string().exactOptional(),
  /** When the job ended, as the vendor says it. */
  stopTime: z.string().exactOptional(),
  /** TENANT_STOP, EXCEED_MAX_IDLE_TIME or INTERNAL_ERROR, as the vendor says it. */
  stopReason: z.string().exactOptional(),
});

/** One recording file that was seen in the bucket; for HLS one entry is one playlist. */
export interface RecordedFile extends z.output<typeof recordedFileSchema> {}

/** The workflow's result. Files, sums, warnings, `outcome` and `endedBy` are always there; the rest if it is known. */
export interface RecordingResult extends z.output<typeof recordingResultSchema> {}

/** How complete a recording is; see {@link RecordingResult.outcome}. */
export type Outcome = RecordingResult['outcome'];

/** Why a recording ended; see {@link RecordingResult.endedBy}. */
export type EndedBy = RecordingResult['endedBy'];
