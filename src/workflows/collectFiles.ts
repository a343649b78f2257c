import { condition, isCancellation, log, sleep } from '@temporalio/workflow';
import type { Listing } from '../contract/activityTypes.js';
import { listRecordingFiles } from './activities.js';
import { ASKED_AT_ONCE, listingRequest, noteListing, placeOf, unseenCount, unseenPlaces } from './announcedFiles.js';
import { doublingPauses, handleOtherJobs, pollJob, RUNNING_STATES, stopAllJobs } from './jobs.js';
import { isComplete, isSettled } from './result.js';
import { continueAsNewIfSuggested, isCancelled, shouldContinueAsNew, untilAll, untilFirst, type Run } from './run.js';
import { isEndConfirmed, ourJobs, settingsOf, warn, type RecordingState } from './state.js';
import { setPhase, step } from './visibility.js';

/** Files show up in a bucket seconds or minutes after their end: listed again after so long, then twice as long. */
const FIRST_PAUSE = 2_000;
const LONGEST_PAUSE = 60_000;

/**
 * The reason of the end is waited for so much longer: INTERNAL_ERROR must not pass as a good end. It is time for a
 * request that hangs and for the next one.
 */
const LAST_WORD = 20_000;

/**
 * Step 7, the files in the bucket. Late events and late files are waited for, but not longer than `settleTimeout`: the
 * last listing counts. Meanwhile a poll fetches how the job ended, since no event has the reason. No job of
 * ours is running when it is done. Without a job there is no listing.
 */
export async function collectFiles(run: Run): Promise<Listing | undefined> {
  const { state } = run;
  const { job } = state;
  if (job.status !== 'ended') return undefined;
  setPhase(state, 'settling', { lasts: false });
  const until = job.at + settingsOf(state).settleTimeout;
  return step(state, 'listRecordingFiles', async () => {
    let look: Look | undefined;
    while (!look || (Date.now() < until && !isFinal(state, look))) {
      await continueAsNewWithFewNames(run);
      await untilFirst(
        () =>
          untilAll(
            async () => {
              look = await listUntilComplete(state, until);
            },
            () => confirmEnd(state, until),
          ),
        () => handleOtherJobs(state),
        () => condition(() => shouldContinueAsNew(run)),
      );
    }
    if (isFinal(state, look)) return look.listing;
    noteUnconfirmedEnd(state);
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

/** The files that the bucket shows, and what was known when it was listed. */
interface Look {
  listing: Listing;
  jobs: number;
  asked: ReadonlySet<string>;
}

/** Whether nothing has become known since that the listing would have looked for too. */
function isUpToDate(state: RecordingState, { jobs, asked }: Look): boolean {
  return ourJobs(state).length === jobs && unseenPlaces(state).every((place) => asked.has(place));
}

/** Whether nothing is left to wait for. */
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

/** What was seen in the bucket is no burden for the next run; what was not must be handed on by name. */
export async function continueAsNewWithFewNames(run: Run): Promise<void> {
  if (shouldContinueAsNew(run) && unseenCount(run.state) > ASKED_AT_ONCE.entries) {
    await listIfPossible(run.state);
  }
  await continueAsNewIfSuggested(run);
}

async function listIfPossible(state: RecordingState): Promise<void> {
  try {
    await listFiles(state);
  } catch (error) {
    if (isCancellation(error)) throw error;
    // Nothing is lost: the same files are looked for again, at the latest when the job has ended, and that may not fail.
    log.warn('The bucket could not be listed during the recording', { error });
  }
}

/** Lists until all that was announced is there, and all that is there was announced; or until a time. */
async function listUntilComplete(state: RecordingState, until: number): Promise<Look> {
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    const look = await listFiles(state);
    const isDone = () => isComplete(state, look.listing) && isUpToDate(state, look);
    if (isDone() || Date.now() >= until) return look;
    setPhase(state, 'settling');
    // Without a file that is missing, only an event can make it complete: no other listing before the last one.
    const wait = unseenCount(state) > 0 ? Math.min(pause, until - Date.now()) : until - Date.now();
    await condition(() => isDone() || !isUpToDate(state, look), Math.max(1, wait));
    if (isDone()) return look;
  }
}

/** Polls how the job ended, until the vendor confirms the end, or until a time. */
async function confirmEnd(state: RecordingState, until: number): Promise<void> {
  if (isEndConfirmed(state)) return;
  const pauses = doublingPauses(6, FIRST_PAUSE, LONGEST_PAUSE);
  try {
    await pollJob(state, { knownStates: [], intervals: pauses }, until + LAST_WORD - Date.now());
    if (isEndConfirmed(state) || Date.now() >= until) return;
    // The vendor still calls it running.
    await sleep(FIRST_PAUSE, { summary: 'Until it is polled again how the job ended' });
    await pollJob(state, { knownStates: RUNNING_STATES, intervals: pauses }, until - Date.now());
  } catch (error) {
    if (isCancelled(error)) throw error;
    log.warn('How the job ended could not be found out in time', { error });
  }
}

function noteUnconfirmedEnd(state: RecordingState): void {
  const { job } = state;
  if (job.status !== 'ended' || job.confirmed) return;
  warn(
    state,
    job.contradiction === undefined
      ? 'The vendor was asked why the job ended, but did not answer in time.'
      : `The end of the job was told, but the vendor still says ${job.contradiction}: the job was stopped to be sure.`,
  );
}
