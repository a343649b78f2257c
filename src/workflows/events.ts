import { readEvent, type RecordingEvent } from '../contract/event.js';
import { announce } from './announcedFiles.js';
import { jobOf, MAX_NEWS_OF_OTHERS, newsOf, noteEnd, ourJobs, unansweredStarts, type RecordingState } from './state.js';

/** A job has one stream; a few names more do no harm, but their number must not grow with the events. */
const MAX_STREAM_NAMES = 10;

/** Takes one event in. Never throws, whatever was sent. Says whether it was about this recording. */
export function takeEvent(state: RecordingState, sent: unknown, now: number): boolean {
  const event = readEvent(sent);
  const jobId = event.jobId ?? jobOfStream(state, event.streamName);
  if (!event.eventType || jobId === undefined || !mayBeOurs(state, event, jobId)) return false;

  let news = newsOf(state, jobId);
  if (!news) {
    if (!isOurJob(state, jobId) && state.news.length >= MAX_NEWS_OF_OTHERS) return false;
    news = { jobId, begun: false, unnamedFile: false, over: false, streamNames: [], announced: {} };
    state.news.push(news);
  }
  if (event.streamName && !news.streamNames.includes(event.streamName)) {
    news.streamNames = [...news.streamNames, event.streamName].slice(0, MAX_STREAM_NAMES);
  }
  switch (event.eventType) {
    case 'RECORD_NEW_FILE_START':
      news.begun = true;
      break;
    case 'RECORD_FILE_COMPLETE':
      announce(state, news, event);
      break;
    case 'CLOUD_RECORD_OVER':
    case 'CLOUD_RECORD_SERVER_OVER':
      news.over = true;
      break;
    default:
      return false;
  }
  state.lastEvent = { eventType: event.eventType, at: now };
  noteEnd(state, now);
  return true;
}

function mayBeOurs(state: RecordingState, event: RecordingEvent, jobId: string): boolean {
  // Before the first try no job of ours exists: the event is of an earlier recording or of somebody else's.
  if (state.job.status === 'notStarted' || !state.settings) return false;
  if (event.appId !== undefined && event.appId !== state.appId) return false;
  if (event.roomId !== undefined && event.roomId !== state.settings.roomId) return false;
  if (isOurJob(state, jobId)) return true;
  if (state.strangers.includes(jobId)) return false;
  return jobOf(state) === undefined || unansweredStarts(state).length > 0;
}

function isOurJob(state: RecordingState, jobId: string): boolean {
  return ourJobs(state).some((job) => job.jobId === jobId);
}

/** The job id is optional in an event: the name of its stream, `s_{job_id}_{room_id}_{user_id}`, tells as much. */
function jobOfStream(state: RecordingState, streamName = ''): string | undefined {
  const job = ourJobs(state).find((ours) => ours.streamName === streamName);
  if (job) return job.jobId;
  const [start, end] = ['s_', `_${state.settings?.roomId}_${state.settings?.userId}`];
  if (!streamName.startsWith(start) || !streamName.endsWith(end)) return undefined;
  return streamName.slice(start.length, -end.length) || undefined;
}
