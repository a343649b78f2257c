import type { RecordingStatus, StepName } from './status.js';

/** The vendor's steps, with their numbers. */
export const STEP_TITLES: Record<StepName, string> = {
  authenticate: '1. Prove the credentials to IAM',
  ensureApplication: '2. Find or create the application',
  ensureRecordRule: '3. Find or save the recording template',
  configureRecordCallback: '4. Point the callback at the receiver',
  participantJoined: '5. Wait for the participant',
  startIndividualStreamJob: '6. Start the recording job',
  recordingEvents: 'Record until the job has ended',
  listRecordingFiles: '7. List the files in the bucket',
};

export interface Progress extends Pick<RecordingStatus, 'phase' | 'steps'> {
  input: RecordingStatus['input'] | undefined;
  stopRequestedBy: RecordingStatus['stopRequestedBy'] | undefined;
  /** The number of starts whose response was lost. */
  lostStarts: number;
  /** Whether the job has started a file, as far as events have reported. */
  hasStartedFile: boolean;
  /** When the phase ends at the latest; milliseconds since 1970. */
  phaseEndsBy: number | undefined;
  mediaCheck: RecordingStatus['mediaCheck'] | undefined;
}

const STOPPED_BY = { stop: 'a caller', maxDuration: 'maxDuration', absence: 'stopAfterAbsence' };

/** What has to happen next, and the time limit, in plain text; undefined after the end. */
export function waitsFor(progress: Progress): string | undefined {
  const { input, phase, steps, stopRequestedBy, lostStarts, hasStartedFile, phaseEndsBy = NaN, mediaCheck } = progress;
  const step = steps.at(-1)?.step;
  if (!input) return undefined;
  const limit = utc(phaseEndsBy);
  const { userId, roomId, stopAfterAbsence: absence } = input;
  switch (phase) {
    case 'preparing':
      return step && `step ${STEP_TITLES[step]}; if it keeps failing, its error is shown under Pending Activities`;
    case 'waitingForParticipant':
      return (
        `${userId} to join ${roomId}, until ${limit}. Pending Activities shows when SparkRTC was last polled; ` +
        'the signal participantJoined or an event reports it too'
      );
    case 'starting':
      return lostStarts === 0
        ? "the vendor's response to the start of the job"
        : `an event of a job created by a start whose response was lost (${lostStarts}×), before another start`;
    case 'recording': {
      const what = hasStartedFile ? 'the end of the job' : 'the user to publish in the room; no file was started yet';
      const early = absence === undefined ? '' : `, or when ${userId} has been absent for ${absence / 1000} s`;
      return `${what}. The job is polled every ${input.reconcileInterval / 1000} s, and stopped at ${limit}${early}`;
    }
    case 'waitingForNextPart':
      return `the start of the next part at ${limit}, since SparkRTC has broken off the last job (nextPart)`;
    case 'stopping':
      return `the end of the job, which was stopped by ${STOPPED_BY[stopRequestedBy ?? 'stop']}`;
    case 'settling':
      if (mediaCheck) return `the check that the files can be played: ${mediaCheck.checked} of ${mediaCheck.total}`;
      return `late events and files, until ${limit}`;
    default:
      return undefined;
  }
}

/** `2026-01-01 12:00:00 UTC`, or `never`. */
export function utc(time: string | number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? 'never' : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
