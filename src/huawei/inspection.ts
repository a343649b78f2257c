import type { FileInspection } from '../contract/activityTypes.js';
import type { Media } from '../contract/result.js';

/** The file is certainly broken. The message says how: it completes "… cannot be played: ". */
export class UnplayableError extends Error {
  constructor(
    message: string,
    readonly facts: Partial<Media> & Pick<FileInspection, 'mayBecomePlayable'> = {},
  ) {
    super(message);
  }
}

/** Nothing can be said of the file within the limits. */
export class InconclusiveError extends Error {}
