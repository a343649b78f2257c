import { CancellationScope, condition, sleep } from '@temporalio/workflow';
import type { LookUp } from '../contract/activityTypes.js';
import { START_DEADLINE, startIndividualStreamJob } from './activities.js';
import { classifyStart, jobStartUnknown, type StartOutcome } from './failure.js';
import { examineCandidates, handleOtherJobs } from './jobs.js';
import {
  continueAsNewIfSuggested,
  isEndDue,
  isEndRequested,
  throwIfCancelled,
  untilEndRequested,
  untilFirst,
  type Run,
} from './run.js';
import { adopt, beginStart, candidates, jobOf, settingsOf, unansweredStarts } from './state.js';
import { setPhase, step } from './visibility.js';

/** How long a run that is to end looks for the job of an unanswered start, before it leaves it to its idle limit. */
const LAST_LOOK = 30_000;

/** How long "a job is running already" may be the end of an earlier recording of the same stream. */
const EARLIER_JOB_LIMIT = 60_000;

/** How often the application and the recording template are made again in one recording. */
const RENEWALS = 2;

/** The first pause is about the time in which a vendor that did start a job tells of its first file. */
const pauseAfter = (round: number): number => Math.min(8_000 * 1.5 ** round, 30_000);

/**
 * Step 6, which cannot be repeated blindly: after a response that never came it waits for an event of an unknown job,
 * adopts a job of ours, and only then starts another one. Returns without a job if the recording is to end first.
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
    if (start.kind === 'started') return adopt(state, start.job, Date.now(), Date.now());

    const error = start.kind === 'cutShort' ? undefined : start.error;
    if (start.kind === 'unanswered') unanswered.push(start.window);
    if (start.kind === 'gone') {
      renewals += 1;
      if (renewals > RENEWALS) throw error;
      await untilEndRequested(run, () => prepare('vendor'));
      if (!isEndRequested(run)) continue;
    }
    // Without an unanswered start there is no job to search for.
    if (unanswered.length === 0) {
      if (start.kind === 'refused') throw error;
      if (start.kind === 'alreadyRunning' && Date.now() > triedAt + EARLIER_JOB_LIMIT) throw error;
      if (isEndRequested(run)) return;
    }

    setPhase(state, 'starting');
    await searchForJob(run, start.kind === 'cutShort' ? 0 : pauseAfter(round));
    if (jobOf(state) || isEndRequested(run)) return;
    if (start.kind === 'refused') throw error;
    if (Date.now() >= triedAt + START_DEADLINE) {
      if (unanswered.length === 0 && start.kind !== 'cutShort') throw error;
      throw jobStartUnknown(unanswered.length, error);
    }
  }
}

/**
 * One start, with the retries that are safe. A stop, a cancel or an event of a job of an earlier start ends the pause
 * between them; an attempt that is running brings its result.
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

/** Waits for an event of an unknown job and examines it. Nothing is started while it may still turn out to be ours. */
async function searchForJob(run: Run, pause: number): Promise<void> {
  const { state } = run;
  const begun = Date.now();
  const until = () => begun + (isEndRequested(run) ? LAST_LOOK : pause);
  await untilFirst(
    () => handleOtherJobs(state),
    async () => {
      while (!jobOf(state) && Date.now() < until()) {
        const wasEndDue = isEndDue(run);
        await condition(() => jobOf(state) !== undefined || isEndDue(run) !== wasEndDue, until() - Date.now());
      }
      await condition(() => jobOf(state) !== undefined || candidates(state).length === 0);
    },
  );
}

/** The recording is to end without a job. Until its last task an event may name one, whose files are listed too. */
async function lookOnceMore({ state }: Run): Promise<void> {
  do {
    await examineCandidates(state);
    // A run that closes in the task that responds to an update loses the response when anything else happens meanwhile.
    if (!jobOf(state)) await sleep(1, { summary: 'Until the answer to the stop is stored' });
  } while (!jobOf(state) && candidates(state).length > 0);
}
