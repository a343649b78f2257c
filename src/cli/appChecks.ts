import { HuaweiError } from '../huawei/errors.js';
import type { SparkRtcClient } from '../huawei/sparkrtc.js';
import { fail, pass, skip, warn, type Check } from './check.js';

export const APP = 'application';
const EVENTS = 'callback events';
const AUTO_RECORD = 'automatic recording';

/** The application of this name: its state, the events that its callback sends, and whether it records by itself. */
export async function checkApp(sparkRtc: SparkRtcClient, name: string | undefined): Promise<Check[]> {
  if (name === undefined) return [skip(APP, 'give --app to check one')];
  return attempt(APP, async () => {
    const app = await sparkRtc.findApp(name);
    if (!app) return [pass(APP, `"${name}" does not exist; the first recording creates it`)];
    const { appId, state = 'unknown' } = app;
    const rest = [
      ...(await attempt(EVENTS, async () => [checkEvents(await sparkRtc.showRecordCallback(appId))])),
      ...(await attempt(AUTO_RECORD, async () => [checkMode(await sparkRtc.recordsAutomatically(appId))])),
    ];
    if (state === 'ACTIVATION') return [pass(APP, `"${name}" is ${appId} and active`), ...rest];
    const fix = 'Enable it in the SparkRTC console, or pay what is due (ARREARS): no job can be started.';
    return [fail(APP, `the state of "${name}" (${appId}) is ${state}`, fix), ...rest];
  });
}

function checkEvents(callback: Awaited<ReturnType<SparkRtcClient['showRecordCallback']>>): Check {
  const { url, notifyEventSubscription: types } = callback;
  if (!url) return pass(EVENTS, 'no callback is configured yet; the first recording does');
  if (!types || types.length === 0) return warn(EVENTS, `none are listed for ${url}`, WITHOUT_END);
  const listed = `${types.join(', ')} to ${url}`;
  if (types.some((type) => /^CLOUD_RECORD_(SERVER_)?OVER$/.test(type))) return pass(EVENTS, listed);
  return warn(EVENTS, `${listed}; none at the end of a job`, WITHOUT_END);
}

const WITHOUT_END = 'Nothing to do: the end of a job is then found by polls, a little later.';

function checkMode(isOn: boolean): Check {
  if (!isOn) return pass(AUTO_RECORD, 'is off');
  const fix = 'Turn it off in the SparkRTC console, unless you want each stream twice.';
  return warn(AUTO_RECORD, 'is on: the vendor records every stream by itself', fix);
}

async function attempt(name: string, check: () => Promise<Check[]>): Promise<Check[]> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof HuaweiError)) throw error;
    return [
      warn(name, `could not be checked: ${error.message}`, 'Check the permissions of the user, then try again.'),
    ];
  }
}
