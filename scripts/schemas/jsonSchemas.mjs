// @ts-check
import { join } from 'node:path';
import prettier from 'prettier';
import { z } from 'zod';
import { projectDirectory } from '../setup/paths.mjs';
import { describedByDocstrings } from './docstrings.mjs';

/** Where the schemas are committed. */
export const schemasDirectory = join(projectDirectory, 'schemas');

/**
 * The files of schemas/ by name, each as it is to be committed: zod gives the shapes, the docstrings of the types the descriptions.
 * @param {{ recordingInputSchema: z.ZodType, recordingResultSchema: z.ZodType }} client what src/client.ts exports
 * @returns {Promise<Record<string, string>>}
 */
export async function jsonSchemas({ recordingInputSchema, recordingResultSchema }) {
  // As written by a caller: what has a default may be left out. Of the result, so that a later version may add fields to it.
  const { RecordingInput, RecordingResult } = describedByDocstrings({
    RecordingInput: z.toJSONSchema(recordingInputSchema, { io: 'input' }),
    RecordingResult: z.toJSONSchema(recordingResultSchema, { io: 'input' }),
  });
  return {
    'recording-input.schema.json': await json({
      $id: 'urn:sparkrtc-recorder:recording-input',
      title: 'Input of the workflow singleStreamRecording',
      ...RecordingInput,
    }),
    'recording-result.schema.json': await json({
      $id: 'urn:sparkrtc-recorder:recording-result',
      title: 'Result of the workflow singleStreamRecording',
      ...RecordingResult,
    }),
  };
}

/** @param {object} value */
async function json(value) {
  const options = await prettier.resolveConfig(join(schemasDirectory, 'any.json'));
  return prettier.format(JSON.stringify(value), { ...options, parser: 'json' });
}
