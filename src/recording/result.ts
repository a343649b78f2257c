/**
 * - `recorded`: every announced file was seen in the bucket.
 * - `partial`: something announced is missing (the warnings name it), or the vendor ended the job with INTERNAL_ERROR.
 * - `empty`: nothing was announced and nothing was found.
 */
export type Outcome = 'recorded' | 'partial' | 'empty';

/** What was asked for first, else how the end was learned. */
export type EndedBy = 'stop' | 'maxDuration' | 'callback' | 'reconciliation';

/** One recording file that was seen in the bucket; for HLS one entry is one playlist. */
export interface RecordedFile {
  bucket: string;
  /** The object's full key. */
  object: string;
  /** `MP4`, `HLS`, or the key's extension in capitals. */
  format: string;
  /** Bytes, as listed; for HLS the playlist and its segments together. */
  size: number;
  etag?: string;
  /** ISO 8601, UTC. */
  lastModified?: string;
  /** Seconds, as announced. */
  duration?: number;
  /** As announced by the vendor. */
  startTime?: string;
  endTime?: string;
  /** Pixels, as announced. */
  width?: number;
  height?: number;
  /** HLS only: how many pieces the playlist has in the bucket. */
  segments?: number;
}

/**
 * `files` and `warnings` are cut: a result over 2 MiB could never be delivered. Keys of a usual length leave room for all of the 2,000 entries.
 * `fileCount` and `totalSize` count all.
 */
export const RESULT_LIMITS = {
  files: { entries: 2_000, bytes: 1_280 * 1024 },
  warnings: { entries: 2_000, bytes: 256 * 1024 },
};

/** The workflow's result. The first five fields and `outcome`/`endedBy` are always there; the rest as far as it became known. */
export interface RecordingResult {
  outcome: Outcome;
  endedBy: EndedBy;
  /** Cut, see {@link RESULT_LIMITS}. */
  files: RecordedFile[];
  fileCount: number;
  /** Bytes, over all files. */
  totalSize: number;
  warnings: string[];
  appId?: string;
  ruleId?: string;
  jobId?: string;
  jobUniqueId?: string;
  streamName?: string;
  startTime?: string;
  stopTime?: string;
  /** TENANT_STOP, EXCEED_MAX_IDLE_TIME or INTERNAL_ERROR, as the vendor says it. */
  stopReason?: string;
}
