import { activityInfo, heartbeat } from '@temporalio/activity';

/** Well below the time-out of the heartbeat; work that is done sooner costs no call to the server. */
const INTERVAL_MS = 2_000;

/** Tells what the next attempt is to find as `heartbeatDetails`, should this one fail. */
export type Note = (details: unknown) => void;

/** Beats while the work goes on: Temporal notices within seconds when its worker has died, and a live stream does not wait for a whole time-out. */
export async function beating<T>(work: (note: Note) => Promise<T>): Promise<T> {
  // Each beat replaces what the last one told, an empty one too.
  let details: unknown = activityInfo().heartbeatDetails;
  const beats = setInterval(() => heartbeat(details), INTERVAL_MS);
  try {
    return await work((news) => {
      details = news;
      heartbeat(details);
    });
  } finally {
    clearInterval(beats);
  }
}
