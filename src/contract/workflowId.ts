/** What an event of the vendor and a caller both know of a recording; the workflow id is made of it. */
export interface RecordingKey {
  /** The application: 1 to 64 letters, digits, `_` or `-`, as room and user are. */
  appName: string;
  /** The room. */
  roomId: string;
  /** The participant whose stream it is. */
  userId: string;
  /** The camera's stream or the shared screen's. */
  videoType: VideoType;
}

/** The stream that is recorded: the camera's or the shared screen's (vendor: `video_type`). */
export type VideoType = 'CAMERASTREAM' | 'SCREENSTREAM';

/** The contract's workflow type: what a caller starts. */
export const WORKFLOW_TYPE = 'singleStreamRecording';

/** The contract's default task queue; `TEMPORAL_TASK_QUEUE` overrides it. */
export const DEFAULT_TASK_QUEUE = 'single-stream-recording';

/** The queue of the job activities: one server-side rate limit holds all workers together under the vendor's. */
export function jobsTaskQueue(taskQueue: string): string {
  return `${taskQueue}-jobs`;
}

/**
 * Application names, room ids and user ids (the vendor's rule for rooms and users). Nothing else becomes a part of a
 * workflow id, so that a callback's body cannot name any other workflow.
 */
export const ID_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;

const KIND: Record<VideoType, string> = { CAMERASTREAM: 'camera', SCREENSTREAM: 'screen' };

/** `recording:{appName}:{roomId}:{userId}:{camera|screen}`: the one workflow that may record this stream. */
export function workflowIdOf(key: RecordingKey): string {
  return `${workflowIdPrefix(key.appName, key.roomId)}${key.userId}:${KIND[key.videoType]}`;
}

/** The recording that an id names; undefined for the id of anything else. */
export function keyOfWorkflowId(workflowId: string): RecordingKey | undefined {
  const [first, appName = '', roomId = '', userId = '', kind, ...rest] = workflowId.split(':');
  if (first !== 'recording' || rest.length > 0) return undefined;
  if (![appName, roomId, userId].every((id) => ID_PATTERN.test(id))) return undefined;
  const videoType = (Object.keys(KIND) as VideoType[]).find((type) => KIND[type] === kind);
  return videoType && { appName, roomId, userId, videoType };
}

/** What the ids of all recordings of one room begin with. */
export function workflowIdPrefix(appName: string, roomId: string): string {
  return `recording:${appName}:${roomId}:`;
}

/** How a recording is called where people read of it: `Camera of user001 in room001`. */
export function titleOf({ videoType, userId, roomId }: Omit<RecordingKey, 'appName'>): string {
  return `${videoType === 'SCREENSTREAM' ? 'Screen' : 'Camera'} of ${userId} in ${roomId}`;
}
