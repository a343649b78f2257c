import { activityInfo, ApplicationFailure } from '@temporalio/activity';
import type { LookUp, RecordPlace } from '../contract/activityTypes.js';
import { FailureType } from '../contract/failures.js';
import type { RecordRule } from '../contract/input.js';
import { HuaweiError } from '../huawei/errors.js';
import type { RecordRule as SavedRule, SparkRtcClient } from '../huawei/sparkrtc.js';
import { notRemembered, type Memory } from './memory.js';
import { vendorCall, type Note } from './vendorCall.js';

/** What step 3 found out. `places` holds where files may lie: the template's, and the one it replaced. */
export interface EnsuredRule {
  ruleId: string;
  places: RecordPlace[];
  warnings: string[];
}

/** What a worker remembers of a location: the template as asked for, and what it found. */
export interface RememberedRule {
  wanted: string;
  ensured: EnsuredRule;
}

/**
 * Step 3: checks that SparkRTC may write to the bucket, then finds the recording template of the bucket's location, or
 * saves it. An application has one for each location: a different one is replaced, with a warning.
 * @throws `BucketNotAuthorized` only when the vendor says so in as many words
 */
export function ensureRecordRule(sparkRtc: SparkRtcClient, memory: Memory<RememberedRule>) {
  return async (request: { appId: string; recordRule: RecordRule; lookUp: LookUp }): Promise<EnsuredRule> =>
    vendorCall(FailureType.RequestRejected, async (note) => {
      const { appId, recordRule, lookUp } = request;
      const { key, wanted } = memoryOf(appId, recordRule);
      const look = async () => ({ wanted, ensured: await ensure(sparkRtc, appId, recordRule, note) });
      const known = await memory.recall(key, lookUp, look);
      if (known.wanted === wanted) return known.ensured;
      if (lookUp === 'memoryOnly') throw notRemembered();
      return (await memory.recall(key, 'vendor', look)).ensured;
    });
}

/** Whether step 3 would be answered from memory. */
export function isRemembered(memory: Memory<RememberedRule>, appId: string, recordRule: RecordRule): boolean {
  const { key, wanted } = memoryOf(appId, recordRule);
  return memory.peek(key)?.wanted === wanted;
}

function memoryOf(appId: string, recordRule: RecordRule): { key: string; wanted: string } {
  return { key: `${appId}/${recordRule.obsAddr.location}`, wanted: JSON.stringify(recordRule) };
}

async function ensure(sparkRtc: SparkRtcClient, appId: string, wanted: RecordRule, note: Note): Promise<EnsuredRule> {
  const bucketWarnings = await checkBucket(sparkRtc, wanted);
  const rules = await sparkRtc.listRecordRules(appId);
  const present = rules.find((rule) => rule.obsAddr?.location === wanted.obsAddr.location);
  // After a replacement whose response was lost, the next attempt finds a match, and the old place in the heartbeat.
  const replaced = activityInfo().heartbeatDetails as RecordPlace | undefined;
  if (present && fits(present, wanted)) return ensured(present, wanted, bucketWarnings, replaced);

  const old = present && placeOf(present, wanted);
  if (old) note(old);
  const saved = await sparkRtc.saveRecordRule(appId, wanted);
  return ensured(saved, wanted, bucketWarnings, old ?? replaced);
}

function ensured(rule: SavedRule, wanted: RecordRule, warnings: string[], old: RecordPlace | undefined): EnsuredRule {
  const place = placeOf(rule, wanted);
  if (!old) return { ruleId: rule.ruleId, places: [place], warnings };
  return {
    ruleId: rule.ruleId,
    places: [place, old],
    warnings: [
      ...warnings,
      `The application's recording template for ${place.location} was replaced ` +
        `(it stored to ${old.bucket}/${old.object}). The vendor may apply the new one only to streams that begin ` +
        '5 minutes later; files are looked for in both places.',
    ],
  };
}

/** Does what is saved do what was asked? `{}` fits whatever the vendor filled in. */
export function fits(saved: object, wanted: object): boolean {
  return Object.entries(wanted).every(([name, value]: [string, unknown]) => {
    const present: unknown = (saved as Record<string, unknown>)[name];
    if (value === undefined) return true;
    if (Array.isArray(value)) {
      return Array.isArray(present) && present.length === value.length && value.every((one) => present.includes(one));
    }
    if (typeof value === 'object' && value !== null) return fits((present as object | undefined) ?? {}, value);
    return value === present || (value === '' && present === undefined);
  });
}

function placeOf(rule: SavedRule, wanted: RecordRule): RecordPlace {
  const { bucket, location, object } = { ...wanted.obsAddr, object: '', ...rule.obsAddr };
  const formats: string[] = rule.recordFormats ?? wanted.recordFormats;
  const templates = Object.entries({ MP4: rule.mp4Config, HLS: rule.hlsConfig })
    .filter(([format]) => formats.includes(format))
    .map(([format, config]) => ({ format, recordPrefix: config?.recordPrefix ?? DEFAULT_PREFIX }));
  return { bucket, location, object, templates };
}

/** The default of `record_prefix` by the vendor's SDK, where a response leaves it out. */
const DEFAULT_PREFIX = '{app_id}/{record_format}/{stream}_{file_start_time}/{stream}_{file_start_time}';

/** A user with few rights may not list buckets: only a plain "not authorized" stops the recording. */
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
    return [`${unchecked}: the vendor does not list it. If no file appears, authorise it in the SparkRTC console.`];
  if (bucket.isAuthorized === false) {
    throw ApplicationFailure.nonRetryable(
      `SparkRTC is not authorised to write to the bucket "${obsAddr.bucket}".`,
      FailureType.BucketNotAuthorized,
    );
  }
  return [];
}
