import { ApplicationFailure, log } from '@temporalio/activity';
import { classifyError, hasErrorCode } from '../huawei/errors.js';
import type { App, SparkRtcClient } from '../huawei/sparkrtc.js';
import { FailureType } from '../contract/failures.js';
import type { LookUp } from '../contract/activityTypes.js';
import { vendorCall } from './vendorCall.js';
import type { Memory } from './memory.js';

/** `RTC.00001020`: an application of this name exists already. */
const APP_EXISTS = 'RTC.00001020';

/** What step 2 has found. */
export interface Application {
  appId: string;
  warnings: string[];
}

/** The memory's key of an application: its id if the caller gave one. No id contains a slash. */
export function applicationKey({ appName, appId }: { appName: string; appId?: string | undefined }): string {
  return appId === undefined ? appName : `/${appId}`;
}

/**
 * Step 2: finds the application by its name, or creates it; the next attempt finds one whose response was lost. An
 * application that the caller names by its id is never created.
 */
export function ensureApplication(sparkRtc: SparkRtcClient, memory: Memory<Application>) {
  return (request: { appName: string; appId?: string | undefined; lookUp: LookUp }): Promise<Application> => {
    const { appName, appId } = request;
    const load = () => (appId === undefined ? findOrCreate(sparkRtc, appName) : findById(sparkRtc, appId));
    return vendorCall(FailureType.RequestRejected, () =>
      memory.getOrLoad(applicationKey(request), request.lookUp, load),
    );
  };
}

async function findById(sparkRtc: SparkRtcClient, appId: string): Promise<Application> {
  const app = await sparkRtc.showApp(appId).catch((error: unknown) => {
    if (classifyError(error).kind !== 'notFound') throw error;
    return undefined;
  });
  if (!app || app.state === 'DELETED') {
    throw ApplicationFailure.nonRetryable(
      `The vendor knows no application with the id "${appId}" (appId).`,
      FailureType.RequestRejected,
    );
  }
  usable(app);
  const isRecorded = await sparkRtc.recordsAutomatically(appId).catch((error: unknown) => {
    log.warn('Whether the application records automatically could not be read', { appId, error });
    return false;
  });
  const warning = `Everything is recorded twice: application ${appId} records every stream automatically.`;
  return { appId, warnings: isRecorded ? [warning] : [] };
}

async function findOrCreate(sparkRtc: SparkRtcClient, appName: string): Promise<Application> {
  const found = await sparkRtc.findApp(appName);
  if (found) return { appId: usable(found).appId, warnings: [] };
  try {
    return { ...(await sparkRtc.createApp(appName)), warnings: [] };
  } catch (error) {
    if (!hasErrorCode(error, APP_EXISTS)) throw error;
    // Created by another process in between; the list may show it only later.
    const created = await sparkRtc.findApp(appName);
    if (created) return { appId: usable(created).appId, warnings: [] };
    throw ApplicationFailure.retryable(
      `${error.message} But the vendor does not list the application "${appName}".`,
      FailureType.VendorUnavailable,
    );
  }
}

/** Why jobs cannot be started in an application of this state (`RTC.00001016`). */
const UNUSABLE: Record<string, string> = {
  DEACTIVATION: 'is disabled (DEACTIVATION). Enable it in the SparkRTC console',
  ARREARS: 'is suspended because the account is in arrears (ARREARS). Settle the account',
};

function usable(app: App): App {
  const reason = UNUSABLE[app.state ?? ''];
  if (reason === undefined) return app;
  throw ApplicationFailure.nonRetryable(
    `The application "${app.appName}" (${app.appId}) ${reason}.`,
    FailureType.RequestRejected,
  );
}
