import { z } from 'zod';
import { recordingInputSchema } from './input.js';
import { recordingResultSchema } from './result.js';

/** The schema of a manifest. Later versions may add fields; those that they add to `input` do not fit this one. */
export const recordingManifestSchema = z.object({
  /** The form of this file: 1. */
  manifestVersion: z.literal(1),
  /** The recorder that wrote it. */
  recorderVersion: z.string(),
  /** The workflow that made the recording. */
  workflowId: z.string(),
  /** The run of the workflow that wrote the manifest. */
  runId: z.string(),
  /** ISO 8601, UTC. */
  writtenAt: z.string(),
  /** The input with its defaults filled in; durations in milliseconds. */
  input: recordingInputSchema,
  /** The result of the recording: files, times, warnings. */
  result: recordingResultSchema,
});

/** What an input with `manifest: true` writes to the bucket, as `{folder}/{streamName}.recording.json`. */
export interface RecordingManifest extends z.output<typeof recordingManifestSchema> {}
