import type { RecordingSettings } from '../recording/input.js';
import type { JobAnswer } from '../recording/steps.js';
import type { UnansweredStart } from './recordingState.js';

/** How well the clocks of two workers agree, and each with the server's. */
const CLOCKS_AGREE = 500;

/**
 * Is this job the fruit of one of our unanswered starts? It is of the same room, user and video type, and was created while one of them was open.
 *
 * Both times were taken by a worker around its call, and the job's age comes from the vendor's own clock: no waiting in a queue, no repeated question
 * and no late workflow task makes them less exact.
 */
export function isOurs(
  { job, createdBetween }: JobAnswer,
  settings: Pick<RecordingSettings, 'roomId' | 'userId' | 'videoType'>,
  unanswered: UnansweredStart[],
): boolean {
  if (!job || !createdBetween) return false;
  if (job.roomId !== settings.roomId || job.userId !== settings.userId) return false;
  if (job.videoType !== undefined && job.videoType !== settings.videoType) return false;
  const { from, until } = createdBetween;
  return unanswered.some((start) => until >= start.from - CLOCKS_AGREE && from <= start.until + CLOCKS_AGREE);
}
