import { ApplicationFailure } from '@temporalio/common';
import {
  allHandlersFinished,
  condition,
  createNexusServiceClient,
  defineSignal,
  isCancellation,
  setHandler,
} from '@temporalio/workflow';
import { HandlerError } from 'nexus-rpc';
import type { RecordingInput, RecordingResult } from 'sparkrtc-recorder';
import { recordingsService } from 'sparkrtc-recorder/nexus';

/** The name given to `temporal operator nexus endpoint create`. */
const ENDPOINT = 'recordings';

/** The lesson is over: its recording is stopped. */
export const endLesson = defineSignal('endLesson');

export type LessonReport =
  | { recorded: true; outcome: RecordingResult['outcome']; files: string[] }
  | { recorded: false; reason: string; message: string };

/** A lesson of another team, in its own namespace: it knows only the endpoint, not the recorder's workflow. */
export async function lesson(recording: RecordingInput): Promise<LessonReport> {
  const recordings = createNexusServiceClient({ endpoint: ENDPOINT, service: recordingsService });
  try {
    // No timeout: a recording is as long as its maxDuration allows.
    const operation = await recordings.startOperation('record', recording);
    // Only now, because there was nothing to stop before; a signal that came earlier has waited.
    setHandler(endLesson, async () => {
      try {
        const { appName, roomId, userId, videoType = 'CAMERASTREAM' } = recording;
        await recordings.executeOperation('stop', { appName, roomId, userId, videoType });
      } catch (error) {
        if (!isNotFound(error)) throw error;
        // It has ended by itself meanwhile, which is as good.
      }
    });
    // Await nothing else in parallel: a workflow that ends as soon as it is cancelled may be gone before Nexus has
    // cancelled the recording.
    const { outcome, files } = await operation.result();
    await condition(allHandlersFinished);
    return { recorded: true, outcome, files: files.map(({ bucket, object }) => `${bucket}/${object}`) };
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { recorded: false, ...reasonOf(error) };
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof HandlerError && error.cause.type === 'NOT_FOUND';
}

/** The recorder's failure is a cause of the operation's failure: Nexus wraps it in one of its own type. */
function reasonOf(error: unknown): { reason: string; message: string } {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ApplicationFailure && cause.type && cause.type !== 'OperationError') {
      return { reason: cause.type, message: cause.message };
    }
  }
  throw error;
}
