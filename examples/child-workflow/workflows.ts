import { ApplicationFailure, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ChildWorkflowFailure, executeChild, isCancellation } from '@temporalio/workflow';
// Types only: the package itself talks to Temporal, which workflow code must not.
import type { FailureType, RecordingInput, RecordingResult } from 'sparkrtc-recorder';

/** The recorder's workflow. It runs on its own workers, so only its type is needed here. */
type SingleStreamRecording = (input: RecordingInput) => Promise<RecordingResult>;

export interface Meeting {
  title: string;
  recording: RecordingInput;
  /** Where the recorder's workers listen. Default: `single-stream-recording`. */
  recordingTaskQueue?: string;
}

export type MeetingReport =
  | { title: string; recorded: true; outcome: RecordingResult['outcome']; files: string[] }
  | { title: string; recorded: false; reason: FailureType | 'AlreadyRunning'; message: string };

/** A meeting whose recording is a part of it: ends with the recording, and says where its files are. */
export async function meeting({
  title,
  recording,
  recordingTaskQueue = 'single-stream-recording',
}: Meeting): Promise<MeetingReport> {
  try {
    const { outcome, files } = await executeChild<SingleStreamRecording>('singleStreamRecording', {
      // The contract's id: the recorder rejects any other, because the vendor's callbacks find the recording by it.
      workflowId: recordingIdOf(recording),
      taskQueue: recordingTaskQueue,
      args: [recording],
      // The default is TERMINATE: the recording would end with its parent, its job only at the vendor's idle limit.
      parentClosePolicy: 'REQUEST_CANCEL',
    });
    return { title, recorded: true, outcome, files: files.map(({ bucket, object }) => `${bucket}/${object}`) };
  } catch (error) {
    // Someone has cancelled the meeting. The recording has stopped its job: that is awaited by default.
    if (isCancellation(error)) throw error;
    return { title, recorded: false, ...reasonOf(error) };
  }
}

function reasonOf(error: unknown): { reason: FailureType | 'AlreadyRunning'; message: string } {
  if (error instanceof WorkflowExecutionAlreadyStartedError) {
    return {
      reason: 'AlreadyRunning',
      message: `${error.workflowId} was started by someone else; its result is theirs.`,
    };
  }
  // You may branch on the types of the recorder's failures. Here each means a meeting without a recording.
  if (error instanceof ChildWorkflowFailure && error.cause instanceof ApplicationFailure) {
    return { reason: error.cause.type as FailureType, message: error.cause.message };
  }
  throw error;
}

function recordingIdOf({ appName, roomId, userId, videoType }: RecordingInput): string {
  return `recording:${appName}:${roomId}:${userId}:${videoType === 'SCREENSTREAM' ? 'screen' : 'camera'}`;
}
