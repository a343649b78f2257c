import { CancellationScope, condition, sleep, TemporalFailure } from '@temporalio/workflow';
import type { LookUp } from '../contract/activityTypes.js';
import { START_DEADLINE, startIndividualStreamJob } from './activities.js';
import { classifyStart, jobStartUnknown, type StartOutcome } from './failure.js';
import { identifyJobs, identifyAndStopExtraJobs } from './jobs.js';
import {
  continueAsNewIfSuggested,
  enforceMaxDuration,
  isEndRequestAcknowledged,
  isEndRequested,
  throwIfCancelled,
  untilEndRequested,
  untilFirst,
  type Run,
} from './run.js';
import {
  adopt,
  addAmbiguousStart,
  ambiguousStarts,
  appIdOf,
  beginStart,
  jobOf,
  ruleIdOf,
  settingsOf,
  unidentifiedJobs,
} from './state.js';
import { setPhase, step } from './visibility.js';

/**
 * How long a recording that is to end searches for the job of an ambiguous start; then the job's idle limit ends it.
 */
const FINAL_SEARCH = 30_000;

/** How long "a job is already running" may mean that an earlier recording of the stream is just ending. */
const EARLIER_JOB_LIMIT = 60_000;

/** How often steps 1 to 4 are repeated because the vendor no longer knows what they found. */
const RENEWALS = 2;

/** Repeats steps 1 to 4. */
export type Prepare = (lookUp: LookUp) => Promise<void>;

/** The first pause is about the time in which a job that was started reports its first file. */
const pauseAfter = (round: number): number => Math.min(8_000 * 1.5 ** round, 30_000);

/**
 * Step 6, never repeated blindly: see docs/decisions/ambiguous-starts.md. Returns without a job if the end was
 * requested first. `prepare` repeats steps 1 to 4.
 */
export async function startJob(run: Run, prepare: Prepare): Promise<void> {
  const { state } = run;
  if (jobOf(state)) return;
  await CancellationScope.nonCancellable(async () => {
    if (!isEndRequested(run) || ambiguousStarts(state).length > 0) {
      beginStart(state, Date.now());
      setPhase(state, 'starting', { searchable: false });
      const hasJob = () => jobOf(state) !== undefined;
      await step(state, 'startIndividualStreamJob', () => startUntilKnown(run, prepare), hasJob);
    }
    if (!jobOf(state)) await endWithoutJob(run);
  });
  throwIfCancelled();
}

async function startUntilKnown(run: Run, prepare: Prepare): Promise<void> {
  const { state } = run;
  const triedAt = 'triedAt' in state.job ? state.job.triedAt : Date.now();
  let renewals = 0;
  let alreadyRunningSince: number | undefined;
  for (let round = 0; ; round++) {
    await continueAsNewIfSuggested(run);
    const start = await startOnce(run);
    if (start.kind === 'started') return adopt(state, start.job, Date.now(), Date.now());
    if (start.kind === 'ambiguous') addAmbiguousStart(state, start.window);
    let failure = 'error' in start ? start.error : undefined;
    let isFinal = start.kind === 'rejected';
    if (start.kind === 'notFound') {
      const obstacle = await renew(run, prepare, start.error, ++renewals);
      if (!obstacle && !isEndRequested(run)) continue;
      if (obstacle) {
        isFinal = true;
        failure = obstacle.error;
      }
    }
    const mayHaveJob = ambiguousStarts(state).length > 0;
    if (start.kind === 'alreadyRunning') {
      alreadyRunningSince ??= Date.now();
      if (!mayHaveJob && Date.now() > alreadyRunningSince + EARLIER_JOB_LIMIT) throw failure;
    }
    // Without an ambiguous start there is no job to wait for: another start is needed only if no end is requested.
    if (!mayHaveJob) {
      if (isFinal) throw failure;
      if (isEndRequested(run)) return;
    }
    // It lasts: now the search attributes show it too.
    setPhase(state, 'starting');
    await pauseBeforeNextStart(run, start.kind === 'cancelled' ? 0 : pauseAfter(round));
    if (jobOf(state) || isEndRequested(run)) return;
    if (isFinal) throw failure;
    if (Date.now() < triedAt + START_DEADLINE) continue;
    throw mayHaveJob ? jobStartUnknown(ambiguousStarts(state).length, failure) : failure;
  }
}

/** Repeats steps 1 to 4, because the vendor no longer knows what they found. Returns what prevents it, if anything. */
async function renew(
  run: Run,
  prepare: Prepare,
  error: unknown,
  nth: number,
): Promise<{ error: unknown } | undefined> {
  if (nth > RENEWALS) return { error };
  try {
    await untilEndRequested(run, () => prepare('vendor'));
    return undefined;
  } catch (failure) {
    if (!(failure instanceof TemporalFailure)) throw failure;
    return { error: failure };
  }
}

/** One start, with the retries that are safe. Whatever ends it early, the result of a running attempt is kept. */
async function startOnce(run: Run): Promise<StartOutcome> {
  const { state } = run;
  const request = { appId: appIdOf(state), ruleId: ruleIdOf(state), settings: settingsOf(state) };
  const scheduledAt = Date.now();
  let outcome: StartOutcome = { kind: 'cancelled' };
  await untilFirst(
    async () => {
      try {
        outcome = { kind: 'started', job: await startIndividualStreamJob(request) };
      } catch (error) {
        outcome = classifyStart(error, scheduledAt, Date.now());
      }
    },
    () => condition(() => isEndRequestAcknowledged(run) || unidentifiedJobs(state).length > 0),
    () => enforceMaxDuration(state),
  );
  return outcome;
}

/**
 * The pause before the next start, in which events may name the job of an ambiguous one: such a job is adopted. A
 * requested end prolongs or ends it.
 */
async function pauseBeforeNextStart(run: Run, pause: number): Promise<void> {
  const { state } = run;
  const since = Date.now();
  const finalSearch = ambiguousStarts(state).length > 0 ? FINAL_SEARCH : 0;
  // It changes when the end is requested.
  const until = () => since + (isEndRequested(run) ? finalSearch : pause);
  await untilFirst(
    () => identifyAndStopExtraJobs(state),
    () => enforceMaxDuration(state),
    async () => {
      while (!jobOf(state) && Date.now() < until()) {
        const wasAcknowledged = isEndRequestAcknowledged(run);
        await condition(
          () => jobOf(state) !== undefined || isEndRequestAcknowledged(run) !== wasAcknowledged,
          until() - Date.now(),
        );
      }
      await condition(() => jobOf(state) !== undefined || unidentifiedJobs(state).length === 0);
    },
  );
}

/** The recording is to end without a job, unless an event names one in the last moment. */
async function endWithoutJob({ state }: Run): Promise<void> {
  do {
    await identifyJobs(state);
    // If the run closed in the task that responds to an update, the response could be lost.
    if (!jobOf(state)) await sleep(1, { summary: 'Until the response to the stop request is stored' });
  } while (!jobOf(state) && unidentifiedJobs(state).length > 0);
}
