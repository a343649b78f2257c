import { createHash } from 'node:crypto';
import { cancellationSignal } from '@temporalio/activity';
import type { ManifestRequest } from '../contract/activityTypes.js';
import { FailureType } from '../contract/failures.js';
import type { RecordingManifest } from '../contract/manifest.js';
import type { ManifestPlace } from '../contract/result.js';
import { hasErrorCode } from '../huawei/errors.js';
import type { ObsClient } from '../huawei/obs.js';
import { recorderVersion } from '../version.js';
import { vendorCall } from './vendorCall.js';

/** Writes the manifest beside the recording's files. An attempt that finds it written by an earlier one succeeds. */
export function writeManifest(obs: ObsClient) {
  return ({ bucket, location, object, manifest }: ManifestRequest): Promise<ManifestPlace> =>
    vendorCall(FailureType.RequestRejected, async () => {
      const complete: RecordingManifest = { manifestVersion: 1, recorderVersion: recorderVersion(), ...manifest };
      const body = Buffer.from(`${JSON.stringify(complete, null, 2)}\n`);
      const place = { bucket, location, object, signal: cancellationSignal() };
      try {
        return { bucket, object, ...(await obs.putNew({ ...place, body, contentType: 'application/json' })) };
      } catch (error) {
        if (!hasErrorCode(error, 'PreconditionFailed')) throw error;
        const existing = await obs.readRange({ ...place, offset: 0, length: body.length });
        if (!existing.equals(body)) throw error;
        // Of an object that was written in one piece, the ETag is the MD5.
        return { bucket, object, etag: createHash('md5').update(body).digest('hex') };
      }
    });
}
