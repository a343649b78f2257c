/** `sparkrtc-recorder/nexus`: the Nexus service of recordings, for workflows that call it and for its handler. */
import * as nexus from 'nexus-rpc';
// Types only: this file is part of the callers' workflows.
import type { RecordingReference } from './client/recording.js';
import type { RecordingInput } from './contract/input.js';
import type { RecordingResult } from './contract/result.js';
import type { RecordingStatus } from './contract/status.js';

/** What another team sees of the recorder: two operations, and neither namespace, queue nor workflow. */
export const recordingsService = nexus.service('recordings', {
  /**
   * Ends with the recording's result; fails with the recorder's own failure, or with `AlreadyRecording`. Cancelling
   * it cancels the recording.
   */
  record: nexus.operation<RecordingInput, RecordingResult>(),
  /** Ends the recording; returns its status at once; `record` returns the files when they are there. */
  stop: nexus.operation<RecordingReference, RecordingStatus>(),
});
