import { defineQuery, defineSignal, defineUpdate, setHandler } from '@temporalio/workflow';
import type { RecordingEvent } from '../contract/event.js';
import type { RecordingStatus } from '../contract/status.js';
import { takeEvent } from './events.js';
import { requestStop, type RecordingState } from './state.js';
import { statusOf, updateCurrentDetails } from './visibility.js';

/** A signal, because the receiver must not wait for the workflow. */
export const recordingEvent = defineSignal<[RecordingEvent]>('recordingEvent');
export const participantJoined = defineSignal('participantJoined');

/** An update, because the caller wants to know that it was taken. */
export const stopRecording = defineUpdate<RecordingStatus>('stopRecording');
export const recordingStatus = defineQuery<RecordingStatus>('recordingStatus');

/** Messages may come from the first moment on. A handler never throws: that would stop the workflow for good. */
export function handleMessages(state: RecordingState): void {
  setHandler(
    recordingEvent,
    (event) => {
      if (takeEvent(state, event, Date.now())) updateCurrentDetails(state);
    },
    { description: "One of the vendor's callbacks, from the receiver. In any order, any number of times." },
  );
  setHandler(
    participantJoined,
    () => {
      state.participantJoined = true;
    },
    { description: 'The user is in the room: a recording with waitForParticipant starts its job. No argument.' },
  );
  setHandler(
    stopRecording,
    () => {
      requestStop(state, 'stop', Date.now());
      return statusOf(state);
    },
    { description: 'Ends the recording; answers with its status at once, and the result has the files. No argument.' },
  );
  setHandler(recordingStatus, () => statusOf(state), {
    description: 'What is going on, or how it ended: phase, steps, job, files so far, last event. No argument.',
  });
}
