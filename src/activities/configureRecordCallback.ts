import { activityInfo, ApplicationFailure } from '@temporalio/activity';
import type { LookUp } from '../contract/activityTypes.js';
import { FailureType } from '../contract/failures.js';
import { hasErrorCode } from '../huawei/errors.js';
import type { SparkRtcClient } from '../huawei/sparkrtc.js';
import type { Memory } from './memory.js';
import { vendorCall } from './vendorCall.js';

/** `RTC.00001018`: the vendor could not reach the callback URL. */
const URL_UNAVAILABLE = 'RTC.00001018';

/** A receiver that restarts must not cost a recording. */
const UNREACHABLE_FOR = 2 * 60_000;
const TRY_AGAIN_AFTER = 5_000;

/**
 * Step 4: points the application's recording callback at our receiver, `{url}/{appName}`, with our key, which stays in
 * the worker. Replacing somebody else's URL is worth a warning.
 * @throws `CallbackUnreachable` when the vendor could not reach the URL for two minutes
 */
export function configureRecordCallback(
  sparkRtc: SparkRtcClient,
  callback: { url: string; authKey: string },
  memory: Memory<{ warnings: string[] }>,
) {
  return (request: { appId: string; appName: string; lookUp: LookUp }): Promise<{ warnings: string[] }> => {
    const { appId, appName, lookUp } = request;
    const wanted = { url: `${callback.url}/${appName}`, authKey: callback.authKey };
    return vendorCall(
      FailureType.RequestRejected,
      () => memory.recall(appId, lookUp, () => configure(sparkRtc, appId, wanted)),
      (error) => (hasErrorCode(error, URL_UNAVAILABLE) ? unreachable(error, wanted.url) : undefined),
    );
  };
}

async function configure(
  sparkRtc: SparkRtcClient,
  appId: string,
  wanted: { url: string; authKey: string },
): Promise<{ warnings: string[] }> {
  const { url, authKey } = await sparkRtc.showRecordCallback(appId);
  if (url === wanted.url && authKey === wanted.authKey) return { warnings: [] };
  await sparkRtc.saveRecordCallback(appId, wanted);
  if (!url || url === wanted.url) return { warnings: [] };
  const before = `The application's recording callback went to ${withoutSecrets(url)} before`;
  return { warnings: [`${before}; it goes to ${wanted.url} now.`] };
}

function unreachable({ message }: Error, url: string): ApplicationFailure {
  const waited = Date.now() - activityInfo().scheduledTimestampMs;
  return ApplicationFailure.create({
    type: FailureType.CallbackUnreachable,
    message: `The vendor cannot reach the callback URL ${url}. ${message}`,
    nonRetryable: waited >= UNREACHABLE_FOR,
    nextRetryDelay: TRY_AGAIN_AFTER,
  });
}

/** Somebody else's URL may carry a key in its query or its user part. */
function withoutSecrets(url: string): string {
  if (!URL.canParse(url)) return 'another address';
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
