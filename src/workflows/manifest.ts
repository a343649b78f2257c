import { ActivityFailure, workflowInfo } from '@temporalio/workflow';
import { streamNameOf } from '../contract/event.js';
import type { RecordingResult } from '../contract/result.js';
import { writeManifest } from './activities.js';
import { reasonOf } from './failure.js';
import { withWarning } from './result.js';
import { isDueToCancellation } from './run.js';
import { iso, settingsOf, type RecordingState } from './state.js';

/** Writes the manifest where the input wants one. Without permission to write, the result has one more warning. */
export async function withManifest(state: RecordingState, result: RecordingResult): Promise<RecordingResult> {
  const { manifest, recordRule, roomId, userId } = settingsOf(state);
  if (!manifest || result.jobId === undefined) return result;
  const { bucket, location, object: folder } = recordRule.obsAddr;
  const { workflowId, runId } = workflowInfo();
  const name = `${result.streamName ?? streamNameOf(result.jobId, roomId, userId)}.recording.json`;
  try {
    const written = await writeManifest({
      ...{ bucket, location, object: [...folder.split('/').filter(Boolean), name].join('/') },
      manifest: { workflowId, runId, writtenAt: iso(Date.now()), input: settingsOf(state), result },
    });
    return { ...result, manifest: written };
  } catch (error) {
    if (isDueToCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    return withWarning(result, `The manifest was not written: ${reasonOf(error.cause)}`);
  }
}
