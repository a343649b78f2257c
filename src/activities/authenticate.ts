import type { TokenProvider } from '../huawei/tokenProvider.js';
import { FailureType } from '../contract/failures.js';
import type { RecordingSettings } from '../contract/input.js';
import { vendorCall } from './vendorCall.js';
import { notRemembered } from './memory.js';

export interface Authentication {
  /** Only with a token at hand, and only where this worker remembers steps 2 to 4 for these settings. */
  onlyIfRemembered?: RecordingSettings;
}

/**
 * Step 1: proves the credentials. The token stays in the worker; the history has only its expiry (ISO 8601).
 * @throws `NotRemembered` where `onlyIfRemembered` does not hold
 */
export function authenticate(tokens: TokenProvider, remembers: (settings: RecordingSettings) => boolean) {
  return async ({ onlyIfRemembered }: Authentication): Promise<{ expiresAt: string }> => {
    if (onlyIfRemembered && !(tokens.isFresh() && remembers(onlyIfRemembered))) throw notRemembered();
    const { expiresAt } = await vendorCall(FailureType.RequestRejected, () => tokens.get());
    return { expiresAt: expiresAt.toISOString() };
  };
}
