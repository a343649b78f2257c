import * as nexus from 'nexus-rpc';
// Types only: the callers' workflows read this file too.
import type { RecordingInput, RecordingReference, RecordingResult, RecordingStatus } from 'sparkrtc-recorder';

/** What another team gets to see of the recorder: two operations, and no namespace, queue or workflow of ours. */
export const recordingsService = nexus.service('recordings', {
  /** Ends with the recording's result; fails with the recorder's own failure, or with `AlreadyRecording`. Cancelling it cancels the recording. */
  record: nexus.operation<RecordingInput, RecordingResult>(),
  /** Ends the recording; answers at once with its status, and `record` with the files when they are there. */
  stop: nexus.operation<RecordingReference, RecordingStatus>(),
});

/** As it was made with `temporal operator nexus endpoint create`. */
export const ENDPOINT = 'recordings';

/** The queue that the endpoint leads to, in the namespace of the recordings. */
export const NEXUS_TASK_QUEUE = 'recordings-nexus';
