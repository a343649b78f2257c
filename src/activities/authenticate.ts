import type { Authenticator } from '../huawei/authenticator.js';
import { FailureType } from '../contract/failures.js';
import type { RecordingSettings } from '../contract/input.js';
import { present } from '../contract/present.js';
import { vendorCall } from './vendorCall.js';
import { notRemembered } from './memory.js';

/**
 * Step 1: proves the credentials. They stay in the worker; the history has only when a token expires (ISO 8601).
 * @throws `NotRemembered` if they are not proven, or this worker does not remember steps 2 to 4 for `onlyIfRemembered`
 */
export function authenticate(
  authenticator: Pick<Authenticator, 'prove' | 'isProven'>,
  remembers: (settings: RecordingSettings) => boolean,
) {
  return async ({ onlyIfRemembered }: { onlyIfRemembered?: RecordingSettings }): Promise<{ expiresAt?: string }> => {
    if (onlyIfRemembered && !(authenticator.isProven() && remembers(onlyIfRemembered))) throw notRemembered();
    const { expiresAt } = await vendorCall(FailureType.RequestRejected, () => authenticator.prove());
    return present({ expiresAt: expiresAt?.toISOString() });
  };
}
