import { lengthOf, union, within, without, type Interval } from '../../support/intervals.js';
import type { CellFacts, RecordingFacts } from './facts.js';

/** The vendor's times of a gap are whole seconds, and a job takes a moment before it records. */
const EDGE = 5_000;

/** What of the user's time a recording holds that the vendor broke off, and that another job continued. */
export interface Coverage {
  /** Milliseconds for which the user was live, from the first file until the last job's end. */
  live: number;
  /** What of it is in no file, for each gap of the result. */
  lost: Interval[][];
  /** What of it is in no file and in no gap. */
  unexplained: Interval[];
}

/**
 * The user's seconds that are in no file of the result. A file that the vendor discarded as it broke the job off is
 * not ours to save, and counts as one; the time that it takes to initialize the next job counts as lost.
 */
export function coverageOf(
  { sessions, recordedFiles, jobs }: Pick<CellFacts, 'sessions' | 'recordedFiles' | 'jobs'>,
  { plan, end }: Pick<RecordingFacts, 'plan' | 'end'>,
): Coverage {
  if (end.kind !== 'completed' || end.result.gaps.length === 0) return { live: 0, lost: [], unexplained: [] };
  const { parts, gaps, files } = end.result;
  const named = new Set(files.map(({ object }) => object));
  const partJobs = jobs.filter(({ job_id }) => parts.some(({ jobId }) => jobId === job_id));
  const recorded = recordedFiles.filter(({ streamName }) => partJobs.some((job) => job.stream_name === streamName));
  const discarded = recorded.filter(({ key }) => key === undefined);
  const kept = recordedFiles.filter(({ key }) => key !== undefined && named.has(key));

  const stays = sessions
    .filter(({ roomId, userId }) => roomId === plan.roomId && userId === plan.userId)
    .map(({ joinedAt, leftAt = Infinity }) => ({ from: joinedAt, to: leftAt }));
  const live = within(union(stays), {
    from: Math.min(...recorded.map(({ from }) => from)),
    to: Math.max(...recorded.map(({ to }) => to), ...partJobs.map(({ stop_time }) => Date.parse(stop_time))),
  });
  const all = [...kept, ...discarded].reduce<Interval[]>(without, live);
  const gapOf = ({ from, to }: Interval) =>
    gaps.findIndex((gap) => from >= Date.parse(gap.from) - EDGE && to <= Date.parse(gap.to) + EDGE);
  return {
    live: lengthOf(live),
    lost: gaps.map((_, nth) => all.filter((one) => gapOf(one) === nth)),
    unexplained: all.filter((one) => gapOf(one) < 0),
  };
}
