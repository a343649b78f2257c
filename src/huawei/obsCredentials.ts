import type { IamClient, TemporaryKeys } from './iam.js';
import type { TokenProvider } from './tokenProvider.js';

/** Keys that sign calls to OBS; without a security token and an end they are permanent. */
export interface ObsKeys {
  accessKey: string;
  secretKey: string;
  securityToken?: string;
  expiresAt?: Date;
}

/** Temporary keys are renewed this long before they expire. */
const RENEWED_BEFORE = 10 * 60_000;

/** Gives keys; after an access key was refused, others where there are others. */
export type ObsKeySource = (refused?: string) => Promise<ObsKeys>;

/**
 * The permanent keys where they are set, else temporary ones by the token: fetched once at a time, and renewed 10 minutes
 * before they expire, or when they were refused, as they are after a change of the password.
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
  let underWay: Promise<TemporaryKeys> | undefined;
  return async (refused) => {
    // Newer ones stay: the refusal may be late.
    if (current?.accessKey === refused) current = undefined;
    if (current && now() < current.expiresAt.getTime() - RENEWED_BEFORE) return current;
    underWay ??= tokens
      .use((token) => iam.issueTemporaryKeys(token))
      .finally(() => {
        underWay = undefined;
      });
    current = await underWay;
    return current;
  };
}
