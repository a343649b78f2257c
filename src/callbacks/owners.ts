import type { RecordingEvent } from '../recording/event.js';
import type { Route } from './routing.js';

/** Some 1 MB. A job that is forgotten costs one call more for each of its events, and nothing else. */
const MOST_JOBS = 10_000;

/**
 * Which of a user's two workflows, camera or screen, a job belongs to, where that is sure: only one of them was there when an event of the job came.
 * A workflow is there before its job is, so that the other one cannot be the job's. Where both were there, the events go to both.
 */
export class Owners {
  private readonly byJob = new Map<string, string>();

  constructor(private readonly most = MOST_JOBS) {}

  /** The route, without the workflow that the event is surely not for. */
  narrow(route: Route, event: RecordingEvent): Route {
    const { jobId } = event;
    if (route.kind !== 'workflows' || jobId === undefined) return route;
    const owner = this.byJob.get(jobId);
    // Two applications may be told of one job's number only by mistake: what the event itself says comes first.
    return owner !== undefined && route.ids.includes(owner) ? { kind: 'workflows', ids: [owner] } : route;
  }

  /** Takes in which workflows had the event. */
  learn({ jobId }: RecordingEvent, takers: readonly string[]): void {
    if (jobId === undefined) return;
    this.byJob.delete(jobId);
    const [owner] = takers;
    if (owner === undefined || takers.length > 1) return;
    this.byJob.set(jobId, owner);
    // The first is the one that was heard of the longest ago.
    for (const oldest of this.byJob.keys()) {
      if (this.byJob.size <= this.most) break;
      this.byJob.delete(oldest);
    }
  }
}
