import { HuaweiError } from '../huawei/errors.js';
import { hasEnded, isTooEarly, succeeded, type Caller, type CallOptions, type Exchange } from './caller.js';
import { APP, APPS, JOB, RULE } from './plan.js';
import type { Traces } from './procedure.js';
import type { Step } from './observations.js';
import type { Time } from './time.js';

const TRIES = 10;
const PAUSE = 1_000;

/** Removes what a run has created. @returns what could not be removed, in words */
export async function cleanUp(
  caller: Caller,
  traces: Traces,
  steps: Partial<Record<Step, Exchange>>,
  time: Time,
): Promise<string[]> {
  const left: string[] = [];
  const attempt = async (method: 'GET' | 'POST' | 'DELETE', path: string, options: CallOptions = {}) => {
    try {
      return await caller.send(method, path, options);
    } catch (error) {
      if (!(error instanceof HuaweiError)) throw error;
      return undefined;
    }
  };

  if (!traces.appId && traces.pending === 'application') {
    const list = await attempt('GET', APPS, { query: { offset: 0, limit: 100 } });
    const apps = (list?.body['apps'] ?? []) as { app_id: unknown; app_name: unknown }[];
    const found = apps.find(({ app_name: name }) => name === traces.appName);
    if (found) traces.appId = String(found.app_id);
    else if (!succeeded(list))
      left.push(`the application ${traces.appName}, if it exists: its creation got no response`);
  }
  const { appId } = traces;
  if (!appId) return left;

  for (const jobId of traces.openJobs) {
    let stopped: Exchange | undefined;
    for (let i = 0; i < TRIES && (i === 0 || isTooEarly(stopped)); i += 1) {
      if (i > 0) await time.sleep(PAUSE);
      stopped = await attempt('DELETE', JOB, { ids: [appId, jobId] });
    }
    if (hasEnded(stopped)) continue;
    const shown = await attempt('GET', JOB, { ids: [appId, jobId] });
    if (shown?.body['state'] !== 'STOPPED') left.push(`the job ${jobId} of the application ${appId}`);
  }
  if (traces.pending === 'job') {
    left.push(
      'perhaps a job whose start got no response: the vendor ends it when its room has been empty for 5 seconds',
    );
  }
  for (const ruleId of traces.ruleIds) await attempt('DELETE', RULE, { ids: [appId, ruleId] });

  let deleted = await attempt('DELETE', APP, { ids: [appId] });
  if (deleted) steps.deleteApp = deleted;
  if (deleted && !succeeded(deleted) && deleted.status !== 404) {
    await attempt('POST', `${APP}/disable`, { ids: [appId] });
    deleted = await attempt('DELETE', APP, { ids: [appId] });
    if (deleted) steps.deleteDisabledApp = deleted;
  }
  if (!succeeded(deleted) && deleted?.status !== 404) {
    left.push(`the application ${traces.appName} (${appId}): delete it in the SparkRTC console`);
  }
  return left;
}
