import type { Call, DynamicFaults, Stream } from '../../../simulator/faults.js';
import type { JobResponse } from '../../../simulator/job.js';
import type { Simulator } from '../../../simulator/simulator.js';
import { count } from './audit.js';
import type { CallKind, RecordingPlan } from './plan.js';

const KIND_OF_METHOD: Record<string, CallKind> = { POST: 'start', GET: 'show', DELETE: 'stop' };

/** One recording's name among all plans: its stream. */
export function nameOf({ roomId, userId, videoType }: Stream): string {
  return `${roomId}/${userId}/${videoType}`;
}

export function streamOfJob({ room_id, user_id, video_type }: JobResponse): Stream {
  return { roomId: room_id, userId: user_id, videoType: video_type };
}

/** The plans as the simulator's dynamic faults; counts in `injected` what really happened. */
export function dynamicFaultsOf(
  plans: readonly RecordingPlan[],
  simulator: () => Simulator,
  strangers: ReadonlySet<string>,
  injected: Record<string, number>,
): Required<DynamicFaults> {
  const byStream = new Map(plans.map((plan) => [nameOf(plan), plan]));

  const listings: Record<string, number> = {};
  /** One listing requests many prefixes: they are counted together. */
  const nthListing = (stream: Stream): number => {
    count(listings, nameOf(stream));
    return (listings[nameOf(stream)] ?? 1) - 1;
  };

  /** The recording that a listing is for, which shows as soon as the stream's name is in its prefix. */
  const listedStream = ({ method, path, query }: Call): Stream | undefined => {
    if (method !== 'GET' || path.startsWith('/v')) return undefined;
    const asked = decodeURIComponent(query);
    const job = simulator().jobs.find(({ stream_name }) => asked.includes(stream_name));
    return job && streamOfJob(job);
  };

  return {
    ofRequest: (call) => {
      const stream = call.stream ?? listedStream(call);
      const kind = call.stream ? KIND_OF_METHOD[call.method] : 'listing';
      if (!stream || !kind) return undefined;
      const effect = byStream.get(nameOf(stream))?.calls[kind][kind === 'listing' ? nthListing(stream) : call.nth];
      if (effect) {
        const what = 'status' in effect ? `${effect.kind} ${effect.status}` : effect.kind;
        count(injected, `${kind}: ${what}`);
      }
      return effect;
    },
    ofCallback: ({ event_type, job_id }) => {
      const job = simulator().jobs.find((candidate) => candidate.job_id === job_id);
      if (!job || strangers.has(job.job_id)) return undefined;
      const events = byStream.get(nameOf(streamOfJob(job)))?.events;
      const effect = events?.['*'] ?? events?.[event_type as keyof typeof events];
      if (effect) count(injected, `callback: ${effect.kind}`);
      return effect;
    },
  };
}
