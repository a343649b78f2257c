import { isCancellation } from '@temporalio/workflow';
import type { Listing } from '../recording/steps.js';
import { listingRequest, noteListing, placeOf, unseenPlaces } from './announcements.js';
import { noteAnswer } from './recordingState.js';
import type { Run } from './run.js';

/** What one look at the bucket has shown. */
export interface Look {
  /** The last listing; it shows all files of the recording. */
  listing: Listing;
  /** The places of the announced files that were asked for. */
  asked: ReadonlySet<string>;
}

/**
 * Looks which files are in the bucket, in as many listings as the number of announced files asks for.
 * @param options `askFor` is a job whose state may be asked for along the way; what was answered is noted
 */
export async function lookIntoBucket(run: Run, { askFor }: { askFor?: string | undefined } = {}): Promise<Look> {
  const { state } = run;
  const asked = new Set<string>();
  for (;;) {
    const waiting = unseenPlaces(state);
    const request = listingRequest(state, asked);
    const first = asked.size === 0 && askFor !== undefined;
    const listing = await run.activities.listRecordingFiles(first ? { ...request, jobId: askFor } : request);
    if (listing.job) noteAnswer(state, listing.job, Date.now());
    noteListing(state, request, listing);
    for (const file of request.announced) asked.add(placeOf(file));
    if (waiting.every((place) => asked.has(place))) return { listing, asked };
  }
}

/** A look while the recording goes on, so that announced files do not pile up. */
export async function lookMeanwhile(run: Run): Promise<void> {
  try {
    await lookIntoBucket(run);
  } catch (error) {
    if (isCancellation(error)) throw error;
    // Nothing is lost: the same files are looked for again, at the latest when the recording is over, and that look may not fail.
  }
}
