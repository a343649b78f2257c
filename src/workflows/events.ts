import { readEvent, type RecordingEvent } from '../contract/event.js';
import { announce } from './announcedFiles.js';
import {
  jobOf,
  MAX_NEWS_OF_OTHERS,
  newsOf,
  noteEnd,
  ourJobs,
  unansweredStarts,
  type JobNews,
  type RecordingState,
} from './state.js';

/** A job has one stream; a few names more do no harm, but their number must not grow with the events. */
const MAX_STREAM_NAMES = 10;

/** Takes one event in. Never throws, whatever was sent. Says whether it was about this recording. */
export function takeEvent(state: RecordingState, sent: unknown, now: number): boolean {
  const event = readEvent(sent);
  const jobId = event.jobId ?? jobOfStream(state, event.streamName);
  if (!event.eventType || jobId === undefined || !mayBeOurs(state, event, jobId)) return false;

  const news = newsOf(state, jobId) ?? addNews(state, jobId);
  if (!news) return false;
  if (event.streamName) noteStream(news, event.streamName);
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
  // Before the first try no job of ours exists: whatever is told is of an earlier recording or of somebody else's.
  if (state.job.status === 'notStarted' || !state.settings) return false;
  if (event.appId !== undefined && event.appId !== state.appId) return false;
  if (event.roomId !== undefined && event.roomId !== state.settings.roomId) return false;
  if (ourJobs(state).some((job) => job.jobId === jobId)) return true;
  if (state.strangers.includes(jobId)) return false;
  return jobOf(state) === undefined || unansweredStarts(state).length > 0;
}

/** The job id is optional in an event: the name of its stream, `s_{job_id}_{room_id}_{user_id}`, tells as much. */
function jobOfStream(state: RecordingState, streamName: string | undefined): string | undefined {
  if (streamName === undefined) return undefined;
  const job = ourJobs(state).find((ours) => ours.streamName === streamName);
  if (job) return job.jobId;
  const [start, end] = ['s_', `_${state.settings?.roomId}_${state.settings?.userId}`];
  if (!streamName.startsWith(start) || !streamName.endsWith(end)) return undefined;
  return streamName.slice(start.length, -end.length) || undefined;
}

function addNews(state: RecordingState, jobId: string): JobNews | undefined {
  const ours = ourJobs(state).some((job) => job.jobId === jobId);
  if (!ours && state.news.length >= MAX_NEWS_OF_OTHERS) return undefined;
  const news: JobNews = { jobId, begun: false, unnamedFile: false, over: false, streamNames: [], announced: {} };
  state.news.push(news);
  return news;
}

function noteStream(news: JobNews, streamName: string): void {
  if (news.streamNames.length < MAX_STREAM_NAMES && !news.streamNames.includes(streamName)) {
    news.streamNames.push(streamName);
  }
}
