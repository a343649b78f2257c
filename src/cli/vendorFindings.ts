import { request } from 'undici';
import { loadAccountConfig, loadCallbackAuthKey, loadCallbackUrl, loadIamEndpoint } from '../config.js';
import { FAILURES } from '../contract/failures.js';
import { createHuaweiClients } from '../huawei/clients.js';
import { HuaweiError } from '../huawei/errors.js';
import type { SparkRtcClient } from '../huawei/sparkrtc.js';
import { crossed, doubtful, skipped, ticked, tryLoad, type Finding } from './finding.js';

const CREDENTIALS = 'credentials';
const BUCKET = 'bucket';
const CLOCK = 'clock';
const URL_NAME = 'callback URL';
const KEY = 'callback key';
const ANSWER = 'receiver';

const ANSWER_WITHIN = 5_000;

/** Signatures are valid for 15 minutes; a machine with a time service keeps within a second. */
const LARGEST_SKEW = 60_000;

/**
 * What there is between the vendor and us: credentials, bucket, clock and callbacks.
 * @param bucket the one that recordings are stored in; not looked at without it
 */
export async function vendorFindings(bucket: string | undefined): Promise<Finding[]> {
  return (await Promise.all([accountFindings(bucket), clockFinding(), callbackFindings()])).flat();
}

/** Whether the vendor accepts the credentials, tried once (wrong ones lock the account), and the bucket. */
async function accountFindings(bucket: string | undefined): Promise<Finding[]> {
  const { config: account, problems } = tryLoad(loadAccountConfig);
  if (problems !== undefined) {
    return [crossed(CREDENTIALS, problems, 'Set what the worker has.'), skipped(BUCKET, 'needs the credentials')];
  }
  const { tokens, sparkRtc, close } = createHuaweiClients(account);
  try {
    await tokens.get();
    return [ticked(CREDENTIALS, 'IAM gives a token'), await bucketFinding(sparkRtc, bucket)];
  } catch (error) {
    if (!(error instanceof HuaweiError)) throw error;
    const mend =
      error.status === 401
        ? 'Check HW_USER_NAME, HW_USER_PASSWORD and HW_DOMAIN_NAME; do not try often, since the vendor locks ' +
          'the account for 15 minutes.'
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
async function clockFinding(): Promise<Finding> {
  const { config: endpoint, problems } = tryLoad(loadIamEndpoint);
  if (problems !== undefined) return crossed(CLOCK, problems, 'Correct these variables.');
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

/** Whether the callbacks can come, as far as it can be told from here: the vendor looks from elsewhere. */
async function callbackFindings(): Promise<Finding[]> {
  return [...(await urlFindings()), keyFinding()];
}

async function urlFindings(): Promise<Finding[]> {
  const { config: url, problems } = tryLoad(loadCallbackUrl);
  if (problems !== undefined) {
    const mend = 'Set it to the receiver as the vendor sees it, such as https://rtc.example.com/callback.';
    return [crossed(URL_NAME, problems, mend), skipped(ANSWER, 'needs the callback URL')];
  }
  const form = url.startsWith('https:')
    ? ticked(URL_NAME, url)
    : doubtful(URL_NAME, `${url} is not encrypted`, 'Put the receiver behind https, unless this is a trial.');
  return [form, await receiverFinding(url)];
}

/** The receiver answers 200 to a GET of any application, and does nothing. */
async function receiverFinding(url: string): Promise<Finding> {
  const mend =
    'Start the receiver (npm run start:receiver) and see that CALLBACK_URL leads to it. The vendor has to ' +
    'reach it too; if only this machine does not, all may be well.';
  try {
    const { statusCode, body } = await request(`${url}/doctor`, { signal: AbortSignal.timeout(ANSWER_WITHIN) });
    await body.dump();
    if (statusCode === 200)
      return ticked(ANSWER, 'answers from here; whether the vendor reaches it shows with the first recording');
    return crossed(ANSWER, `something answers ${statusCode} there, which the receiver would not`, mend);
  } catch (error) {
    return crossed(ANSWER, `nobody answers there: ${(error as Error).message}`, mend);
  }
}

function keyFinding(): Finding {
  const { config: key, problems } = tryLoad(loadCallbackAuthKey);
  if (problems === undefined) return ticked(KEY, `has ${key.length} characters`);
  return crossed(KEY, problems, 'Make one, e.g. openssl rand -hex 32, for worker and receiver.');
}
