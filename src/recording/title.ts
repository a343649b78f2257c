import type { RecordingKey } from './workflowId.js';

/** How a recording is called where people read of it: `Camera of user001 in room001`. */
export function titleOf({ videoType, userId, roomId }: Omit<RecordingKey, 'appName'>): string {
  return `${videoType === 'SCREENSTREAM' ? 'Screen' : 'Camera'} of ${userId} in ${roomId}`;
}
