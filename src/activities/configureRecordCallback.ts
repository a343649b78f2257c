import { activityInfo, ApplicationFailure } from '@temporalio/activity';
import type { LookUp } from '../contract/activityTypes.js';
import { FailureType } from '../contract/failures.js';
import { ID_PATTERN } from '../contract/workflowId.js';
import { hasErrorCode } from '../huawei/errors.js';
import type { SparkRtcClient } from '../huawei/sparkrtc.js';
import { notRemembered, type Memory } from './memory.js';
import { vendorCall } from './vendorCall.js';

/** `RTC.00001018`: the vendor could not reach the callback URL. */
const URL_UNAVAILABLE = 'RTC.00001018';

/** Long enough for a restart of the receiver. */
const RETRY_FOR = 2 * 60_000;
const RETRY_DELAY = 5_000;

/** For which name an application's callback was configured. */
export interface ConfiguredCallback {
  appName: string;
  warnings: string[];
}

/**
 * Step 4: sets the application's recording callback to our receiver, `{url}/{appName}`, and our key, which stays in
 * the worker. Warns if it replaces another URL.
 * @throws `CallbackUnreachable` if the vendor could not reach the URL for two minutes
 */
export function configureRecordCallback(
  sparkRtc: SparkRtcClient,
  callback: { url: string; authKey: string },
  memory: Memory<ConfiguredCallback>,
) {
  return (request: { appId: string; appName: string; lookUp: LookUp }): Promise<{ warnings: string[] }> => {
    const { appId, appName, lookUp } = request;
    const configureOnce = (from: LookUp) =>
      memory.getOrLoad(appId, from, () => configure(sparkRtc, request, callback));
    return vendorCall(
      FailureType.RequestRejected,
      async () => {
        let configured = await configureOnce(lookUp);
        if (configured.appName !== appName) {
          if (lookUp === 'memoryOnly') throw notRemembered();
          // For another name, which may be outdated: the vendor's own URL decides.
          configured = await configureOnce('vendor');
        }
        if (configured.appName !== appName) throw inUse(appId, configured.appName);
        return { warnings: configured.warnings };
      },
      (error) => (hasErrorCode(error, URL_UNAVAILABLE) ? unreachable(error, `${callback.url}/${appName}`) : undefined),
    );
  };
}

async function configure(
  sparkRtc: SparkRtcClient,
  { appId, appName }: { appId: string; appName: string },
  ours: { url: string; authKey: string },
): Promise<ConfiguredCallback> {
  const wanted = { url: `${ours.url}/${appName}`, authKey: ours.authKey };
  const { url = '', authKey } = await sparkRtc.showRecordCallback(appId);
  const isSameUrl = normalized(url) === normalized(wanted.url);
  if (isSameUrl && authKey === wanted.authKey) return { appName, warnings: [] };
  const prefix = `${normalized(ours.url)}/`;
  const nameInUse = normalized(url).startsWith(prefix) ? normalized(url).slice(prefix.length) : '';
  if (nameInUse !== appName && ID_PATTERN.test(nameInUse)) throw inUse(appId, nameInUse);
  await sparkRtc.saveRecordCallback(appId, wanted);
  if (!url || isSameUrl) return { appName, warnings: [] };
  const replaced = `The application's recording callback was changed from ${withoutSecrets(url)} to ${wanted.url}.`;
  return { appName, warnings: [replaced] };
}

/** A change of the URL would take the callbacks from the recordings under the other name. */
function inUse(appId: string, nameInUse: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    `Application ${appId} already reports to this receiver under the appName "${nameInUse}": use that one.`,
    FailureType.RequestRejected,
  );
}

/** The vendor may store the URL with its host in lower case and without a default port. */
function normalized(url: string): string {
  return URL.canParse(url) ? new URL(url).href.replace(/\/$/, '') : url;
}

function unreachable({ message }: Error, url: string): ApplicationFailure {
  const waited = Date.now() - activityInfo().scheduledTimestampMs;
  return ApplicationFailure.create({
    type: FailureType.CallbackUnreachable,
    message: `The vendor cannot reach the callback URL ${url}. ${message}`,
    nonRetryable: waited >= RETRY_FOR,
    nextRetryDelay: RETRY_DELAY,
  });
}

/** Another service's URL may contain a key in its query or its user part. */
function withoutSecrets(url: string): string {
  if (!URL.canParse(url)) return 'another address';
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
