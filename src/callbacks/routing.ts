import { LRUCache } from 'lru-cache';
import type { RecordingEvent } from '../contract/event.js';
import { ID_PATTERN, workflowIdOf, workflowIdPrefix } from '../contract/workflowId.js';

export type Route =
  | { kind: 'workflows'; ids: string[] }
  /** Every running workflow whose id begins so. */
  | { kind: 'search'; prefix: string }
  | { kind: 'unrouted'; why: string };

/**
 * Which workflows an event is for. It names neither the user nor the video type: the user is what follows
 * `s_{job_id}_{room_id}_` in the stream's name, and the event goes to both types. Other streams name only the room.
 */
export function route(appName: string, event: RecordingEvent): Route {
  const { roomId, jobId, streamName } = event;
  if (!ID_PATTERN.test(appName)) return { kind: 'unrouted', why: 'the URL ends with no application name' };
  if (roomId === undefined || !ID_PATTERN.test(roomId)) return { kind: 'unrouted', why: 'it names no room' };

  // The known job and room are taken off: ids may hold "_" themselves, so that a split could cut anywhere.
  const beforeUser = `s_${jobId}_${roomId}_`;
  if (jobId === undefined || !streamName?.startsWith(beforeUser)) {
    return { kind: 'search', prefix: workflowIdPrefix(appName, roomId) };
  }
  const userId = streamName.slice(beforeUser.length);
  if (!ID_PATTERN.test(userId)) return { kind: 'unrouted', why: 'its stream name holds no user id' };
  return {
    kind: 'workflows',
    ids: [
      workflowIdOf({ appName, roomId, userId, videoType: 'CAMERASTREAM' }),
      workflowIdOf({ appName, roomId, userId, videoType: 'SCREENSTREAM' }),
    ],
  };
}

/** Some 1 MB. A job that is forgotten costs one call more for each of its events, and nothing else. */
const MAX_JOBS = 10_000;

/**
 * Which of a user's two workflows, camera or screen, a job belongs to: the only one that was there when an event of
 * the job came. A workflow is there before its job is. Where both were there, the events go to both.
 */
export class JobRoutes {
  private readonly byJob: LRUCache<string, string>;

  constructor(max = MAX_JOBS) {
    this.byJob = new LRUCache({ max });
  }

  /** The route, without the workflow that the event is surely not for. */
  resolve(route: Route, { jobId }: RecordingEvent): Route {
    if (route.kind !== 'workflows' || jobId === undefined) return route;
    const owner = this.byJob.get(jobId);
    // Two applications may be told of one job's number only by mistake: what the event itself says comes first.
    return owner !== undefined && route.ids.includes(owner) ? { kind: 'workflows', ids: [owner] } : route;
  }

  /** Takes in which workflows accepted the event. */
  remember({ jobId }: RecordingEvent, acceptedBy: readonly string[]): void {
    if (jobId === undefined) return;
    const [owner] = acceptedBy;
    if (owner === undefined || acceptedBy.length > 1) this.byJob.delete(jobId);
    else this.byJob.set(jobId, owner);
  }
}
