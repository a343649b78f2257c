import { activityInfo, cancellationSignal } from '@temporalio/activity';
import pLimit from 'p-limit';
import { INSPECTION_ATTEMPTS, type FileInspection, type InspectionRequest } from '../contract/activityTypes.js';
import { FailureType } from '../contract/failures.js';
import { classifyError, HuaweiError } from '../huawei/errors.js';
import { bucketIn, inspectFile } from '../huawei/media.js';
import type { ObsClient } from '../huawei/obs.js';
import { regionOf } from './listRecordingFiles.js';
import { vendorCall } from './vendorCall.js';

/** Of all recordings of this worker together, which bounds its memory. */
const FILES_AT_A_TIME = 8;

/** By the index of the file: what an attempt has found, for the next one. */
export type InspectionProgress = Record<number, FileInspection>;

/**
 * Opens files to see whether they can be played. Never fails because of a file: the last attempt returns what it has.
 * @returns one entry for each file of the request, in its order
 */
export function inspectMedia(obs: ObsClient) {
  const limit = pLimit(FILES_AT_A_TIME);
  return ({ files, outputLocations }: InspectionRequest): Promise<FileInspection[]> =>
    vendorCall(FailureType.ListingFailed, async (heartbeat) => {
      const { attempt, ...info } = activityInfo();
      const found = info.heartbeatDetails as InspectionProgress | undefined;
      const signal = cancellationSignal();
      const done: InspectionProgress = { ...found };
      const rejections = new Map<string, HuaweiError>();
      const failures: HuaweiError[] = [];
      const inspect = async (file: InspectionRequest['files'][number], index: number) => {
        signal.throwIfAborted();
        if (failures.length >= FILES_AT_A_TIME || rejections.has(file.bucket)) return;
        const location = regionOf(file.bucket, outputLocations);
        try {
          done[index] = await inspectFile(bucketIn(obs, { bucket: file.bucket, location, signal }), file);
          heartbeat(done);
        } catch (error) {
          if (!(error instanceof HuaweiError)) throw error;
          if (classifyError(error).retry) failures.push(error);
          else rejections.set(file.bucket, error);
        }
      };
      await settled(files.map((file, index) => limit(async () => (index in done ? undefined : inspect(file, index)))));
      signal.throwIfAborted();
      const [failure] = failures;
      if (failure && attempt < INSPECTION_ATTEMPTS) throw failure;
      return files.map(
        ({ bucket }, index) => done[index] ?? { problem: problemOf(rejections.get(bucket) ?? failure) },
      );
    });
}

/** Waits for all, so that none works on after the end of the attempt. */
async function settled(work: Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) if (result.status === 'rejected') throw result.reason;
}

function problemOf(error: HuaweiError | undefined): string {
  return error?.message ?? 'It was not inspected.';
}
