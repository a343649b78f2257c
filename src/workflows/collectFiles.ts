import { condition, log, sleep } from '@temporalio/workflow';
import type { Listing } from '../contract/activityTypes.js';
import { listRecordingFiles } from './activities.js';
import { PATHS_PER_LISTING, listingRequest, applyListing, pathOf, missingPaths } from './announcedFiles.js';
import { awaitsSegments, inspectFiles, withMedia, type InspectedListing, type Inspections } from './inspectFiles.js';
import { identifyAndStopExtraJobs, pollJob, RUNNING_STATES, stopAllJobs } from './jobs.js';
import { shouldResume } from './parts.js';
import { isComplete, isSettled } from './result.js';
import {
  continueAsNewIfSuggested,
  isActivityError,
  isEndRequestAcknowledged,
  shouldContinueAsNew,
  untilAll,
  untilFirst,
  type Run,
} from './run.js';
import { isEndConfirmed, isRecording, mayBeRunning, ourJobs, settingsOf, warn, type RecordingState } from './state.js';
import { setPhase, step } from './visibility.js';

/** Files appear in the bucket seconds or minutes after their end: the pauses before it is listed again. */
const PAUSES = [2_000, 4_000, 8_000, 16_000, 32_000];
const LONGEST_PAUSE = 60_000;

/** The longest listing before a run continues as new. */
const LONGEST_LAST_LISTING = 60_000;

/** Extra time for the last poll, a request that times out and its retry, so that INTERNAL_ERROR is not missed. */
const FINAL_POLL_GRACE = 20_000;

/** One listing of the bucket, and for how many jobs and which announced files it was made. */
interface Round {
  listing: Listing;
  jobs: number;
  requested: ReadonlySet<string>;
}

/**
 * Step 7. Waits for late events, files and segments until `settleTimeout`; afterwards no job of ours is running. Ends
 * at once when the vendor has broken the job off and another one is to follow.
 */
export async function collectFiles(run: Run): Promise<InspectedListing | undefined> {
  const { state } = run;
  const { job } = state;
  if (job.status !== 'ended') return undefined;
  setPhase(state, 'settling', { searchable: false });
  const until = job.at + settingsOf(state).settleTimeout;
  return step(state, 'listRecordingFiles', async () => {
    const inspections: Inspections = new Map();
    let round: Round | undefined;
    const list = async () => {
      round = await listUntilComplete(state, inspections, until);
    };
    const isResumed = () => shouldResume(state, Date.now());
    while (!isResumed() && (!round || (Date.now() < until && !isFinal(state, round)))) {
      await continueAsNewWithFewNames(run);
      await untilFirst(
        () => untilAll(list, () => confirmEnd(state, until)),
        () => identifyAndStopExtraJobs(state),
        () => condition(() => isResumed() || shouldContinueAsNew(run)),
      );
    }
    if (isResumed() || !round) return undefined;
    if (!isFinal(state, round)) round = await stopAndListAgain(state, round, inspections);
    return withMedia(round.listing, inspections);
  });
}

/** Not everything came in time: nothing is left running, and jobs that stopping has revealed are listed too. */
async function stopAndListAgain(state: RecordingState, last: Round, inspections: Inspections): Promise<Round> {
  warnOfUnconfirmedEnd(state);
  // Its last file is complete only after the stop.
  const wasRunning = mayBeRunning(state);
  await stopAllJobs(state);
  if (!wasRunning && isUpToDate(state, last)) return last;
  let round: Round;
  do {
    round = await listFiles(state);
    await inspectFiles(state, round.listing.files, inspections);
    await stopAllJobs(state);
  } while (round.jobs !== ourJobs(state).length);
  return round;
}

/** Whether no job and no announced file has become known since. */
function isUpToDate(state: RecordingState, { jobs, requested }: Round): boolean {
  return ourJobs(state).length === jobs && missingPaths(state).every((path) => requested.has(path));
}

function isFinal(state: RecordingState, round: Round): boolean {
  return isSettled(state, round.listing) && isUpToDate(state, round);
}

/** Lists the bucket, with as many requests as the announced files need; the last listing has all files. */
async function listFiles(state: RecordingState): Promise<Round> {
  const jobs = ourJobs(state).length;
  const requested = new Set<string>();
  for (;;) {
    const missing = missingPaths(state);
    const request = listingRequest(state, requested);
    const listing = await listRecordingFiles(request);
    applyListing(state, request, listing);
    for (const file of request.announced) requested.add(pathOf(file));
    if (missing.every((path) => requested.has(path))) return { listing, jobs, requested };
  }
}

/** During the recording: looks for announced files whenever many are missing, so that the state stays small. */
export async function findAnnouncedFiles(state: RecordingState): Promise<never> {
  let missingAtLastListing = 0;
  for (;;) {
    await condition(() => missingPaths(state).length >= missingAtLastListing + PATHS_PER_LISTING.entries);
    await listIfPossible(state);
    missingAtLastListing = missingPaths(state).length;
  }
}

/** The next run needs the names of missing files, but only the number of those found: so they are looked for first. */
export async function continueAsNewWithFewNames(run: Run): Promise<void> {
  if (shouldContinueAsNew(run) && missingPaths(run.state).length > PATHS_PER_LISTING.entries) {
    await untilFirst(
      () => listIfPossible(run.state),
      // Meanwhile no one polls or stops the job; a bucket that is not available must not prolong that.
      () => condition(() => isRecording(run.state) && isEndRequestAcknowledged(run), LONGEST_LAST_LISTING),
    );
  }
  await continueAsNewIfSuggested(run);
}

async function listIfPossible(state: RecordingState): Promise<void> {
  try {
    await listFiles(state);
  } catch (error) {
    if (!isActivityError(error)) throw error;
    // Nothing is lost: step 7 looks for the same files again.
    log.warn('The bucket could not be listed during the recording', { error });
  }
}

/** Lists until exactly the announced files are there, with all their segments, or until a time; inspects them. */
async function listUntilComplete(state: RecordingState, inspections: Inspections, until: number): Promise<Round> {
  for (let index = 0; ; index++) {
    const round = await listFiles(state);
    const { listing } = round;
    const isListed = () => isComplete(state, listing) && isUpToDate(state, round);
    const isDone = () => isListed() && !awaitsSegments(listing, inspections);
    const waitUntil = async (isEnough: () => boolean) => {
      // It lasts: now the search attributes show it too.
      setPhase(state, 'settling');
      // If nothing is missing, only an event can change that: the next listing is the last one.
      const mayAppear = missingPaths(state).length > 0 || awaitsSegments(listing, inspections);
      const pause = mayAppear ? (PAUSES[index] ?? LONGEST_PAUSE) : Infinity;
      await condition(() => isEnough() || !isUpToDate(state, round), Math.max(1, Math.min(pause, until - Date.now())));
    };
    if (!isListed() && Date.now() < until) {
      await waitUntil(isListed);
      if (!isListed()) continue;
    }
    // Not earlier: each file that is opened costs requests.
    await inspectFiles(state, listing.files, inspections);
    if (isDone() || Date.now() >= until) return round;
    await waitUntil(isDone);
    if (isDone()) return round;
  }
}

/** Polls the job until SparkRTC confirms its end, or until a time: no event has the reason of the end. */
async function confirmEnd(state: RecordingState, until: number): Promise<void> {
  if (isEndConfirmed(state)) return;
  const intervals = [...PAUSES, LONGEST_PAUSE];
  try {
    await pollJob(state, { knownStates: [], intervals }, until + FINAL_POLL_GRACE - Date.now());
    if (isEndConfirmed(state) || Date.now() >= until) return;
    // SparkRTC still reports it as running.
    await sleep('2 seconds', { summary: 'Pause before the end is polled again' });
    await pollJob(state, { knownStates: RUNNING_STATES, intervals }, until - Date.now());
  } catch (error) {
    if (!isActivityError(error)) throw error;
    log.warn('The reason of the end could not be read in time', { error });
  }
}

function warnOfUnconfirmedEnd(state: RecordingState): void {
  const { job } = state;
  if (job.status !== 'ended' || job.confirmed) return;
  const contradicted = `An event reported the end, but SparkRTC reports ${job.contradiction}: the job is stopped.`;
  warn(
    state,
    job.contradiction ? contradicted : 'The reason of the end is unknown: SparkRTC did not respond in time.',
  );
}
