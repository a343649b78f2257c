import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
  sleep,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { Job, LookUp } from '../contract/activityTypes.js';
import { FAILURES, FailureType, StepFailure, type StartUnansweredDetail } from '../contract/failures.js';
import { START_DEADLINE, startIndividualStreamJob } from './activities.js';
import { examineCandidates, handleOtherJobs } from './jobs.js';
import {
  continueAsNewIfSuggested,
  isCancelled,
  isEndDue,
  isEndRequested,
  throwIfCancelled,
  untilEndRequested,
  untilFirst,
  type Run,
} from './run.js';
import { adopt, beginStart, candidates, jobOf, settingsOf, unansweredStarts, type UnansweredStart } from './state.js';
import { setPhase, step } from './visibility.js';

/** A request that was never answered may still be waiting at the vendor when we have stopped listening. */
const LATE_EFFECT = 60_000;

/** How long a run that is to end looks for the job of an unanswered start, before it leaves it to its idle limit. */
const LAST_LOOK = 30_000;

/** How long "a job is running already" may be the end of an earlier recording of the same stream. */
const EARLIER_JOB_LIMIT = 60_000;

/** How often the application and the recording template are made anew in one recording. */
const RENEWALS = 2;

/** The first pause is about the time in which a vendor that did start a job tells of its first file. */
const pauseAfter = (round: number): number => Math.min(8_000 * 1.5 ** round, 30_000);

/**
 * Step 6, the one that cannot be repeated blindly: the vendor has no idempotency key and no list of jobs. After a response
 * that never came the workflow waits for an event of a job that it does not know, adopts that job if it is ours, and only
 * then starts again. No cancel ends that wait.
 *
 * Returns with a job, or without one where the recording is to end first.
 * @param prepare does steps 1 to 4, for a vendor that does not know what they have found
 */
export async function startJob(run: Run, prepare: (lookUp: LookUp) => Promise<void>): Promise<void> {
  const { state } = run;
  if (jobOf(state)) return;
  await CancellationScope.nonCancellable(async () => {
    if (!isEndRequested(run) || unansweredStarts(state).length > 0) {
      beginStart(state, Date.now());
      setPhase(state, 'starting', { lasts: false });
      await step(state, 'startIndividualStreamJob', () => startUntilKnown(run, prepare));
    }
    if (!jobOf(state)) await lookOnceMore(run);
  });
  throwIfCancelled();
}

async function startUntilKnown(run: Run, prepare: (lookUp: LookUp) => Promise<void>): Promise<void> {
  const { state } = run;
  const triedAt = 'triedAt' in state.job ? state.job.triedAt : Date.now();
  const unanswered = unansweredStarts(state);
  let renewals = 0;

  for (let round = 0; ; round++) {
    await continueAsNewIfSuggested(run);
    const start = await startOnce(run);
    switch (start.kind) {
      case 'started':
        adopt(state, start.job, Date.now(), Date.now());
        return;
      case 'unanswered':
        unanswered.push(start.window);
        break;
      case 'alreadyRunning':
        if (unanswered.length === 0 && Date.now() > triedAt + EARLIER_JOB_LIMIT) throw start.error;
        break;
      case 'gone':
        renewals += 1;
        if (renewals > RENEWALS) throw start.error;
        await untilEndRequested(run, () => prepare('vendor'));
        if (!isEndRequested(run)) continue;
        break;
      case 'refused':
        if (unanswered.length === 0) throw start.error;
        break;
      case 'cutShort':
        break;
    }
    if (isEndRequested(run) && unanswered.length === 0) return;

    setPhase(state, 'starting');
    await searchForJob(run, start.kind === 'cutShort' ? 0 : pauseAfter(round));
    if (jobOf(state) || isEndRequested(run)) return;
    if (start.kind === 'refused') throw start.error;
    if (Date.now() >= triedAt + START_DEADLINE) {
      if (unanswered.length === 0 && 'error' in start) throw start.error;
      throw startUnknown(unanswered.length, 'error' in start ? start.error : undefined);
    }
  }
}

/**
 * One start, with the retries that are safe. A stop, a cancel or an event of a job that an earlier start may have created
 * ends the pause between them; an attempt that is running brings its result.
 */
async function startOnce(run: Run): Promise<StartOutcome> {
  const { state } = run;
  const request = { appId: state.appId ?? '', ruleId: state.ruleId ?? '', settings: settingsOf(state) };
  const scheduledAt = Date.now();
  let outcome: StartOutcome = { kind: 'cutShort' };
  await untilFirst(
    async () => {
      try {
        outcome = { kind: 'started', job: await startIndividualStreamJob(request) };
      } catch (error) {
        outcome = classifyStart(error, scheduledAt, Date.now());
      }
    },
    () => condition(() => isEndDue(run) || candidates(state).length > 0),
  );
  return outcome;
}

/**
 * Waits for an event of an unknown job, and checks whether the job is ours. Nothing is started while one may still turn
 * out to be.
 */
async function searchForJob(run: Run, pause: number): Promise<void> {
  const { state } = run;
  const begun = Date.now();
  const until = () => begun + (isEndRequested(run) ? LAST_LOOK : pause);
  await untilFirst(
    () => handleOtherJobs(state),
    async () => {
      while (!jobOf(state) && Date.now() < until()) {
        const wasEndDue = isEndDue(run);
        const isToBeActedOn = () => jobOf(state) !== undefined || isEndDue(run) !== wasEndDue;
        await condition(isToBeActedOn, until() - Date.now());
      }
      await condition(() => jobOf(state) !== undefined || candidates(state).length === 0);
    },
  );
}

/** The recording is to end without a job. Until its very last task an event may name one: then its files are listed too. */
async function lookOnceMore({ state }: Run): Promise<void> {
  do {
    await examineCandidates(state);
    // A run that closes in the task that responds to an update loses the response when anything else happens meanwhile.
    if (!jobOf(state)) await sleep(1, { summary: 'Until the answer to the stop is stored' });
  } while (!jobOf(state) && candidates(state).length > 0);
}

/** What has come of one start of the job. */
export type StartOutcome =
  | { kind: 'started'; job: Job }
  | { kind: 'unanswered'; window: UnansweredStart; error: unknown }
  | { kind: 'alreadyRunning'; error: unknown }
  | { kind: 'gone'; error: unknown }
  | { kind: 'refused'; error: unknown }
  | { kind: 'cutShort' };

/** Reads from a failed start whether a job may have come of it. */
export function classifyStart(error: unknown, scheduledAt: number, now: number): StartOutcome {
  // While a start waits for its next try, none is under way: nothing has happened.
  if (isCancellation(error)) return { kind: 'cutShort' };
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof TimeoutFailure) {
    if (cause.timeoutType === 'SCHEDULE_TO_START') return { kind: 'refused', error };
    return { kind: 'unanswered', window: { from: scheduledAt, until: now + LATE_EFFECT }, error };
  }
  if (!(cause instanceof ApplicationFailure)) return { kind: 'refused', error };
  if (cause.type !== StepFailure.StartUnanswered && isCancelled(error)) return { kind: 'cutShort' };
  switch (cause.type) {
    case StepFailure.StartUnanswered: {
      // The worker's own times: this task may come long after the failure.
      const { from, until, mayTakeEffectLater } = cause.details?.[0] as StartUnansweredDetail;
      return { kind: 'unanswered', window: { from, until: until + (mayTakeEffectLater ? LATE_EFFECT : 0) }, error };
    }
    case StepFailure.JobRunning:
      return { kind: 'alreadyRunning', error };
    case StepFailure.NotFound:
      return { kind: 'gone', error };
    default:
      return { kind: 'refused', error };
  }
}

function startUnknown(starts: number, cause: unknown): ApplicationFailure {
  return ApplicationFailure.create({
    type: FailureType.JobStartUnknown,
    nonRetryable: true,
    message:
      `${starts} request${starts === 1 ? '' : 's'} to start the job got no answer that can be believed, and no event of such a job came. ` +
      `If one was started all the same, its idle limit ends it. ${FAILURES.JobStartUnknown.whatToDo}`,
    ...(cause instanceof Error && { cause }),
  });
}
