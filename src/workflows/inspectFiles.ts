import { ActivityFailure, log } from '@temporalio/workflow';
import { FILES_PER_INSPECTION, type FileInspection, type Listing } from '../contract/activityTypes.js';
import type { RecordedFile } from '../contract/result.js';
import { inspectMedia } from './activities.js';
import { pathOf } from './announcedFiles.js';
import { reasonOf } from './failure.js';
import { isDueToCancellation } from './run.js';
import { settingsOf, type RecordingState } from './state.js';
import { updateCurrentDetails } from './visibility.js';

/** What inspections have found so far, by path. */
export type Inspections = Map<string, FileInspection>;

/** A listing with the results of the inspection. */
export interface InspectedListing extends Listing {
  /** Files of which nothing can be said, and why, of one of them. */
  unchecked?: { count: number; reason: string };
}

/** Opens the listed files, except those of which enough is known. Never fails because of a file or of the bucket. */
export async function inspectFiles(state: RecordingState, files: RecordedFile[], known: Inspections): Promise<void> {
  if (!settingsOf(state).checkMedia) return;
  // Compared with one listing only (awaitsSegments): this one was made after those inspections.
  for (const file of files) delete known.get(pathOf(file))?.segments;
  const open = files.filter((file) => {
    const inspection = known.get(pathOf(file));
    return !inspection || inspection.mayBecomePlayable;
  });
  try {
    for (let checked = 0; checked < open.length; checked += FILES_PER_INSPECTION) {
      state.mediaCheck = { checked, total: open.length };
      updateCurrentDetails(state);
      const some = open.slice(checked, checked + FILES_PER_INSPECTION);
      const found = await inspect(state, some);
      some.forEach((file, index) => known.set(pathOf(file), found[index] ?? { problem: 'it was not inspected' }));
    }
  } finally {
    delete state.mediaCheck;
  }
}

async function inspect({ outputLocations }: RecordingState, files: RecordedFile[]): Promise<FileInspection[]> {
  try {
    return await inspectMedia({
      outputLocations: outputLocations.map(({ bucket, location }) => ({ bucket, location })),
      files: files.map(({ bucket, object, format, size }) => ({ bucket, object, format, size })),
    });
  } catch (error) {
    if (isDueToCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    log.warn('Files could not be inspected', { error });
    return files.map(() => ({ problem: reasonOf(error.cause) }));
  }
}

/** Whether segments or the end of a playlist may still be written, or came after the listing: it is made again. */
export function awaitsSegments({ files }: Listing, known: Inspections): boolean {
  return files.some((file) => {
    const { mayBecomePlayable, segments = 0 }: FileInspection = known.get(pathOf(file)) ?? {};
    if (mayBecomePlayable !== undefined) return mayBecomePlayable;
    // The playlist names segments that the listing did not have yet.
    return file.segments !== undefined && segments > file.segments;
  });
}

export function withMedia(listing: Listing, known: Inspections): InspectedListing {
  const problems = listing.files.flatMap((file) => known.get(pathOf(file))?.problem ?? []);
  const [reason] = problems;
  const files = listing.files.map((file) => {
    const media = known.get(pathOf(file))?.media;
    return media ? { ...file, media } : file;
  });
  return { ...listing, files, ...(reason !== undefined && { unchecked: { count: problems.length, reason } }) };
}
