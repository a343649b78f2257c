import { ApplicationFailure } from '@temporalio/common';
import { condition, createNexusServiceClient, defineSignal, isCancellation, setHandler } from '@temporalio/workflow';
import type { RecordingInput, RecordingResult } from 'sparkrtc-recorder';
import { ENDPOINT, recordingsService } from './service.js';

/** The lesson is over: stops the recording. */
export const endLesson = defineSignal('endLesson');

export type LessonReport =
  | { recorded: true; outcome: RecordingResult['outcome']; files: string[] }
  | { recorded: false; why: string; message: string };

/** A lesson of another team, in a namespace of its own: it knows the endpoint, and nothing of the recorder's workflow. */
export async function lesson(recording: RecordingInput): Promise<LessonReport> {
  let over = false;
  setHandler(endLesson, () => void (over = true));

  const recordings = createNexusServiceClient({ endpoint: ENDPOINT, service: recordingsService });
  try {
    // No time-out: a recording is as long as its maxDuration allows.
    const operation = await recordings.startOperation('record', recording);
    const result = operation.result();
    await Promise.race([result, condition(() => over)]);
    if (over) {
      const { appName, roomId, userId, videoType = 'CAMERASTREAM' } = recording;
      await recordings.executeOperation('stop', { appName, roomId, userId, videoType });
    }
    const { outcome, files } = await result;
    return { recorded: true, outcome, files: files.map(({ bucket, object }) => `${bucket}/${object}`) };
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { recorded: false, ...whyNot(error) };
  }
}

/** The recorder's failure, with its type, is what the operation's failure was caused by. */
function whyNot(error: unknown): { why: string; message: string } {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ApplicationFailure && cause.type) return { why: cause.type, message: cause.message };
  }
  throw error;
}
