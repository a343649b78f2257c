import type { IamClient, TemporaryKeys } from './iam.js';
import { singleFlight, type TokenProvider } from './tokenProvider.js';

/** Keys that sign calls to OBS; without a security token and an end they are permanent. */
export type ObsKeys = Pick<TemporaryKeys, 'accessKey' | 'secretKey'> & Partial<TemporaryKeys>;

/** Temporary keys are renewed this long before they expire. */
const RENEWED_BEFORE = 10 * 60_000;

/** Gives keys; after an access key was refused, others where there are others. */
export type ObsKeySource = (refused?: string) => Promise<ObsKeys>;

/**
 * The permanent keys where they are set, else temporary ones by the token: fetched once at a time, and renewed before
 * they expire or when they were refused, as they are after a change of the password.
 */
export function obsKeys(options: {
  credentials: { accessKey?: string; secretKey?: string };
  iam: Pick<IamClient, 'issueTemporaryKeys'>;
  tokens: TokenProvider;
  now?: () => number;
}): ObsKeySource {
  const { credentials, iam, tokens, now = Date.now } = options;
  const { accessKey, secretKey } = credentials;
  if (accessKey !== undefined && secretKey !== undefined) {
    return () => Promise.resolve({ accessKey, secretKey });
  }

  let current: TemporaryKeys | undefined;
  const renew = singleFlight(() => tokens.use((token) => iam.issueTemporaryKeys(token)));
  return async (refused) => {
    // Newer ones stay: the refusal may be late.
    if (current?.accessKey === refused) current = undefined;
    if (current && now() < current.expiresAt.getTime() - RENEWED_BEFORE) return current;
    return (current = await renew());
  };
}
