import type { IamClient, TemporaryKeys } from './iam.js';
import type { AccessKey } from './sdkSignature.js';
import { singleFlight, type TokenProvider } from './tokenProvider.js';

/** Keys that sign calls to OBS; for those of the configuration no expiry is known. */
type ObsKeys = AccessKey & Partial<Pick<TemporaryKeys, 'expiresAt'>>;

/** Temporary keys are renewed this long before they expire. */
const RENEW_BEFORE = 10 * 60_000;

/** The keys to use: other ones than the rejected access key, if there are any. */
export type ObsKeySource = (rejected?: string) => Promise<ObsKeys>;

/**
 * Temporary keys, fetched once at a time, and renewed before they expire or when they were rejected, as after a change
 * of the password.
 */
export function temporaryKeys(options: {
  iam: Pick<IamClient, 'issueTemporaryKeys'>;
  tokens: TokenProvider;
  now?: () => number;
}): ObsKeySource {
  const { iam, tokens, now = Date.now } = options;
  let current: TemporaryKeys | undefined;
  const renew = singleFlight(() => tokens.use((token) => iam.issueTemporaryKeys(token)));
  return async (rejected) => {
    // Newer ones stay: the rejection may be late.
    if (current && current.accessKey === rejected) current = undefined;
    if (current && now() < current.expiresAt.getTime() - RENEW_BEFORE) return current;
    return (current = await renew());
  };
}
