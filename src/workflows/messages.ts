import { defineQuery, defineSignal, defineUpdate, setHandler } from '@temporalio/workflow';
import type { RecordingEvent } from '../contract/event.js';
import type { RecordingStatus } from '../contract/status.js';
import { takeEvent } from './events.js';
import { requestStop, type RecordingState } from './state.js';
import { statusOf, updateCurrentDetails } from './visibility.js';

/** A signal, because the receiver must not wait for the workflow. */
export const recordingEvent = defineSignal<[RecordingEvent]>('recordingEvent');
export const participantJoined = defineSignal('participantJoined');

/** An update, because the caller wants to know that it was accepted. */
export const stopRecording = defineUpdate<RecordingStatus>('stopRecording');
export const recordingStatus = defineQuery<RecordingStatus>('recordingStatus');

/** Messages may arrive before anything else. Handlers never throw: that would block the workflow for ever. */
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
    { description: 'Ends the recording and returns its status at once; the result will list the files. No argument.' },
  );
  setHandler(recordingStatus, () => statusOf(state), {
    description: 'The current or final status: phase, steps, job, files so far, last event. No argument.',
  });
}
