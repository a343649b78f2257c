import { request } from 'undici';
import { ConfigurationError, loadAccountConfig, loadIamEndpoint, type AccountConfig } from '../config.js';
import { FAILURES } from '../contract/failures.js';
import { createHuaweiClients } from '../huawei/clients.js';
import { HuaweiError } from '../huawei/errors.js';
import type { SparkRtcClient } from '../huawei/sparkrtc.js';
import { crossed, doubtful, skipped, ticked, type Finding } from './finding.js';

const CREDENTIALS = 'credentials';
const BUCKET = 'bucket';
const CLOCK = 'clock';

const ANSWER_WITHIN = 5_000;

/** Signatures stand 15 minutes; links and keys are counted by the clock, which a machine with time service keeps within a second. */
const LARGEST_SKEW = 60_000;

/**
 * Whether the vendor takes the credentials and may write to the bucket. The password is tried once: repeated wrong ones lock the account.
 * @param bucket the one that recordings are stored in; not looked at without it
 */
export async function vendorFindings(bucket: string | undefined): Promise<Finding[]> {
  let account: AccountConfig;
  try {
    account = loadAccountConfig();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const missing = crossed(CREDENTIALS, error.problems.join('; '), 'Set what the worker has.');
    return [missing, skipped(BUCKET, 'needs the credentials')];
  }
  const { tokens, sparkRtc, close } = createHuaweiClients(account);
  try {
    await tokens.get();
    return [ticked(CREDENTIALS, 'IAM gives a token'), await bucketFinding(sparkRtc, bucket)];
  } catch (error) {
    if (!(error instanceof HuaweiError)) throw error;
    const mend =
      error.status === 401
        ? 'Check HW_USER_NAME, HW_USER_PASSWORD and HW_DOMAIN_NAME; do not try often, since the vendor locks the account for 15 minutes.'
        : 'Check IAM_ENDPOINT and the network.';
    return [crossed(CREDENTIALS, error.message, mend), skipped(BUCKET, 'needs a token')];
  } finally {
    await close();
  }
}

async function bucketFinding(sparkRtc: SparkRtcClient, name: string | undefined): Promise<Finding> {
  if (name === undefined) return skipped(BUCKET, 'give --bucket to have it looked at');
  const console = 'If no file appears, authorise it in the SparkRTC console.';
  try {
    const bucket = (await sparkRtc.listBuckets()).find((one) => one.bucket === name);
    if (!bucket) return doubtful(BUCKET, `the vendor does not list "${name}"`, console);
    if (bucket.isAuthorized === false) {
      return crossed(BUCKET, `SparkRTC may not write to "${name}"`, FAILURES.BucketNotAuthorized.whatToDo);
    }
    return ticked(BUCKET, `SparkRTC may write to "${name}"`);
  } catch (error) {
    if (!(error instanceof HuaweiError)) throw error;
    return doubtful(BUCKET, `could not be looked up: ${error.message}`, console);
  }
}

/** How far our clock and the vendor's are apart, by the `Date` of an answer; no credentials are sent. */
export async function clockFinding(): Promise<Finding> {
  let endpoint: string;
  try {
    endpoint = loadIamEndpoint();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return crossed(CLOCK, error.problems.join('; '), 'Correct these variables.');
  }
  try {
    const sentAt = Date.now();
    const { headers, body } = await request(`${endpoint}/v3`, { signal: AbortSignal.timeout(ANSWER_WITHIN) });
    await body.dump();
    const theirs = Date.parse(String(headers['date']));
    if (Number.isNaN(theirs)) return skipped(CLOCK, `${endpoint} tells no time`);
    // Their second may have begun at any time while the request was under way.
    const skew = Math.round((theirs - (sentAt + Date.now()) / 2) / 1_000);
    if (Math.abs(skew) * 1_000 <= LARGEST_SKEW) return ticked(CLOCK, "agrees with the vendor's within a minute");
    const detail = `is ${Math.abs(skew)} s ${skew > 0 ? 'behind' : 'ahead of'} the vendor's`;
    return crossed(CLOCK, detail, 'Set the clock of this machine, best by a time service (NTP).');
  } catch (error) {
    return skipped(CLOCK, `${endpoint} does not answer: ${(error as Error).message}`);
  }
}
