import type { Interval } from '../support/intervals.js';
import {
  absenceStopAt,
  endLearnedAt,
  endRequestedAt,
  hasOnlyLostCallbacks,
  jobOf,
  PROMPTLY,
  SECOND,
  type Invariant,
} from './knowledge.js';
import type { VendorJob } from './vendor.js';
import { T0, type Facts } from './world.js';

/** How often the list is requested, and the least time between the two requests that have to miss the user. */
const LIST_INTERVAL = 10 * SECOND;

/** With the time that an attempt waits for a worker. */
const NEXT_LIST = LIST_INTERVAL + SECOND;

/** The promises of step 5 and of `stopAfterAbsence`. */
export const participantViolations: Invariant = (facts) => [
  ...startsNotBeforeAReport(facts),
  ...startsSoonAfterAReport(facts),
  ...stopsOnlyTheAbsent(facts),
  ...stopsTheAbsent(facts),
  ...unreadListIsAWarning(facts),
];

/** A signal, an event or the list has to report the user before a job is started. */
const startsNotBeforeAReport: Invariant = ({ plan, starts, joinReports }) => {
  const [first] = starts;
  if (!plan.input.waitForParticipant || !first) return [];
  return joinReports.some(({ at }) => at < first.at) ? [] : ['a start was sent before the user was reported'];
};

/** A report that nothing disturbs leads to a start promptly, and the list reports a user who stays long enough. */
const startsSoonAfterAReport: Invariant = (facts) => {
  const { plan, starts, joinReports, faults } = facts;
  if (!plan.input.waitForParticipant || faults.size > 0 || plan.outages.length > 0) return [];
  const dues = [...joinReports.map(({ at }) => at), ...(isListReadable(facts) ? listReportDues(facts) : [])];
  const due = Math.min(...dues.map((at) => Math.max(at, T0) + PROMPTLY));
  if (Math.min(endRequestedAt(facts), T0 + plan.input.maxDuration) <= due) return [];
  const startedAt = starts[0]?.at ?? Infinity;
  if (startedAt === Infinity) return ['no start was sent although the user had joined'];
  return startedAt > due ? [`the start was sent ${startedAt - due} ms too late after the user had joined`] : [];
};

/** When each stay is in the list for the next request at the latest, as far as it is still in it then. */
function listReportDues(facts: Facts): number[] {
  return listed(facts).flatMap(({ from, to }) => {
    const due = Math.max(from, T0 + PROMPTLY) + NEXT_LIST;
    return due < to ? [due] : [];
  });
}

/**
 * A job is stopped for the user's absence only if events report no open file for so long, and two requests at least
 * 10 s apart have not found the user, with none between or after them that has.
 */
const stopsOnlyTheAbsent: Invariant = (facts) => {
  const { plan, result, status, jobs, events, userLists } = facts;
  const { stopAfterAbsence } = plan.input;
  const at = absenceStopAt(facts);
  if (at === Infinity) {
    const isStopped = result?.endedBy === 'absence' || status?.stopRequestedBy === 'absence';
    return isStopped ? ['stopped for an absence that no poll of the list has found'] : [];
  }
  if (stopAfterAbsence === undefined) return ['stopped for an absence that was not to matter'];
  const broken = result && result.endedBy !== 'absence' ? [`ended by absence, not by ${result.endedBy}`] : [];

  const job = jobs.find(({ jobId }) => jobId === status?.jobId);
  if (!job) return [...broken, 'stopped for an absence without a job'];
  const last = events.findLast(
    ({ event, at: deliveredAt }) =>
      deliveredAt <= at && /FILE/.test(event.eventType ?? '') && jobOf(facts, event) === job,
  );
  if (last?.event.eventType === 'RECORD_NEW_FILE_START') broken.push(`${job.jobId} was stopped during an open file`);
  const silence = at - (last?.at ?? job.createdAt - SECOND);
  if (silence < stopAfterAbsence) broken.push(`${job.jobId} was stopped after ${silence} ms without a file`);

  const responses = userLists.filter((list) => list.until === 'absent' && list.at <= at && isRead(list));
  const present = responses.findLastIndex(({ response }) => response === 'online');
  const absent = responses.slice(present + 1);
  const between = (absent.at(-1)?.at ?? 0) - (absent[0]?.at ?? 0);
  if (between < LIST_INTERVAL)
    broken.push(`${job.jobId} was stopped by ${absent.length} lists without the user within ${between} ms`);
  return broken;
};

/** A job whose user has left is stopped, promptly where nothing disturbs it. */
const stopsTheAbsent: Invariant = (facts) => {
  const { plan, jobs, acknowledged, closedAt } = facts;
  const { stopAfterAbsence } = plan.input;
  if (stopAfterAbsence === undefined || !hasOnlyLostCallbacks(facts) || !isListReadable(facts)) return [];
  return jobs.flatMap((job) => {
    const since = acknowledged.get(job.jobId);
    if (!job.ours || since === undefined) return [];
    return silences(facts, job, since).flatMap((silence) =>
      absences(facts).flatMap((absence) => {
        const from = Math.max(silence.from + stopAfterAbsence, absence.from, job.createdAt + plan.initDelay);
        const due = from + 2 * NEXT_LIST + PROMPTLY;
        const until = Math.min(silence.to, absence.to, job.stoppedAt ?? closedAt, closedAt);
        return due < until ? [`${job.jobId} ran on for ${until - due} ms after its user had left`] : [];
      }),
    );
  });
};

const WARNINGS = {
  present: { rejected: 'The list of users does not report the participant', unavailable: 'never reported' },
  absent: { rejected: 'stopAfterAbsence has no effect', unavailable: 'stopAfterAbsence had no effect for a while' },
};

/** A list that cannot be read is a warning; one that is rejected is not requested again for the same purpose. */
const unreadListIsAWarning: Invariant = (facts) =>
  facts.participantPolls.flatMap(({ at, until, outcome }) => {
    if (outcome === 'reached' || !isUndisturbedAt(facts, at)) return [];
    const { result, userLists } = facts;
    const warning = WARNINGS[until][outcome];
    const isNamed = result?.warnings.some((one) => one.includes(warning)) ?? true;
    const isRequested = userLists.some((list) => list.until === until && list.at > at);
    return [
      ...(isNamed ? [] : [`the list of users was ${outcome}, and no warning names it`]),
      ...(outcome === 'rejected' && isRequested ? ['the list of users was requested again after a rejection'] : []),
    ];
  });

/** Nothing could have cancelled a poll that completed then. */
function isUndisturbedAt(facts: Facts, time: number): boolean {
  const { plan, joinReports, events, stopRequests, jobs, acknowledged, cancelledAt = Infinity, closedAt } = facts;
  const limits = [T0, ...acknowledged.values()].map((since) => since + plan.input.maxDuration);
  const messages = [...joinReports, ...events, ...stopRequests].map(({ at }) => at);
  const ends = [...jobs.map((job) => endLearnedAt(facts, job)), ...limits, cancelledAt, closedAt];
  const isFar = [...messages, ...ends].every((at) => Math.abs(at - time) > PROMPTLY);
  return isFar && plan.suggestAfter === undefined;
}

/** Every request for the list was responded to with one. */
function isListReadable({ userLists, participantFaults }: Facts): boolean {
  return participantFaults === 0 && userLists.every(isRead);
}

function isRead({ response }: Facts['userLists'][number]): boolean {
  return response === 'online' || response === 'offline';
}

/** When the list has the user as online. */
function listed({ present, plan }: Facts): Interval[] {
  return present.map(({ from, to }) => ({ from: from + plan.userList.delay, to: to + plan.userList.delay }));
}

/** When it has not. */
function absences(facts: Facts): Interval[] {
  const stays = listed(facts);
  return [{ to: -Infinity }, ...stays].map(({ to }, nth) => ({ from: to, to: stays[nth]?.from ?? Infinity }));
}

/** When no file of the job is open by its events, each time until the next event of a file. */
function silences(facts: Facts, job: VendorJob, since: number): Interval[] {
  const fileEvents = facts.events.filter(
    ({ event }) => /FILE/.test(event.eventType ?? '') && jobOf(facts, event) === job,
  );
  const marks = fileEvents.map(({ at, event }) => ({ at, isComplete: event.eventType === 'RECORD_FILE_COMPLETE' }));
  if (!marks[0] || marks[0].at > since) marks.unshift({ at: since, isComplete: true });
  return marks.flatMap(({ at, isComplete }, nth) =>
    isComplete ? [{ from: at, to: marks[nth + 1]?.at ?? Infinity }] : [],
  );
}
