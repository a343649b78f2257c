import type { SentCallback } from '../simulator/callbacks.js';
import type { RecordedRequest } from '../simulator/requestLog.js';
import type { Simulator } from '../simulator/simulator.js';

/**
 * Resolves with the first request from `from` on, a position in the vendor's log, that fits. It looks at the log and
 * not at the jobs: those are written out again for each caller, which takes the time of many when there are many.
 */
export async function requestSeen(
  { requests }: Simulator,
  from: number,
  fits: (request: RecordedRequest) => boolean,
): Promise<RecordedRequest> {
  for (;;) {
    const seen = requests.slice(from).find(fits);
    if (seen) return seen;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** That a job was requested. */
export function isJobStart({ method, path }: RecordedRequest): boolean {
  return method === 'POST' && path.endsWith('/individual-stream-jobs');
}

/** The callback by which the vendor reported that the job of this room has ended. */
export function endCallbackOf({ callbacks }: Simulator, roomId: string): SentCallback | undefined {
  return callbacks.findLast(({ event }) => event.room_id === roomId && event.event_type === 'CLOUD_RECORD_OVER');
}
