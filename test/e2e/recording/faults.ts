import { expect, vi } from 'vitest';
import type { Fault, RequestEffect } from '../../../simulator/faults.js';
import type { RecordingRig } from '../../support/recordingRig.js';

/** For what is waited for; far more than it ever takes. */
export const LIMIT = { timeout: 180_000, interval: 50 };

export const START = 'POST /v2/apps/*/individual-stream-jobs';
export const QUESTION = 'GET /v2/apps/*/individual-stream-jobs/*';
export const STOP = 'DELETE /v2/apps/*/individual-stream-jobs/*';
export const TOKEN = 'POST /v3/auth/tokens';
export const LISTING = 'GET /obsName/';

/** No callback comes at all. */
export const ALL_LOST: Fault = { callback: '*', effect: { kind: 'drop' }, times: 'always' };

/** A rejection as SparkRTC and its gateway write it. */
export function rejection(status: number, code: string): RequestEffect {
  return { kind: 'respond', status, body: { error_code: code, error_msg: 'by plan' } };
}

/** How often this was asked: a method and the end of a path. */
export function calls(rig: RecordingRig, method: string, path: RegExp): number {
  return rig.simulator.requests.filter((request) => request.method === method && path.test(request.path)).length;
}

/** The id of the latest job, once it runs. */
export async function runningJob(rig: RecordingRig): Promise<string> {
  await vi.waitFor(() => expect(rig.simulator.jobs.at(-1)?.state).toBe('RUNNING'), LIMIT);
  return String(rig.simulator.jobs.at(-1)?.job_id);
}

/** The keys of the bucket. */
export function keysOf(rig: RecordingRig, bucket = 'obsName'): string[] {
  return rig.simulator.objects(bucket).map(({ key }) => key);
}
