import { request } from 'undici';
import { ConfigurationError, loadCallbackAuthKey, loadCallbackUrl } from '../config.js';
import { crossed, doubtful, skipped, ticked, type Finding } from './finding.js';

const URL_NAME = 'callback URL';
const KEY = 'callback key';
const ANSWER = 'receiver';

const ANSWER_WITHIN = 5_000;

/** Whether the callbacks can come, as far as it can be told from here: the vendor looks from elsewhere. */
export async function callbackFindings(): Promise<Finding[]> {
  return [...(await urlFindings()), keyFinding()];
}

async function urlFindings(): Promise<Finding[]> {
  let url: string;
  try {
    url = loadCallbackUrl();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const mend = 'Set it to the receiver as the vendor sees it, such as https://rtc.example.com/callback.';
    return [crossed(URL_NAME, error.problems.join('; '), mend), skipped(ANSWER, 'needs the callback URL')];
  }
  const form = url.startsWith('https:')
    ? ticked(URL_NAME, url)
    : doubtful(URL_NAME, `${url} is not encrypted`, 'Put the receiver behind https, unless this is a trial.');
  return [form, await receiverFinding(url)];
}

/** The receiver answers 200 to a GET of any application, and does nothing. */
async function receiverFinding(url: string): Promise<Finding> {
  const mend =
    'Start the receiver (npm run start:receiver) and see that CALLBACK_URL leads to it. The vendor has to reach it too; if only this machine does not, all may be well.';
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
  try {
    return ticked(KEY, `has ${loadCallbackAuthKey().length} characters`);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return crossed(KEY, error.problems.join('; '), 'Make one, e.g. openssl rand -hex 32, for worker and receiver.');
  }
}
