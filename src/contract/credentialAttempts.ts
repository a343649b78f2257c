/** The type of the workflow that limits how often all workers together try credentials that the vendor rejects. */
export const CREDENTIAL_ATTEMPTS = 'credentialAttempts';

/** An update: waits until no other try is running, then returns whether this one may be made. */
export const REQUEST_ATTEMPT = 'requestAttempt';

/** A signal: how the try ended. */
export const REPORT_ATTEMPT = 'reportAttempt';

export interface AttemptRequest {
  /** Chosen by the process that requests it, and repeated in its report. */
  id: string;
  /** When that process has read its credentials (its clock, milliseconds). */
  credentialsReadAt: number;
}

/** Without a time the try may be made. */
export interface AttemptResponse {
  /** ISO 8601. */
  notBefore?: string;
  /** Whether rejections alone forbid the try; otherwise some tries ended unreported, because their workers died. */
  rejected?: boolean;
}

/** When tries that must not be repeated too often began, in milliseconds, the oldest first. */
export interface PastAttempts {
  rejected: readonly number[];
  /** Their workers died, so they may have been rejected. */
  unreported: readonly number[];
}

export interface AttemptReport {
  id: string;
  outcome: 'accepted' | 'rejected' | 'unknown';
}

const MINUTE = 60_000;

/** The vendor locks a user after 5 wrong passwords in 15 minutes, by default; a try takes less than a minute. */
export const ATTEMPT_WINDOW = 16 * MINUTE;

/** The most rejected tries in a window, over all workers and restarts. */
const MAX_REJECTIONS = 4;

/** The rest is for processes that have read theirs after the last rejected try: they may be new. */
const REJECTIONS_OF_OLD_CREDENTIALS = 2;

/**
 * When the next try may be made; undefined: now.
 * @param rejections when tries began that count as rejected, in milliseconds, the oldest first
 */
export function nextAttempt(
  rejections: readonly number[],
  { credentialsReadAt, now }: { credentialsReadAt: number; now: number },
): number | undefined {
  const recent = rejections.filter((at) => now < at + ATTEMPT_WINDOW);
  const mayBeNew = credentialsReadAt > (recent.at(-1) ?? -Infinity);
  const limit = mayBeNew ? MAX_REJECTIONS : REJECTIONS_OF_OLD_CREDENTIALS;
  const oldest = recent[recent.length - limit];
  return oldest === undefined ? undefined : oldest + ATTEMPT_WINDOW;
}
