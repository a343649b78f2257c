import type { TokenProvider } from '../huawei/tokenProvider.js';
import { FailureType } from '../recording/failureTypes.js';
import { vendorCall } from './failures.js';

/** Step 1: proves the credentials. The token stays in the worker; the history gets the time until which it lives (ISO 8601). */
export function authenticate(tokens: TokenProvider) {
  return async (): Promise<{ expiresAt: string }> => {
    const { expiresAt } = await vendorCall(FailureType.RequestRejected, () => tokens.get());
    return { expiresAt: expiresAt.toISOString() };
  };
}
