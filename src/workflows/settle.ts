import type { Listing } from '../recording/steps.js';
import { Alarm } from './alarm.js';
import { Beside } from './beside.js';
import { unseenPlaces } from './announcements.js';
import { lookIntoBucket } from './bucket.js';
import { endIsKnown, isSettled } from './ending.js';
import { askForState, leaveNothingRunning, lookAfterOtherJobs, otherJobsWait } from './jobs.js';
import { candidates, ourJobs, settingsOf, stateSinceEnd, warn, type RecordingState } from './recordingState.js';
import { goOnInNewRun, isTooLong, type Run } from './run.js';
import { showDetails, tellAttributes } from './webPage.js';

/** Files show up in a bucket seconds or minutes after their end: looked for again after so long, then twice as long. */
const FIRST_LOOK_AGAIN = 2_000;
const LONGEST_PAUSE = 60_000;

/**
 * An open question for the reason of the end is waited for so much longer: INTERNAL_ERROR must not pass as a good end. It is time for a call that hangs
 * and for the next one.
 */
const LAST_WORD = 20_000;

/**
 * Step 7, the files in the bucket. Late events and late files are waited for, but not longer than `settleTimeout`: the last listing counts.
 * Meanwhile the vendor is asked once how the job ended, since no event tells the reason. No job of ours is running when it is done.
 */
export async function settle(run: Run): Promise<Listing> {
  const { state } = run;
  const until = (state.over?.at ?? Date.now()) + settingsOf(state).settleTimeout;
  const alarm = new Alarm('For late events and files');
  const asking = new Beside(run);
  let pause = FIRST_LOOK_AGAIN;
  let askAt = Date.now();

  let askAlong = (state.procedure ?? 1) >= 2;

  for (;;) {
    if (isTooLong(run)) await goOnInNewRun(run);
    const last = Date.now() >= until;
    if (!endIsKnown(state) && Date.now() >= askAt && !askAlong) {
      askAt = Date.now() + pause;
      asking.begin(() => askForState(run));
    }
    const jobs = ourJobs(state).length;
    const { listing, asked } = await lookIntoBucket(
      run,
      askAlong && !endIsKnown(state) ? { askFor: state.job?.jobId } : {},
    );
    if (askAlong) {
      askAlong = false;
      if (!endIsKnown(state)) asking.begin(() => askForState(run));
    }
    const moreIsKnown = () => ourJobs(state).length !== jobs || unseenPlaces(state).some((place) => !asked.has(place));
    if (last) {
      await alarm.wait(() => !asking.busy, until + LAST_WORD);
      noteUnconfirmedEnd(state);
      await leaveNothingRunning(run);
      if (!moreIsKnown()) return listing;
      // What is told during the very last listing counts as well, if it is of one more job.
      const look = await lookIntoBucket(run);
      if (candidates(state).length === 0) return look.listing;
      continue;
    }

    if (isSettled(state, listing)) return listing;
    tellAttributes(state);
    showDetails(state);
    const lookAgainAt = Math.min(Date.now() + pause, until);
    while (!isSettled(state, listing) && !moreIsKnown() && Date.now() < lookAgainAt) {
      const seen = run.changes;
      lookAfterOtherJobs(run);
      const isToBeActedOn = () =>
        run.changes !== seen || isSettled(state, listing) || moreIsKnown() || otherJobsWait(run);
      await alarm.wait(isToBeActedOn, lookAgainAt);
    }
    if (isSettled(state, listing)) return listing;
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }
}

function noteUnconfirmedEnd(state: RecordingState): void {
  if (endIsKnown(state)) return;
  const said = stateSinceEnd(state);
  warn(
    state,
    said === undefined || said === 'NO ANSWER'
      ? 'The vendor was asked why the job ended, but did not answer in time.'
      : `The end of the job was told, but the vendor still says ${said}: the job was stopped to be sure.`,
  );
}
