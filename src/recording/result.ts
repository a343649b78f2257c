import type { z } from 'zod';
import type { recordedFileSchema, recordingResultSchema } from './resultSchema.js';

/** One recording file that was seen in the bucket; for HLS one entry is one playlist. */
export interface RecordedFile extends z.output<typeof recordedFileSchema> {}

/**
 * The workflow's result. What is about files, the warnings, `outcome` and `endedBy` are always there; the rest as far as it became known.
 */
export interface RecordingResult extends z.output<typeof recordingResultSchema> {}

/** How complete a recording is; see {@link RecordingResult.outcome}. */
export type Outcome = RecordingResult['outcome'];

/** Why a recording ended; see {@link RecordingResult.endedBy}. */
export type EndedBy = RecordingResult['endedBy'];

/**
 * `files` and `warnings` are cut: a result over 2 MiB could never be delivered. Keys of a usual length leave room for all of the 2,000 entries.
 * `fileCount` and `totalSize` count all.
 */
export const RESULT_LIMITS = {
  files: { entries: 2_000, bytes: 1_280 * 1024 },
  warnings: { entries: 2_000, bytes: 256 * 1024 },
};
