import { isRecordingEvent, readEvent, streamNameOf, type RecordingEvent } from '../contract/event.js';
import { announce, startFile } from './announcedFiles.js';
import {
  MAX_UNKNOWN_JOBS,
  eventsOf,
  eventsOfOurJobs,
  applyEndEvent,
  ourJobs,
  ambiguousStarts,
  type RecordingState,
} from './state.js';

/** A job has one stream; whatever events claim, the number of names must stay small. */
const MAX_STREAM_NAMES = 10;

/** Applies one event. Never throws, whatever was sent. Returns whether the event was about this recording. */
export function takeEvent(state: RecordingState, sent: unknown, now: number): boolean {
  const event = readEvent(sent);
  const jobId = event.jobId ?? jobOfStream(state, event.streamName);
  if (!isRecordingEvent(event.eventType) || jobId === undefined || !mayBeOurs(state, event, jobId)) return false;

  let events = eventsOf(state, jobId);
  if (!events) {
    const unknown = state.jobEvents.length - eventsOfOurJobs(state).length;
    if (!isOurJob(state, jobId) && unknown >= MAX_UNKNOWN_JOBS) return false;
    events = { jobId, fileStarted: false, unnamedFile: false, ended: false, streamNames: [], missing: {} };
    state.jobEvents.push(events);
  }
  if (event.streamName && !events.streamNames.includes(event.streamName)) {
    events.streamNames = [...events.streamNames, event.streamName].slice(0, MAX_STREAM_NAMES);
  }
  switch (event.eventType) {
    case 'RECORD_NEW_FILE_START':
      events.fileStarted = true;
      events.lastFileEvent = { complete: false, at: now };
      startFile(events, event.recordFormat, now);
      break;
    case 'RECORD_FILE_COMPLETE':
      events.lastFileEvent = { complete: true, at: now };
      announce(state, events, event);
      break;
    case 'CLOUD_RECORD_OVER':
    case 'CLOUD_RECORD_SERVER_OVER':
      events.ended = true;
  }
  state.lastEvent = { eventType: event.eventType, at: now };
  applyEndEvent(state, now);
  return true;
}

function mayBeOurs(state: RecordingState, event: RecordingEvent, jobId: string): boolean {
  // Before the first start no job of ours exists: the event belongs to an earlier recording, or to someone else's.
  if (state.job.status === 'notStarted' || !state.settings) return false;
  if (event.appId !== undefined && event.appId !== state.appId) return false;
  if (event.roomId !== undefined && event.roomId !== state.settings.roomId) return false;
  if (isOurJob(state, jobId)) return true;
  if (state.foreignJobs.includes(jobId)) return false;
  return state.job.status === 'starting' || ambiguousStarts(state).length > 0;
}

function isOurJob(state: RecordingState, jobId: string): boolean {
  return ourJobs(state).some((job) => job.jobId === jobId);
}

/** The job id is optional in an event; the stream's name contains it too. */
function jobOfStream(state: RecordingState, streamName = ''): string | undefined {
  const job = ourJobs(state).find((ours) => ours.streamName === streamName);
  if (job) return job.jobId;
  const { roomId = '', userId = '' } = state.settings ?? {};
  // No id contains a slash.
  const [start = '', end = ''] = streamNameOf('/', roomId, userId).split('/');
  if (!streamName.startsWith(start) || !streamName.endsWith(end)) return undefined;
  return streamName.slice(start.length, -end.length) || undefined;
}
