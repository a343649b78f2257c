import { LRUCache } from 'lru-cache';
import { streamNameOf, type RecordingEvent } from '../contract/event.js';
import type { ParticipantEvent } from './event.js';
import { ID_PATTERN, workflowIdOf, workflowIdPrefix } from '../contract/workflowId.js';
import { isForeignStream } from './foreignStream.js';

export type Route =
  | { kind: 'workflows'; ids: string[] }
  /** Every running workflow whose id has this prefix. */
  | { kind: 'search'; prefix: string }
  | { kind: 'unrouted'; reason: string };

/**
 * The workflows of an event. It names neither the user nor the video type: the user follows `s_{job_id}_{room_id}_` in
 * the stream's name, and both video types are possible. Without such a name, all workflows of the room are,
 * unless the name is that of another kind of recording.
 */
export function route(appName: string, event: RecordingEvent): Route {
  const { roomId, jobId, streamName } = event;
  if (!ID_PATTERN.test(appName)) return { kind: 'unrouted', reason: 'the URL ends with no application name' };
  if (roomId === undefined || !ID_PATTERN.test(roomId)) return { kind: 'unrouted', reason: 'it names no room' };

  const beforeUser = streamNameOf(jobId ?? '', roomId, '');
  if (jobId === undefined || !streamName?.startsWith(beforeUser)) {
    if (streamName !== undefined && isForeignStream(streamName)) {
      return { kind: 'unrouted', reason: 'its stream is that of a mixed or an automatic recording' };
    }
    return { kind: 'search', prefix: workflowIdPrefix(appName, roomId) };
  }
  const userId = streamName.slice(beforeUser.length);
  if (!ID_PATTERN.test(userId)) return { kind: 'unrouted', reason: 'its stream name holds no user id' };
  return { kind: 'workflows', ids: workflowsOf(appName, { roomId, userId }) };
}

/** The workflows that may record a user: the camera's and the screen's. */
export function workflowsOf(
  appName: string,
  { roomId, userId }: Pick<ParticipantEvent, 'roomId' | 'userId'>,
): string[] {
  if (!ID_PATTERN.test(appName)) return [];
  const videoTypes = ['CAMERASTREAM', 'SCREENSTREAM'] as const;
  return videoTypes.map((videoType) => workflowIdOf({ appName, roomId, userId, videoType }));
}

/** Whether the event is of a single stream recording job: automatic and mixed recordings have other stream names. */
export function isOfStreamJob({ jobId, streamName }: RecordingEvent): boolean {
  return jobId !== undefined && streamName?.startsWith(`s_${jobId}_`) === true;
}

/** Some 1 MB. A forgotten job costs one more call for each of its events. */
const MAX_JOBS = 10_000;

/**
 * Remembers which of a user's two workflows, camera or screen, accepted a job's events, if exactly one did (one
 * exists before its job). Otherwise the events go to both.
 */
export class JobRoutes {
  private readonly byJob: LRUCache<string, string>;

  constructor(max = MAX_JOBS) {
    this.byJob = new LRUCache({ max });
  }

  /** The route, without the workflow of another job. */
  resolve(route: Route, { jobId }: RecordingEvent): Route {
    if (route.kind !== 'workflows' || jobId === undefined) return route;
    const owner = this.byJob.get(jobId);
    // The event itself comes first: two applications should never have the same job id.
    return owner !== undefined && route.ids.includes(owner) ? { kind: 'workflows', ids: [owner] } : route;
  }

  /** Stores which workflows accepted the event. */
  remember({ jobId }: RecordingEvent, acceptedBy: readonly string[]): void {
    if (jobId === undefined) return;
    const [owner] = acceptedBy;
    if (owner === undefined || acceptedBy.length > 1) this.byJob.delete(jobId);
    else this.byJob.set(jobId, owner);
  }
}
