/** Identifies a recording; callers and the vendor's events both know it. The workflow id consists of it. */
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

/** The workflow type. */
export const WORKFLOW_TYPE = 'singleStreamRecording';

/** The default task queue; `TEMPORAL_TASK_QUEUE` overrides it. */
export const DEFAULT_TASK_QUEUE = 'single-stream-recording';

/** The queue of the job activities, whose rate the server limits across all workers. */
export function jobsTaskQueue(taskQueue: string): string {
  return `${taskQueue}-jobs`;
}

/** Application names, room ids and user ids. Nothing else gets into a workflow id, whatever a callback contains. */
export const ID_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;

const KIND: Record<VideoType, string> = { CAMERASTREAM: 'camera', SCREENSTREAM: 'screen' };

/** `recording:{appName}:{roomId}:{userId}:{camera|screen}`: the one workflow that may record this stream. */
export function workflowIdOf(key: RecordingKey): string {
  return `${workflowIdPrefix(key.appName, key.roomId)}${key.userId}:${KIND[key.videoType]}`;
}

/** The recording with this workflow id; undefined for other ids. */
export function keyOfWorkflowId(workflowId: string): RecordingKey | undefined {
  const [first, appName = '', roomId = '', userId = '', kind, ...rest] = workflowId.split(':');
  if (first !== 'recording' || rest.length > 0) return undefined;
  if (![appName, roomId, userId].every((id) => ID_PATTERN.test(id))) return undefined;
  const videoType = (Object.keys(KIND) as VideoType[]).find((type) => KIND[type] === kind);
  return videoType && { appName, roomId, userId, videoType };
}

/** The prefix of the workflow ids of all recordings in one room. */
export function workflowIdPrefix(appName: string, roomId: string): string {
  return `recording:${appName}:${roomId}:`;
}

/** A recording's title for people: `Camera of user001 in room001`. */
export function titleOf({ videoType, userId, roomId }: Omit<RecordingKey, 'appName'>): string {
  return `${videoType === 'SCREENSTREAM' ? 'Screen' : 'Camera'} of ${userId} in ${roomId}`;
}
