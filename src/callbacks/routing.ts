import type { RecordingEvent } from '../recording/event.js';
import { ID_PATTERN, workflowIdOf, workflowIdPrefix } from '../recording/workflowId.js';

export type Route =
  | { kind: 'workflows'; ids: string[] }
  /** Every running workflow whose id begins so. */
  | { kind: 'search'; prefix: string }
  | { kind: 'unrouted'; why: string };

/**
 * Which workflows an event is for. It names neither the user nor whether camera or screen is recorded: the user is what the stream's name has
 * after `s_{job_id}_{room_id}_`, and the event goes to both. A stream of another shape (a mixed or automatic recording) tells the room only.
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
