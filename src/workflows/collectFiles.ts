import { condition, isCancellation, log, sleep } from '@temporalio/workflow';
import type { Listing } from '../contract/activityTypes.js';
import { listRecordingFiles } from './activities.js';
import { ASKED_AT_ONCE, listingRequest, noteListing, placeOf, unseenCount, unseenPlaces } from './announcedFiles.js';
import { handleOtherJobs, pollJob, RUNNING_STATES, stopAllJobs } from './jobs.js';
import { isComplete, isSettled } from './result.js';
import { continueAsNewIfSuggested, isCancelled, shouldContinueAsNew, untilAll, untilFirst, type Run } from './run.js';
import { isEndConfirmed, ourJobs, settingsOf, warn, type RecordingState } from './state.js';
import { setPhase, step } from './visibility.js';

/** Files show up in a bucket seconds or minutes after their end: it is listed again after these pauses. */
const PAUSES = [2_000, 4_000, 8_000, 16_000, 32_000];
const LONGEST_PAUSE = 60_000;

/** Extra time for the reason of the end, one request that hangs and the next: INTERNAL_ERROR must not be missed. */
const LAST_WORD = 20_000;

/** The files that the bucket shows, and what was known when it was listed. */
interface Look {
  listing: Listing;
  jobs: number;
  asked: ReadonlySet<string>;
}

/**
 * Step 7, the files in the bucket. Late events and late files are waited for, but not longer than `settleTimeout`. When
 * it is done, no job of ours is running. Without a job there is no listing.
 */
export async function collectFiles(run: Run): Promise<Listing | undefined> {
  const { state } = run;
  const { job } = state;
  if (job.status !== 'ended') return undefined;
  setPhase(state, 'settling', { lasts: false });
  const until = job.at + settingsOf(state).settleTimeout;
  return step(state, 'listRecordingFiles', async () => {
    let look: Look | undefined;
    const list = async () => {
      look = await listUntilComplete(state, until);
    };
    while (!look || (Date.now() < until && !isFinal(state, look))) {
      await continueAsNewWithFewNames(run);
      await untilFirst(
        () => untilAll(list, () => confirmEnd(state, until)),
        () => handleOtherJobs(state),
        () => condition(() => shouldContinueAsNew(run)),
      );
    }
    if (isFinal(state, look)) return look.listing;
    warnOfUnconfirmedEnd(state);
    await stopAllJobs(state);
    if (isUpToDate(state, look)) return look.listing;
    // What the last stop has brought to light is listed too.
    do {
      look = await listFiles(state);
      await stopAllJobs(state);
    } while (look.jobs !== ourJobs(state).length);
    return look.listing;
  });
}

/** Whether nothing has become known since that the listing would have looked for too. */
function isUpToDate(state: RecordingState, { jobs, asked }: Look): boolean {
  return ourJobs(state).length === jobs && unseenPlaces(state).every((place) => asked.has(place));
}

function isFinal(state: RecordingState, look: Look): boolean {
  return isSettled(state, look.listing) && isUpToDate(state, look);
}

/** Lists the bucket, in as many listings as the number of announced files asks for; the last one shows all files. */
async function listFiles(state: RecordingState): Promise<Look> {
  const jobs = ourJobs(state).length;
  const asked = new Set<string>();
  for (;;) {
    const waiting = unseenPlaces(state);
    const request = listingRequest(state, asked);
    const listing = await listRecordingFiles(request);
    noteListing(state, request, listing);
    for (const file of request.announced) asked.add(placeOf(file));
    if (waiting.every((place) => asked.has(place))) return { listing, jobs, asked };
  }
}

/** Looks for announced files during the recording, so that they do not pile up, until its scope is cancelled. */
export async function findAnnouncedFiles(state: RecordingState): Promise<never> {
  let unseenAtLastLook = 0;
  for (;;) {
    await condition(() => unseenCount(state) >= unseenAtLastLook + ASKED_AT_ONCE.entries);
    await listIfPossible(state);
    unseenAtLastLook = unseenCount(state);
  }
}

/** Of the files that were seen the next run needs the number, of the others the names: first they are looked for. */
export async function continueAsNewWithFewNames(run: Run): Promise<void> {
  if (shouldContinueAsNew(run) && unseenCount(run.state) > ASKED_AT_ONCE.entries) await listIfPossible(run.state);
  await continueAsNewIfSuggested(run);
}

async function listIfPossible(state: RecordingState): Promise<void> {
  try {
    await listFiles(state);
  } catch (error) {
    if (isCancellation(error)) throw error;
    // Nothing is lost: the same files are looked for again, at the latest in step 7, which must not fail.
    log.warn('The bucket could not be listed during the recording', { error });
  }
}

/** Lists until all that was announced is there, and all that is there was announced; or until a time. */
async function listUntilComplete(state: RecordingState, until: number): Promise<Look> {
  for (let round = 0; ; round++) {
    const look = await listFiles(state);
    const isDone = () => isComplete(state, look.listing) && isUpToDate(state, look);
    if (isDone() || Date.now() >= until) return look;
    setPhase(state, 'settling');
    // Without a file that is missing, only an event can make it complete: no other listing before the last one.
    const pause = unseenCount(state) > 0 ? (PAUSES[round] ?? LONGEST_PAUSE) : Infinity;
    const wait = Math.max(1, Math.min(pause, until - Date.now()));
    await condition(() => isDone() || !isUpToDate(state, look), wait);
    if (isDone()) return look;
  }
}

/** No event has the reason of the end: polls until the vendor confirms the end, or until a time. */
async function confirmEnd(state: RecordingState, until: number): Promise<void> {
  if (isEndConfirmed(state)) return;
  const intervals = [...PAUSES, LONGEST_PAUSE];
  try {
    await pollJob(state, { knownStates: [], intervals }, until + LAST_WORD - Date.now());
    if (isEndConfirmed(state) || Date.now() >= until) return;
    // The vendor still calls it running.
    await sleep('2 seconds', { summary: 'Until it is polled again how the job ended' });
    await pollJob(state, { knownStates: RUNNING_STATES, intervals }, until - Date.now());
  } catch (error) {
    if (isCancelled(error)) throw error;
    log.warn('How the job ended could not be found out in time', { error });
  }
}

function warnOfUnconfirmedEnd(state: RecordingState): void {
  const { job } = state;
  if (job.status !== 'ended' || job.confirmed) return;
  warn(
    state,
    job.contradiction === undefined
      ? 'The vendor was asked why the job ended, but did not answer in time.'
      : `The end of the job was told, but the vendor still says ${job.contradiction}: the job was stopped to be sure.`,
  );
}
