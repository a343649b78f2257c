import type { RecordingSettings } from '../recording/input.js';
import type { JobAnswer } from '../recording/steps.js';
import type { UnansweredStart } from './recordingState.js';

/** The vendor's stamps (`create_time`, the `Date` header) are cut to whole seconds. */
const STAMP_PRECISION = 1_000;

/**
 * Is this job the fruit of one of our unanswered starts? It is of the same room, user and video type, and was created while one of them was open.
 *
 * The job's age comes from the vendor's own clock alone, so that no clock of ours need agree with it; counted back from the time of the question it
 * gives the moment of creation on our clock.
 * @param asked when the question was sent and when its answer had come, in the workflow's time
 */
export function isOurs(
  answer: JobAnswer,
  asked: { from: number; until: number },
  settings: Pick<RecordingSettings, 'roomId' | 'userId' | 'videoType'>,
  unanswered: UnansweredStart[],
): boolean {
  const { job, ageMs } = answer;
  if (!job || ageMs === undefined) return false;
  if (job.roomId !== settings.roomId || job.userId !== settings.userId) return false;
  if (job.videoType !== undefined && job.videoType !== settings.videoType) return false;
  const earliest = asked.from - ageMs - STAMP_PRECISION;
  const latest = asked.until - ageMs + STAMP_PRECISION;
  return unanswered.some((start) => latest >= start.from && earliest <= start.until);
}
