import { ApplicationFailure, CancellationScope, condition } from '@temporalio/workflow';
import { FAILURES } from '../recording/failureCatalog.js';
import { FailureType } from '../recording/failureTypes.js';
import { Alarm } from './alarm.js';
import { wasCutShort } from './cutShort.js';
import { lookAfterOtherJobs, otherJobsWait } from './jobs.js';
import { prepare } from './prepare.js';
import { adopt, candidates, settingsOf } from './recordingState.js';
import { goOnInNewRun, interruptibly, isInterrupted, isTooLong, type Run } from './run.js';
import { whatHappened, type StartOutcome } from './startOutcome.js';
import { START_DEADLINE } from './stepPolicies.js';
import { showDetails } from './webPage.js';

/** How long a run that is to end looks for the job of an unanswered start, before it leaves it to its idle limit. */
const LAST_LOOK = 30_000;

/** How long "a job is running already" may be the end of an earlier recording of the same stream. */
const EARLIER_JOB_LIMIT = 60_000;

/** How often the application and the recording template are made anew in one recording. */
const RENEWALS = 2;

/** The first pause is about the time in which a vendor that did start a job tells of its first file. */
const pauseAfter = (round: number): number => Math.min(8_000 * 1.5 ** round, 30_000);

/**
 * Step 6, the one that cannot be repeated blindly: the vendor has no idempotency key and no list of jobs. After an answer that never came
 * the workflow waits for an event of a job that it does not know, adopts that job if it is ours, and only then starts again. No cancel ends that wait.
 *
 * Returns with `state.job` set, or without a job when the recording is to end first.
 */
export async function startJob(run: Run): Promise<void> {
  const { state } = run;
  state.startTriedAt ??= Date.now();
  let renewals = 0;

  for (let round = 0; ; round++) {
    if (isTooLong(run)) await CancellationScope.nonCancellable(() => goOnInNewRun(run));
    const start = await startOnce(run);
    switch (start.kind) {
      case 'started':
        adopt(state, start.job, Date.now(), Date.now());
        return;
      case 'unanswered':
        state.unanswered.push(start.window);
        break;
      case 'alreadyRunning':
        if (state.unanswered.length === 0 && Date.now() > state.startTriedAt + EARLIER_JOB_LIMIT) throw start.error;
        break;
      case 'gone':
        renewals += 1;
        if (renewals > RENEWALS) throw start.error;
        await interruptibly(run, () => prepare(run, { fresh: true })).catch(unlessCancelled);
        if (!isInterrupted(run)) continue;
        break;
      case 'refused':
        if (state.unanswered.length === 0) throw start.error;
        break;
      case 'cutShort':
        break;
    }
    if (isInterrupted(run) && state.unanswered.length === 0) return;

    showDetails(state);
    const pause = start.kind === 'cutShort' ? 0 : pauseAfter(round);
    await CancellationScope.nonCancellable(() => lookForJob(run, pause));
    if (state.job !== undefined || isInterrupted(run)) return;
    if (start.kind === 'refused') throw start.error;
    if (Date.now() >= state.startTriedAt + START_DEADLINE) {
      if (state.unanswered.length === 0 && 'error' in start) throw start.error;
      throw startUnknown(state.unanswered.length, 'error' in start ? start.error : undefined);
    }
  }
}

/**
 * One start, with the retries that are safe. A stop, a cancel or an event of a job that an earlier start may have
 * created ends the pause between them, never an attempt that is running.
 */
async function startOnce(run: Run): Promise<StartOutcome> {
  const { state, activities } = run;
  const request = { appId: state.appId ?? '', ruleId: state.ruleId ?? '', settings: settingsOf(state) };
  const scheduledAt = Date.now();
  const starting = interruptibly(run, () =>
    CancellationScope.cancellable(async () => {
      const scope = CancellationScope.current();
      const turnedUp = condition(() => candidates(state).length > 0).then(() => scope.cancel(), unlessCancelled);
      try {
        return await activities.startIndividualStreamJob(request);
      } finally {
        scope.cancel();
        await turnedUp;
      }
    }),
  );
  return starting.then(
    (job): StartOutcome => ({ kind: 'started', job }),
    (error: unknown) => whatHappened(error, scheduledAt, Date.now()),
  );
}

/**
 * Waits for an event of an unknown job, and checks whether the job is ours. Nothing is started while one may still turn
 * out to be.
 */
async function lookForJob(run: Run, pause: number): Promise<void> {
  const { state } = run;
  const begun = Date.now();
  const until = () => begun + (isInterrupted(run) ? LAST_LOOK : pause);
  const alarm = new Alarm('For an event of the job whose start was not answered');
  while (state.job === undefined && (Date.now() < until() || candidates(state).length > 0)) {
    const seen = run.changes;
    lookAfterOtherJobs(run);
    await alarm.wait(() => run.changes !== seen || otherJobsWait(run), run.otherJobs.busy ? Infinity : until());
  }
  await condition(() => !run.otherJobs.busy);
}

function unlessCancelled(error: unknown): void {
  if (!wasCutShort(error)) throw error;
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
