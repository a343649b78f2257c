import { activityInfo, ApplicationFailure } from '@temporalio/activity';
import type { LookUp, OutputLocation } from '../contract/activityTypes.js';
import { FailureType } from '../contract/failures.js';
import type { RecordRule } from '../contract/input.js';
import { HuaweiError } from '../huawei/errors.js';
import type { ObsClient } from '../huawei/obs.js';
import type { RecordRule as SavedRule, SparkRtcClient } from '../huawei/sparkrtc.js';
import { notRemembered, type Memory } from './memory.js';
import { vendorCall, type Heartbeat } from './vendorCall.js';

/** The result of step 3: where files may be stored, by the template and by the one that it replaced. */
export interface EnsuredRule {
  ruleId: string;
  outputLocations: OutputLocation[];
  warnings: string[];
}

/** What a worker remembers of a location: the requested template, and the result. */
export interface RememberedRule {
  wanted: string;
  ensured: EnsuredRule;
}

/**
 * Step 3: checks that SparkRTC may write to the bucket, then finds or saves the recording template of its location. An
 * application has one for each location: a different one is replaced, with a warning.
 * @throws `BucketNotAuthorized` if the vendor lists the bucket as not authorized
 */
export function ensureRecordRule(sparkRtc: SparkRtcClient, obs: ObsClient, memory: Memory<RememberedRule>) {
  return async (request: { appId: string; recordRule: RecordRule; lookUp: LookUp }): Promise<EnsuredRule> =>
    vendorCall(FailureType.RequestRejected, async (heartbeat) => {
      const { appId, recordRule, lookUp } = request;
      const { key, wanted } = memoryOf(appId, recordRule);
      const load = async () => {
        const { warnings, ...rule } = await ensure(sparkRtc, appId, recordRule, heartbeat);
        const problem = obs.addressingProblem(recordRule.obsAddr.bucket);
        return { wanted, ensured: { ...rule, warnings: problem === undefined ? warnings : [problem, ...warnings] } };
      };
      const remembered = await memory.getOrLoad(key, lookUp, load);
      if (remembered.wanted === wanted) return remembered.ensured;
      if (lookUp === 'memoryOnly') throw notRemembered();
      return (await memory.getOrLoad(key, 'vendor', load)).ensured;
    });
}

/** Whether step 3 needs no request. */
export function isRemembered(memory: Memory<RememberedRule>, appId: string, recordRule: RecordRule): boolean {
  const { key, wanted } = memoryOf(appId, recordRule);
  return memory.peek(key)?.wanted === wanted;
}

function memoryOf(appId: string, recordRule: RecordRule): { key: string; wanted: string } {
  return { key: `${appId}/${recordRule.obsAddr.location}`, wanted: JSON.stringify(recordRule) };
}

async function ensure(
  sparkRtc: SparkRtcClient,
  appId: string,
  wanted: RecordRule,
  heartbeat: Heartbeat,
): Promise<EnsuredRule> {
  const bucketWarnings = await checkBucket(sparkRtc, wanted);
  const rules = await sparkRtc.listRecordRules(appId);
  const current = rules.find((rule) => rule.obsAddr?.location === wanted.obsAddr.location);
  // The next attempt after a replacement whose response was lost finds the old location in the heartbeat.
  const replaced = activityInfo().heartbeatDetails as OutputLocation | undefined;
  if (current && fits(current, wanted)) return ensured(current, wanted, bucketWarnings, replaced);

  const old = current && locationOf(current, wanted);
  if (old) heartbeat(old);
  const saved = await sparkRtc.saveRecordRule(appId, wanted);
  return ensured(saved, wanted, bucketWarnings, old ?? replaced);
}

function ensured(
  rule: SavedRule,
  wanted: RecordRule,
  warnings: string[],
  old: OutputLocation | undefined,
): EnsuredRule {
  const current = locationOf(rule, wanted);
  if (!old) return { ruleId: rule.ruleId, outputLocations: [current], warnings };
  const replaced =
    `The application's recording template for ${current.location} was replaced ` +
    `(it stored to ${old.bucket}/${old.object}). The vendor may apply the new one only to streams that begin ` +
    '5 minutes later; both locations are searched for files.';
  return { ruleId: rule.ruleId, outputLocations: [current, old], warnings: [...warnings, replaced] };
}

/** Whether the saved template has all requested settings; `{}` matches any defaults of the vendor. */
export function fits(saved: object, wanted: object): boolean {
  return Object.entries(wanted).every(([name, value]: [string, unknown]) => {
    const actual: unknown = (saved as Record<string, unknown>)[name];
    if (value === undefined) return true;
    if (Array.isArray(value)) {
      return Array.isArray(actual) && actual.length === value.length && value.every((one) => actual.includes(one));
    }
    if (typeof value === 'object' && value !== null) return fits((actual as object | undefined) ?? {}, value);
    // The vendor may store a folder with other slashes at its ends.
    if (name === 'object') return folderOf(value) === folderOf(actual);
    return value === actual;
  });
}

function folderOf(object: unknown): string {
  return typeof object === 'string' ? object.replace(/^\/+|\/+$/g, '') : '';
}

function locationOf(rule: SavedRule, wanted: RecordRule): OutputLocation {
  const { bucket, location, object } = { ...wanted.obsAddr, object: '', ...rule.obsAddr };
  const formats: string[] = rule.recordFormats ?? wanted.recordFormats;
  const templates = Object.entries({ MP4: rule.mp4Config, HLS: rule.hlsConfig })
    .filter(([format]) => formats.includes(format))
    .map(([format, config]) => ({ format, recordPrefix: config?.recordPrefix ?? DEFAULT_PREFIX }));
  return { bucket, location, object, templates };
}

/** The default of `record_prefix` according to the vendor's SDK, if a response lacks it. */
const DEFAULT_PREFIX = '{app_id}/{record_format}/{stream}_{file_start_time}/{stream}_{file_start_time}';

/** Only "not authorized" stops the recording: the user may lack permission to list buckets. */
async function checkBucket(sparkRtc: SparkRtcClient, { obsAddr }: RecordRule): Promise<string[]> {
  const unchecked = `Whether SparkRTC may write to the bucket "${obsAddr.bucket}" could not be checked`;
  let buckets;
  try {
    buckets = await sparkRtc.listBuckets();
  } catch (error) {
    if (!(error instanceof HuaweiError)) throw error;
    return [`${unchecked}: ${error.message}`];
  }
  const bucket = buckets.find(
    ({ bucket, location }) => bucket === obsAddr.bucket && (location ?? obsAddr.location) === obsAddr.location,
  );
  if (!bucket)
    return [`${unchecked}: the vendor does not list it. If no file appears, authorize it in the SparkRTC console.`];
  if (bucket.isAuthorized === false) {
    throw ApplicationFailure.nonRetryable(
      `SparkRTC is not authorized to write to the bucket "${obsAddr.bucket}".`,
      FailureType.BucketNotAuthorized,
    );
  }
  return [];
}
