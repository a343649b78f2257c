import { loadObsConfig } from '../config.js';
import { RECORDING_LOCATION } from '../contract/limits.js';
import { hasErrorCode, HuaweiError } from '../huawei/errors.js';
import { fail, pass, skip, tryLoad, warn, type Check } from './check.js';
import { withObs } from './obsClient.js';

const READING = 'reading files';

/** No such object: the response shows whether it could be read if there were one. */
const OBJECT = 'sparkrtc-recorder-doctor';

/**
 * Whether the worker may open the objects of a bucket.
 * @param credentials their check: wrong ones are not tried again
 */
export async function checkReading(bucket: string | undefined, credentials: Check | undefined): Promise<Check> {
  if (bucket === undefined) return skip(READING, 'give --bucket to check it');
  if (credentials?.status !== 'pass') return skip(READING, 'needs the credentials');
  const { config, problems } = tryLoad(loadObsConfig);
  if (problems !== undefined) return fail(READING, problems, 'Set the variables that the worker has.');
  try {
    await withObs(config, (obs) =>
      obs.readRange({ bucket, location: RECORDING_LOCATION, object: OBJECT, offset: 0, length: 1 }),
    );
    return pass(READING, `objects of "${bucket}" can be read`);
  } catch (error) {
    if (hasErrorCode(error, 'NoSuchKey')) return pass(READING, `objects of "${bucket}" can be read`);
    if (!(error instanceof HuaweiError)) throw error;
    const fix = 'Grant obs:object:GetObject and obs:bucket:ListBucket, or start recordings with checkMedia: false.';
    return error.status === 403
      ? warn(READING, `objects of "${bucket}" cannot be read: files will not be checked`, fix)
      : warn(READING, `could not be checked: ${error.message}`, 'Check OBS_ENDPOINT and the network.');
  }
}
