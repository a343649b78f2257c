import { ApplicationFailure } from '@temporalio/activity';
import { hasErrorCode } from '../huawei/errors.js';
import type { SparkRtcClient } from '../huawei/sparkrtc.js';
import { FailureType } from '../contract/failures.js';
import type { LookUp } from '../contract/activityTypes.js';
import { vendorCall } from './vendorCall.js';
import type { Memory } from './memory.js';

/** `RTC.00001020`: an application of this name exists already. */
const APP_EXISTS = 'RTC.00001020';

/** Step 2: finds the application by its name, or creates it. The next attempt finds one whose response was lost. */
export function ensureApplication(sparkRtc: SparkRtcClient, memory: Memory<{ appId: string }>) {
  return ({ appName, lookUp }: { appName: string; lookUp: LookUp }): Promise<{ appId: string }> =>
    vendorCall(FailureType.RequestRejected, () =>
      memory.recall(appName, lookUp, () => findOrCreate(sparkRtc, appName)),
    );
}

async function findOrCreate(sparkRtc: SparkRtcClient, appName: string): Promise<{ appId: string }> {
  const found = await sparkRtc.findApp(appName);
  if (found) return { appId: found.appId };
  try {
    return await sparkRtc.createApp(appName);
  } catch (error) {
    if (!hasErrorCode(error, APP_EXISTS)) throw error;
    // Somebody created it between the look and the write: then it is there to be found, at once or a little later.
    const created = await sparkRtc.findApp(appName);
    if (created) return { appId: created.appId };
    throw ApplicationFailure.retryable(
      `${error.message} The application "${appName}" is not listed, though.`,
      FailureType.VendorUnavailable,
    );
  }
}
