import { ROOM, type VendorJob } from './vendor.js';
import type { Facts } from './world.js';

/* When the workflow could learn of what happened, by what was delivered to it. */

/** Returns how a promise was broken, in sentences. */
export type Invariant = (facts: Facts) => string[];

export const SECOND = 1_000;

/** The longest time between an act of the workflow's and its effect at the vendor, where nothing disturbs it. */
export const PROMPTLY = 10 * SECOND;

/** A stop that comes after the end of a job keeps another one from being started. */
export function lateStopAt({ stopRequests }: Facts): number {
  return Math.min(...stopRequests.map(({ at }) => at));
}

/** When the first stop was sent that the workflow accepted; Infinity where there is none. */
export function stopAcceptedAt({ stopRequests }: Facts): number {
  return Math.min(...stopRequests.filter(({ accepted }) => accepted).map(({ at }) => at));
}

/** When the end was requested because the list of users had lost the user; Infinity where it was not. */
export function absenceStopAt({ status, participantPolls }: Facts): number {
  if (status?.stopRequestedBy !== 'absence') return Infinity;
  return (
    participantPolls.findLast(({ until, outcome }) => until === 'absent' && outcome === 'reached')?.at ?? Infinity
  );
}

/** When the end was first requested by a stop, a cancel, or for the user's absence. */
export function endRequestedAt(facts: Facts): number {
  return Math.min(stopAcceptedAt(facts), facts.cancelledAt ?? Infinity, absenceStopAt(facts));
}

/** When the workflow learned of a job: by the acknowledged start, or by an event that names the job. */
export function learnedAt(facts: Facts, job: VendorJob): number {
  const acknowledgedAt = facts.acknowledged.get(job.jobId) ?? Infinity;
  const eventAt = facts.events.find(({ event }) => jobOf(facts, event) === job)?.at ?? Infinity;
  return Math.min(acknowledgedAt, eventAt);
}

export function jobOf(
  { jobs }: Facts,
  event: { jobId?: string; streamName?: string; roomId?: string },
): VendorJob | undefined {
  if (event.roomId !== ROOM) return undefined;
  return jobs.find(({ jobId, streamName }) => event.jobId === jobId || event.streamName === streamName);
}

/** When the workflow learned that a job has ended: by an event, by a poll, or by the response to its start. */
export function endLearnedAt({ events, polls, ...facts }: Facts, job: VendorJob): number {
  const isOver = (type = '') => type.endsWith('_OVER');
  const by = events.find(({ event }) => isOver(event.eventType) && jobOf({ events, polls, ...facts }, event) === job);
  const poll = polls.find(({ jobId, state }) => jobId === job.jobId && state === 'STOPPED');
  const acknowledgedAt = facts.acknowledged.get(job.jobId) ?? Infinity;
  const startedAsEnded = acknowledgedAt >= (job.stoppedAt ?? Infinity) ? acknowledgedAt : Infinity;
  return Math.min(by?.at ?? Infinity, poll?.at ?? Infinity, startedAsEnded);
}

/** Nothing failed, and there are no jobs but ours: callbacks may be lost, and the worker may forget. */
export function hasOnlyLostCallbacks({ plan, faults }: Facts): boolean {
  const { acts, outages, suggestAfter } = plan;
  const isMessage = acts.some(
    ({ does }) => does === 'message' || does === 'foreignJob' || does === 'eventOfEarlierJob',
  );
  return faults.size === 0 && outages.length === 0 && suggestAfter === undefined && !isMessage;
}
