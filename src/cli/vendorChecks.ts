import { request } from 'undici';
import { loadAccountConfig, loadObsConfig, loadVariable } from '../config.js';
import { FAILURES } from '../contract/failures.js';
import { createHuaweiClients } from '../huawei/clients.js';
import { CredentialsRejectedError, HuaweiError } from '../huawei/errors.js';
import { needsPathStyle } from '../huawei/obs.js';
import type { SparkRtcClient } from '../huawei/sparkrtc.js';
import { APP, checkApp } from './appChecks.js';
import { createAgent } from '../network/connect.js';
import { fail, warn, skip, pass, tryLoad, type Check } from './check.js';

const CREDENTIALS = 'credentials';
const BUCKET = 'bucket';
const CLOCK = 'clock';
const URL_NAME = 'callback URL';
const KEY = 'callback key';
const RECEIVER = 'receiver';

const CHECK_USER =
  'Check HW_USER_NAME, HW_USER_PASSWORD and HW_DOMAIN_NAME. This was one try; do not try often: the vendor locks ' +
  'the account for 15 minutes.';
const CHECK_KEY =
  'Check HW_ACCESS_KEY, HW_SECRET_KEY, HW_SECURITY_TOKEN and the clock. This was one try; do not try often: the ' +
  'vendor blocks the key for some minutes.';
const CHECK_NETWORK = 'Check IAM_ENDPOINT, SPARKRTC_ENDPOINT and the network.';

const TIMEOUT = 5_000;

/** Signatures are valid for 15 minutes; a machine with a time service is right to a second. */
const LARGEST_SKEW = 60_000;

/** Credentials, clock and callbacks; also the bucket and the application, if they are given. */
export async function checkVendor(options: { bucket?: string; app?: string }): Promise<Check[]> {
  return (await Promise.all([checkAccount(options), checkClock(), checkUrl()])).flat().concat(checkKey());
}

/** Tries the credentials once only: wrong ones lock the user or the key (docs/decisions/password-lockout.md). */
async function checkAccount({ bucket, app }: { bucket?: string; app?: string }): Promise<Check[]> {
  const { config: account, problems } = tryLoad(loadAccountConfig);
  if (problems !== undefined) {
    return [
      fail(CREDENTIALS, problems, 'Set the variables that the worker has.'),
      skip(BUCKET, 'needs the credentials'),
      skip(APP, 'needs the credentials'),
    ];
  }
  const { authenticator, sparkRtc, close } = createHuaweiClients(account);
  const isUser = 'userName' in account.credentials;
  try {
    await authenticator.prove();
    const proof = isUser ? 'IAM issues a token' : 'SparkRTC accepts the signature of the access key';
    return [pass(CREDENTIALS, proof), await checkBucket(sparkRtc, bucket), ...(await checkApp(sparkRtc, app))];
  } catch (error) {
    if (!(error instanceof HuaweiError)) throw error;
    const fix = error instanceof CredentialsRejectedError ? (isUser ? CHECK_USER : CHECK_KEY) : CHECK_NETWORK;
    return [
      fail(CREDENTIALS, error.message, fix),
      skip(BUCKET, 'needs the credentials'),
      skip(APP, 'needs the credentials'),
    ];
  } finally {
    await close();
  }
}

async function checkBucket(sparkRtc: SparkRtcClient, name: string | undefined): Promise<Check> {
  if (name === undefined) return skip(BUCKET, 'give --bucket to check one');
  const console = 'If no file appears, authorize it in the SparkRTC console.';
  try {
    const bucket = (await sparkRtc.listBuckets()).find((one) => one.bucket === name);
    if (!bucket) return warn(BUCKET, `the vendor does not list "${name}"`, console);
    if (bucket.isAuthorized === false) {
      return fail(BUCKET, `SparkRTC may not write to "${name}"`, FAILURES.BucketNotAuthorized.whatToDo);
    }
    if (needsPathStyle(name) && !tryLoad(loadObsConfig).config?.pathStyle) {
      const detail = `"${name}" is authorized, but its dots or capitals need path style, which OBS does not serve`;
      return warn(BUCKET, detail, 'Use a bucket whose name has lower-case letters, digits and hyphens only.');
    }
    return pass(BUCKET, `SparkRTC may write to "${name}"`);
  } catch (error) {
    if (!(error instanceof HuaweiError)) throw error;
    return warn(BUCKET, `could not be checked: ${error.message}`, console);
  }
}

/** Compares our clock with the `Date` of a response of IAM; sends no credentials. */
async function checkClock(): Promise<Check> {
  const { config: endpoint, problems } = tryLoad(() => loadVariable('IAM_ENDPOINT'));
  if (problems !== undefined) return fail(CLOCK, problems, 'Correct these variables.');
  try {
    const sentAt = Date.now();
    const { headers, body } = await request(`${endpoint}/v3`, {
      dispatcher: createAgent(),
      signal: AbortSignal.timeout(TIMEOUT),
    });
    await body.dump();
    const theirs = Date.parse(String(headers['date']));
    if (Number.isNaN(theirs)) return skip(CLOCK, `the response of ${endpoint} has no date`);
    // The vendor set the date at some time between request and response.
    const skew = Math.round((theirs - (sentAt + Date.now()) / 2) / 1_000);
    if (Math.abs(skew) * 1_000 <= LARGEST_SKEW) return pass(CLOCK, "differs from the vendor's by less than a minute");
    const detail = `is ${Math.abs(skew)} s ${skew > 0 ? 'behind' : 'ahead of'} the vendor's`;
    return fail(CLOCK, detail, 'Set the clock of this machine, preferably by a time service (NTP).');
  } catch (error) {
    return skip(CLOCK, `no response from ${endpoint}: ${(error as Error).message}`);
  }
}

async function checkUrl(): Promise<Check[]> {
  const { config: url, problems } = tryLoad(() => loadVariable('CALLBACK_URL'));
  if (problems !== undefined) {
    const fix = 'Set it to the public URL of the receiver, such as https://rtc.example.com/callback.';
    return [fail(URL_NAME, problems, fix), skip(RECEIVER, 'needs the callback URL')];
  }
  const form = url.startsWith('https:')
    ? pass(URL_NAME, url)
    : warn(URL_NAME, `${url} is not encrypted`, 'Use https, unless this is a trial.');
  return [form, await checkReceiver(url)];
}

const OTHER_SERVER = 'Check that CALLBACK_URL leads to the receiver, and not to another service or a proxy.';
const NO_RECEIVER =
  'Start the receiver (npm run start:receiver) and check CALLBACK_URL. If only the vendor can reach it, check it ' +
  'from outside.';

/** The receiver responds to a GET with 200 and does nothing. */
async function checkReceiver(url: string): Promise<Check> {
  try {
    const { statusCode, body } = await request(`${url}/doctor`, {
      dispatcher: createAgent(),
      signal: AbortSignal.timeout(TIMEOUT),
    });
    await body.dump();
    if (statusCode === 200) return pass(RECEIVER, 'reached from here; the vendor has to reach it too');
    return fail(RECEIVER, `the response is ${statusCode}, which is not the receiver's`, OTHER_SERVER);
  } catch (error) {
    return fail(RECEIVER, `no response: ${(error as Error).message}`, NO_RECEIVER);
  }
}

function checkKey(): Check {
  const { config: key, problems } = tryLoad(() => loadVariable('CALLBACK_AUTH_KEY'));
  if (problems === undefined) return pass(KEY, `has ${key.length} characters`);
  return fail(KEY, problems, 'Create one, for example with openssl rand -hex 32, for both worker and receiver.');
}
