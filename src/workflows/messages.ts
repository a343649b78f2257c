import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { RecordingEvent } from '../contract/event.js';
import type { RecordingStatus } from '../contract/status.js';

/** A signal, because the receiver must not wait for the workflow: a callback of the vendor. May come at any time, in any order, repeatedly. */
export const recordingEvent = defineSignal<[RecordingEvent]>('recordingEvent');

/** A signal, because the sender needs no answer: the user is in the room, the job may start. */
export const participantJoined = defineSignal('participantJoined');

/** An update, because the caller wants to know that it was taken: end the recording. Answers at once, also before the job exists. */
export const stopRecording = defineUpdate<RecordingStatus>('stopRecording');

/** A query: what is going on, or how it ended. Works after the end too. */
export const recordingStatus = defineQuery<RecordingStatus>('recordingStatus');
