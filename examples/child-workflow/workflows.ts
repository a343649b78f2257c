import { ApplicationFailure, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ChildWorkflowFailure, executeChild, isCancellation } from '@temporalio/workflow';
// Types only: the package itself talks to Temporal, which workflow code must not.
import type { FailureType, RecordingInput, RecordingResult } from 'sparkrtc-recorder';

/** What the recorder offers to a workflow; it runs on workers of its own, so that its type is all there is of it here. */
type SingleStreamRecording = (input: RecordingInput) => Promise<RecordingResult>;

export interface Meeting {
  title: string;
  recording: RecordingInput;
  /** Where the recorder's workers listen. Default: `single-stream-recording`. */
  recordingTaskQueue?: string;
}

export type MeetingReport =
  | { title: string; recorded: true; outcome: RecordingResult['outcome']; files: string[] }
  | { title: string; recorded: false; why: FailureType | 'AlreadyRunning'; message: string };

/** A meeting whose recording is a part of it: ends with the recording, and says where its files are. */
export async function meeting({
  title,
  recording,
  recordingTaskQueue = 'single-stream-recording',
}: Meeting): Promise<MeetingReport> {
  try {
    const { outcome, files } = await executeChild<SingleStreamRecording>('singleStreamRecording', {
      // The contract's id: the recorder refuses any other, because the vendor's callbacks find the recording by it.
      workflowId: recordingIdOf(recording),
      taskQueue: recordingTaskQueue,
      args: [recording],
      // The default is TERMINATE: the recording would be gone with its parent, and its job run on until the vendor's idle limit.
      parentClosePolicy: 'REQUEST_CANCEL',
    });
    return { title, recorded: true, outcome, files: files.map(({ bucket, object }) => `${bucket}/${object}`) };
  } catch (error) {
    // Someone has cancelled the meeting: by now the recording has stopped its job, since that is waited for by default.
    if (isCancellation(error)) throw error;
    return { title, recorded: false, ...whyNot(error) };
  }
}

function whyNot(error: unknown): { why: FailureType | 'AlreadyRunning'; message: string } {
  if (error instanceof WorkflowExecutionAlreadyStartedError) {
    return {
      why: 'AlreadyRunning',
      message: `${error.workflowId} was started by somebody else; its result is theirs.`,
    };
  }
  // Those the recorder fails with are made to be branched on. Here all of them end the same way: without a recording, but with a meeting.
  if (error instanceof ChildWorkflowFailure && error.cause instanceof ApplicationFailure) {
    return { why: error.cause.type as FailureType, message: error.cause.message };
  }
  throw error;
}

function recordingIdOf({ appName, roomId, userId, videoType }: RecordingInput): string {
  return `recording:${appName}:${roomId}:${userId}:${videoType === 'SCREENSTREAM' ? 'screen' : 'camera'}`;
}
