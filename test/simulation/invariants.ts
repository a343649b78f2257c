import { NOT_FOUND_LIMIT } from '../../src/contract/activityTypes.js';
import { FailureType, isFailureType, StepFailure } from '../../src/contract/failures.js';
import { without, type Interval } from '../support/intervals.js';
import {
  absenceStopAt,
  endLearnedAt,
  endRequestedAt,
  hasOnlyLostCallbacks,
  jobOf,
  lateStopAt,
  learnedAt,
  PROMPTLY,
  SECOND,
  stopAcceptedAt,
  type Invariant,
} from './knowledge.js';
import { USER, type VendorFile, type VendorJob } from './vendor.js';
import { participantViolations } from './participantInvariants.js';
import { T0, type Facts } from './world.js';

const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Without an end event the job is polled so long after a complete file. */
const AFTER_FILE = 10 * SECOND;

/** How long the job of an ambiguous start is looked for before the start is tried again or given up. */
const START_DEADLINE = 15 * MINUTE;

/** The least time for which a job is looked for after a start whose response was lost, and the time before an end. */
const SEARCH = 5 * SECOND;
const LAST_SEARCH = 25 * SECOND;

/** A start whose response was lost may still create a job for so long. */
const LATE_EFFECT = 60 * SECOND;

/** Every promise as far as a workflow can break it; returns what was broken, in sentences. */
export function violations(facts: Facts): string[] {
  if (facts.error) return [`a workflow task failed: ${facts.error.message}`];
  return [
    ...alwaysEnds(facts),
    ...endsInTime(facts),
    ...pollsFindTheEnd(facts),
    ...oneJobOnPurpose(facts),
    ...searchesForTheJob(facts),
    ...startsNothingAfterAStop(facts),
    ...noJobLeftRunning(facts),
    ...foreignJobsAreLeftAlone(facts),
    ...stopsWhenAsked(facts),
    ...stopsOnlyWhenAsked(facts),
    ...failsForAReason(facts),
    ...resultMatchesBucket(facts),
    ...mediaIsTrue(facts),
    ...outcomeIsTrue(facts),
    ...continuesBrokenJobs(facts),
    ...partsAreTrue(facts),
    ...lossIsInTheGaps(facts),
    ...statusIsTrue(facts),
    ...participantViolations(facts),
  ];
}

const alwaysEnds: Invariant = ({ closed }) => (closed ? [] : ['the recording never ended']);

/** The bounds that the input sets, with time for what the plan disturbs. */
const endsInTime: Invariant = (facts) => {
  const { plan, closedAt, faults, jobs, injected } = facts;
  const { waitForParticipant, maxDuration, reconcileInterval, settleTimeout, maxIdleTime } = plan.input;
  const outages = plan.outages.reduce((sum, { lasts }) => sum + lasts + MINUTE, 0);
  // One attempt that hangs takes a minute, and ten of a listing.
  const disturbed = [...faults.values()].reduce((sum, count) => sum + count, 0) * 2 * MINUTE + outages;
  const listings = ((faults.get('listRecordingFiles') ?? 0) + (faults.get('inspectMedia') ?? 0)) * 11 * MINUTE;
  const starting = faults.has('startIndividualStreamJob') ? START_DEADLINE + 2 * MINUTE : MINUTE;
  const slack = disturbed + listings + starting + (injected.size > 0 ? HOUR : 0);
  const asked = endRequestedAt(facts);
  const waiting = waitForParticipant ? Math.min(maxDuration, Math.max(0, asked - T0)) : 0;
  // Someone else's job of the same user that began while a start was open cannot be distinguished from ours.
  const recorded = jobs.filter(({ ours, jobId }) => ours || jobId === facts.result?.jobId);
  const begun = Math.min(...recorded.map(({ createdAt }) => createdAt));
  const over = Math.max(...recorded.flatMap(({ stoppedAt }) => (stoppedAt === undefined ? [] : [stoppedAt])));
  const recording = over > 0 ? Math.min(maxDuration, over - begun) : maxDuration;
  // Without a callback the end is learned by the next poll, or by the one after an idle limit.
  const learning = Math.max(reconcileInterval, maxIdleTime * SECOND) + 3 * MINUTE;
  const limit = waiting + recording + learning + settleTimeout + MINUTE + slack;
  return closedAt - T0 <= limit
    ? []
    : [`it ended after ${closedAt - T0} ms, later than the ${limit} ms that the input allows`];
};

/**
 * Without an end event the job is polled 10 s after its last complete file, then after pauses that double, and
 * regularly; not more often than that.
 */
const pollsFindTheEnd: Invariant = (facts) => {
  const { plan, jobs, acknowledged, events } = facts;
  const job = jobs.find(({ ours, jobId }) => ours && acknowledged.has(jobId));
  const stoppedAt = job?.stoppedAt;
  if (!job || stoppedAt === undefined || !plan.noEndEvent || !isUntroubled(facts)) return [];
  const since = acknowledged.get(job.jobId) ?? 0;
  const { reconcileInterval, maxDuration } = plan.input;
  const fileEvents = events.filter(({ event }) => jobOf(facts, event) === job);
  const last = fileEvents.at(-1);
  if (last?.event.eventType !== 'RECORD_FILE_COMPLETE') return [];
  const passed = stoppedAt - last.at;
  const regularlyDue = Math.max(stoppedAt, last.at) + reconcileInterval;
  // A job that broke off never completes the file it had begun, and that file's start ends the early polls.
  const due = hasUnfinishedFile(fileEvents)
    ? regularlyDue
    : Math.min(last.at + Math.max(AFTER_FILE, 2 * passed), regularlyDue);
  if (due + PROMPTLY > since + maxDuration) return [];
  const polls = facts.polls.filter(({ jobId }) => jobId === job.jobId);
  const nth = polls.findIndex(({ state }) => state === 'STOPPED');
  const foundAt = polls[nth]?.at ?? Infinity;
  if (foundAt > due + PROMPTLY)
    return [
      `the end of ${job.jobId} was found ${foundAt - stoppedAt} ms after it, and was due by ${due - stoppedAt} ms`,
    ];
  // Of several complete files in a row each may be the last one that was open.
  const extra = fileEvents.map(({ event, at }, index) => {
    if (event.eventType !== 'RECORD_FILE_COMPLETE' || fileEvents[index - 1]?.event.eventType === event.eventType)
      return 0;
    const next = fileEvents.slice(index).find((later) => later.event.eventType !== event.eventType);
    return pollsWithin((next?.at ?? foundAt) - at);
  });
  const regular = Math.floor((foundAt - since) / reconcileInterval) + 1;
  const most = extra.reduce((sum, count) => sum + count, regular);
  return nth + 1 > most ? [`${nth + 1} polls found the end of ${job.jobId}, where ${most} are enough`] : [];
};

function hasUnfinishedFile(fileEvents: Facts['events']): boolean {
  const begun = fileEvents.filter(({ event }) => event.eventType === 'RECORD_NEW_FILE_START').length;
  return begun > fileEvents.filter(({ event }) => event.eventType === 'RECORD_FILE_COMPLETE').length;
}

/** How many polls with doubling pauses fit into a time after a complete file. */
function pollsWithin(time: number): number {
  return time < AFTER_FILE ? 0 : Math.floor(Math.log2(time / AFTER_FILE)) + 1;
}

/** Nothing failed, every callback came in time, and no one ended the recording. */
function isUntroubled(facts: Facts): boolean {
  const { plan, faults } = facts;
  return (
    faults.size === 0 &&
    !plan.callbacks.some(({ effect }) => effect === 'lost' || effect === 'late' || effect === 'twice') &&
    plan.suggestAfter === undefined &&
    endRequestedAt(facts) === Infinity
  );
}

/** A start while the workflow knows of a job of ours that is running would make two on purpose. */
const oneJobOnPurpose: Invariant = (facts) =>
  (isExcused(facts) ? [] : facts.starts).flatMap(({ at }) => {
    const known = facts.jobs.filter(
      (job) =>
        job.ours && job.createdAt < at && (job.stoppedAt ?? Infinity) > at && learnedAt(facts, job) < at - PROMPTLY,
    );
    return known.map(({ jobId }) => `another start was sent although ${jobId} was known and running`);
  });

/** After a start whose response is lost, its job is looked for: before another start, and before the end. */
const searchesForTheJob: Invariant = (facts) => {
  const { starts, polls, closedAt, jobs } = facts;
  return starts.flatMap(({ at, lost, jobId }, nth) => {
    if (!lost) return [];
    const next = starts[nth + 1]?.at ?? Infinity;
    // Its job, or that of another lost start, was found since and has broken off. A further one is stopped when it
    // comes.
    const hasBrokenOff = (job: VendorJob) => (job.stoppedAt ?? Infinity) < next && learnedAt(facts, job) < next;
    const found = (job: VendorJob) => job.jobId === jobId || (job.ours && learnedAt(facts, job) > at);
    if (jobs.some((job) => found(job) && hasBrokenOff(job))) return [];
    if (next < lost.at + SEARCH)
      return [`another start was sent ${next - lost.at} ms after one whose response was lost`];
    if (next < Infinity || polls.some(({ at }) => at > lost.at)) return [];
    const search = endRequestedAt(facts) < lost.at + SEARCH ? LAST_SEARCH : SEARCH;
    return closedAt < lost.at + search
      ? [`it ended ${closedAt - lost.at} ms after a start whose response was lost, without a search for its job`]
      : [];
  });
};

const startsNothingAfterAStop: Invariant = (facts) => {
  const asked = endRequestedAt(facts);
  return facts.starts
    .filter(({ at }) => at > asked + SECOND)
    .map(({ at }) => `a start was sent ${at - asked} ms after a stop or a cancel`);
};

const noJobLeftRunning: Invariant = (facts) => {
  const { jobs, runningAtEnd, closedAt, starts } = facts;
  const left = jobs.filter((job) => job.ours && runningAtEnd.includes(job.jobId));
  const isStarting = ({ jobId }: VendorJob) =>
    starts.some((start) => start.jobId === jobId && start.respondsAt !== undefined && !start.acknowledged);
  return left.flatMap((job) => {
    if (isStarting(job)) return [`${job.jobId} was left running: no one waited for the response of its start`];
    if (learnedAt(facts, job) >= closedAt || isExcused(facts)) return [];
    return [`${job.jobId} was left running, although the recording had heard of it`];
  });
};

/**
 * Where the vendor itself reports that a running job has ended, no one can know better: three polls in a row that
 * respond "not found"; a job that the credentials may not read.
 */
function isExcused(facts: Facts): boolean {
  const rejections = ['authenticationFailed', 'permissionDenied'];
  return isDenied(facts) || countFaults(facts, 'getIndividualStreamJob', rejections) > 0;
}

/** The vendor has said three times that it does not know a job. */
function isDenied(facts: Facts): boolean {
  return ['getIndividualStreamJob', 'pollIndividualStreamJob'].some(
    (activity) => countFaults(facts, activity, ['notFound']) >= NOT_FOUND_LIMIT,
  );
}

function countFaults({ plan }: Facts, activity: string, kinds: string[]): number {
  return plan.faults.filter((fault) => fault.activity === activity && kinds.includes(fault.kind)).length;
}

/** Only a job of our room and user that was created while a start of ours had no response may be taken for ours. */
const foreignJobsAreLeftAlone: Invariant = ({ jobs, stops, starts, result }) =>
  jobs
    .filter(({ ours }) => !ours)
    .filter(
      ({ userId, createdAt }) =>
        userId !== USER ||
        !starts.some(
          ({ at, acknowledged, lost }) =>
            !acknowledged &&
            createdAt >= at - SECOND &&
            createdAt <= (lost && !lost.mayTakeEffectLater ? lost.at : at + 2 * LATE_EFFECT) + SECOND,
        ),
    )
    .flatMap(({ jobId }) => [
      ...(stops.some((stop) => stop.jobId === jobId) ? [`someone else's job was stopped: ${jobId}`] : []),
      ...(result?.jobId === jobId ? [`someone else's job was taken for ours: ${jobId}`] : []),
    ]);

/** A stop or the longest duration ends a job that is known, promptly where nothing disturbs it. */
const stopsWhenAsked: Invariant = (facts) => {
  const { plan, jobs, closedAt, disturbedUntil } = facts;
  const acknowledged = jobs.filter(({ ours, jobId }) => ours && facts.acknowledged.has(jobId));
  const [first] = acknowledged;
  if (!first || isDenied(facts)) return [];
  const maxDurationAt = (facts.acknowledged.get(first.jobId) ?? Infinity) + plan.input.maxDuration;
  const asked = Math.min(endRequestedAt(facts), maxDurationAt);
  return acknowledged.flatMap(({ jobId, createdAt, stoppedAt = Infinity }) => {
    const since = facts.acknowledged.get(jobId) ?? Infinity;
    const from = Math.max(asked, since, disturbedUntil, createdAt + plan.initDelay);
    const running = Math.min(stoppedAt, closedAt) - from;
    return running > PROMPTLY ? [`${jobId} ran on for ${running} ms after it was to be stopped`] : [];
  });
};

/** A job that waits in a busy room, however long, is stopped by a stop, a cancel or `maxDuration` only. */
const stopsOnlyWhenAsked: Invariant = (facts) => {
  const { plan, jobs, result, starts } = facts;
  const job = jobs.find(({ jobId }) => jobId === result?.jobId);
  if (job?.stopReason !== 'TENANT_STOP' || job.stoppedAt === undefined || isExcused(facts)) return [];
  const startedAt = starts[0]?.at ?? T0;
  // Someone else's job that was taken for ours may be older.
  const since = job.ours ? startedAt : Math.min(startedAt, job.createdAt);
  const due = Math.min(endRequestedAt(facts), since + plan.input.maxDuration);
  return job.stoppedAt < due ? [`${job.jobId} was stopped ${due - job.stoppedAt} ms before anyone wanted it`] : [];
};

const failsForAReason: Invariant = (facts) => {
  const { closed, closedAt, injected, starts, jobs, cancelledAt } = facts;
  if (closed?.kind === 'cancelled')
    return cancelledAt === undefined ? ['it ended as cancelled, and no one had cancelled it'] : [];
  if (closed?.kind !== 'failed') return [];
  const { type, message } = closed;
  if (!isFailureType(type)) return [`it failed with the type "${type}", which is none of the contract's: ${message}`];
  const reasons: string[] = [...injected];
  if (starts.some(({ acknowledged }) => !acknowledged)) reasons.push(FailureType.JobStartUnknown);
  if (injected.has(StepFailure.JobRunning)) reasons.push(FailureType.JobRejected);
  if (injected.has(StepFailure.NotFound)) reasons.push(FailureType.JobRejected);
  if (reasons.includes(FailureType.VendorUnavailable)) reasons.push(FailureType.JobRejected);
  const preventListings = [
    FailureType.VendorUnavailable,
    FailureType.AuthenticationFailed,
    FailureType.PermissionDenied,
  ];
  if (preventListings.some((reason) => reasons.includes(reason))) reasons.push(FailureType.ListingFailed);
  const broken = reasons.includes(type) ? [] : [`it failed without a cause in the plan: ${type}: ${message}`];
  const acknowledged = jobs.some(
    (job) => job.ours && job.files > 0 && starts.some((start) => start.jobId === job.jobId && start.acknowledged),
  );
  const hidesFiles = acknowledged && type !== FailureType.ListingFailed;
  const heardOf = jobs.filter((job) => job.ours && learnedAt(facts, job) < closedAt - MINUTE);
  if (type === FailureType.JobStartUnknown && heardOf.length > 0 && !isDisturbed(facts))
    broken.push(`it failed with ${type} although it had heard of ${heardOf[0]?.jobId}`);
  return hidesFiles ? [...broken, `it failed with ${type} although files were recorded`] : broken;
};

/** Exactly the files that the bucket showed, and each announced one that is missing is named. */
const resultMatchesBucket: Invariant = (facts) => {
  const { plan, result, files, events, listings, jobs, closedAt } = facts;
  if (!result) return [];
  const broken: string[] = [];
  const named = new Set(result.files.map(({ object }) => object));
  for (const file of result.files) {
    const real = files.find(({ object }) => object === file.object);
    if (!real || real.listedFrom > closedAt)
      broken.push(`the result names ${file.object}, which is not in the bucket`);
    else if (real.size !== file.size) broken.push(`the result gives ${file.object} a wrong size`);
  }
  const lastListing = listings.at(-1);
  for (const file of files) {
    const job = jobs.find(({ jobId }) => jobId === file.jobId);
    if (!lastListing || !job || file.listedFrom > lastListing.at - SECOND || named.has(file.object)) continue;
    const isOther = job.jobId !== result.jobId;
    if (!isOther || (job.ours && !isExcused(facts) && learnedAt(facts, job) < lastListing.at - PROMPTLY)) {
      broken.push(`the bucket has ${file.object} of a job of ours, and the result does not`);
    }
  }
  for (const { object } of announced(facts, { surely: true })) {
    if (named.has(object)) continue;
    if (!result.warnings.some((warning) => warning.includes(object)))
      broken.push(`${object} was announced, is missing and is not named`);
    const settled = jobs.find(({ jobId }) => jobId === result.jobId)?.stoppedAt ?? 0;
    if (closedAt < settled + plan.input.settleTimeout && !isExcused(facts))
      broken.push(`${object} was announced and is missing, and settleTimeout had not passed`);
    if (result.outcome !== 'partial')
      broken.push(`${object} was announced and is missing, but the outcome is ${result.outcome}`);
  }
  const stoppedAt = jobs.find(({ jobId }) => jobId === result.jobId)?.stoppedAt ?? 0;
  if (hasOpenFile(facts) && closedAt < stoppedAt + plan.input.settleTimeout && !isExcused(facts))
    broken.push('a file was started and is not complete, and settleTimeout had not passed');
  if (result.fileCount !== result.files.length) broken.push('the number of files is not that of the list');
  if (result.totalSize !== result.files.reduce((sum, { size }) => sum + size, 0))
    broken.push('the sum of the sizes is wrong');
  if (new Set(named).size !== result.files.length) broken.push('a file is named twice');
  for (const { duration, object } of result.files) {
    const event = events.find(({ event: one }) => one.obsObject === object && jobOf(facts, one));
    const isOfOurs = files.find((file) => file.object === object)?.jobId === result.jobId;
    if (event && isOfOurs && event.at < closedAt - PROMPTLY && duration !== event.event.recordDuration)
      broken.push(`${object} lacks the announced duration`);
  }
  return broken;
};

/** Every listed file was inspected, and one that cannot be played is waited for and named. */
const mediaIsTrue: Invariant = ({ plan, result, files, closedAt, faults, jobs }) => {
  if (!result) return [];
  const broken: string[] = [];
  const isDisturbed = faults.has('inspectMedia') || plan.outages.length > 0;
  for (const { object, media } of result.files) {
    const playableFrom = files.find((file) => file.object === object)?.playableFrom ?? Infinity;
    if (!media && !isDisturbed) broken.push(`${object} was not inspected`);
    if (!media || media.playable) {
      if (media && playableFrom > closedAt) broken.push(`${object} cannot be played, and the result says it can`);
      continue;
    }
    if (result.outcome !== 'partial') broken.push(`${object} cannot be played, but the outcome is ${result.outcome}`);
    if (!result.warnings.some((warning) => warning.includes(object))) broken.push(`${object} is broken and not named`);
    const settled = jobs.find(({ jobId }) => jobId === result.jobId)?.stoppedAt ?? 0;
    if (playableFrom < settled + plan.input.settleTimeout - MINUTE && playableFrom < closedAt - MINUTE && !isDisturbed)
      broken.push(`${object} can be played since a minute, and the result says it cannot`);
  }
  return broken;
};

/** `recorded`, `partial` and `empty` mean what the contract says. */
const outcomeIsTrue: Invariant = (facts) => {
  const { result, jobs, polls, closedAt, events, stopRequests, plan } = facts;
  if (!result) return [];
  const broken: string[] = [];
  const job = jobs.find(({ jobId }) => jobId === result.jobId);
  const { outcome, fileCount, endedBy } = result;
  if (outcome === 'recorded' && fileCount === 0) broken.push('recorded, but there is no file');
  if (outcome === 'empty' && fileCount > 0) broken.push('empty, but there are files');
  const brokenOff = job?.stopReason === 'INTERNAL_ERROR' && (job.stoppedAt ?? Infinity) < closedAt;
  const brokenParts = result.parts.some(({ stopReason }) => stopReason === 'INTERNAL_ERROR');
  if (brokenParts && outcome !== 'partial') broken.push(`a part broke off, but the outcome is ${outcome}`);
  const wasReported = job && polls.some((poll) => poll.jobId === job.jobId && poll.state === 'STOPPED');
  if (brokenOff && wasReported && outcome !== 'partial')
    broken.push(`the vendor broke ${job.jobId} off, but the outcome is ${outcome}`);
  if (brokenOff && !wasReported && outcome !== 'partial' && !isDisturbed(facts)) {
    broken.push(`no poll read why ${job.jobId} ended: it was INTERNAL_ERROR`);
  }
  const fileStarted = events.some(({ event }) => event.eventType === 'RECORD_NEW_FILE_START');
  const promised = events.some(
    ({ event, at }) =>
      at < closedAt - PROMPTLY &&
      jobOf(facts, event)?.jobId === job?.jobId &&
      event.eventType === 'RECORD_NEW_FILE_START',
  );
  if (job && promised && fileCount === 0 && outcome === 'empty')
    broken.push('a file was started and none is there, but the outcome is empty');
  const missing = announced(facts, { surely: false }).some(
    ({ object }) => !result.files.some((file) => file.object === object),
  );
  const unplayable = result.files.some(({ media }) => media?.playable === false);
  if (
    outcome === 'partial' &&
    !brokenOff &&
    !brokenParts &&
    !missing &&
    !unplayable &&
    !(fileStarted && fileCount === 0)
  )
    broken.push('partial, but nothing is missing');
  if (job && job.stopReason !== result.stopReason && wasReported)
    broken.push(`the stop reason is ${job.stopReason}, not ${result.stopReason}`);
  if (endedBy === 'stop' && stopRequests.length === 0) broken.push('ended by a stop that no one asked for');
  const asked = stopAcceptedAt(facts);
  const otherwise = Math.min(job?.stoppedAt ?? closedAt, T0 + plan.input.maxDuration, absenceStopAt(facts));
  const isEarly = asked < otherwise - SECOND;
  if (isEarly && endedBy !== 'stop' && !isExcused(facts))
    broken.push(`ended by a stop, and the result says ${endedBy}`);
  if (endedBy === 'maxDuration' && closedAt - T0 < plan.input.maxDuration)
    broken.push('ended by maxDuration before that had passed');
  return broken;
};

/** After the n-th job in a row that broke off; the next one follows after this pause. Milliseconds. */
const PAUSES = [0, 5, 15, 45, ...Array<number>(6).fill(120)].map((seconds) => seconds * SECOND);
const LONG_PART = 10 * MINUTE;

/** The pause after each of our jobs; undefined after the last one that is to break off. */
function pauses(jobs: VendorJob[]): (number | undefined)[] {
  let inARow = 0;
  return jobs.map(({ createdAt, stoppedAt = Infinity }) => {
    if (stoppedAt - createdAt >= LONG_PART) inARow = 0;
    return PAUSES[inARow++];
  });
}

/** Another job follows one that broke off, soon after the workflow has learned of it and the pause is over. */
const continuesBrokenJobs: Invariant = (facts) => {
  const { jobs, starts, plan, closedAt, closed } = facts;
  const ours = jobs.filter((job) => job.ours);
  if (!hasOnlyLostCallbacks(facts)) return [];
  const limit = (facts.acknowledged.get(ours[0]?.jobId ?? '') ?? Infinity) + plan.input.maxDuration;
  return ours.flatMap((job, nth) => {
    const next = starts[nth + 1];
    const learned = endLearnedAt(facts, job);
    if (job.stopReason !== 'INTERNAL_ERROR') {
      return next ? [`a job followed ${job.jobId}, which ended by ${job.stopReason}`] : [];
    }
    const pause = pauses(ours)[nth];
    if (pause === undefined) return next ? [`${job.jobId} was one broken job too many, and was followed`] : [];
    const due = learned + pause + NEXT_WITHIN;
    if (next && next.at > due) return [`the job after ${job.jobId} was started ${next.at - due} ms too late`];
    if (next && next.at < learned + pause) return [`the job after ${job.jobId} was started before its pause was over`];
    const isEnding = Math.min(endRequestedAt(facts), limit, lateStopAt(facts)) <= due || closed?.kind === 'cancelled';
    return !next && !isEnding && closedAt > learned ? [`no job followed ${job.jobId}, which broke off`] : [];
  });
};

/** A part for each job that recorded, with the vendor's times, and a gap between two. */
const partsAreTrue: Invariant = (facts) => {
  const { result, status, jobs } = facts;
  if (!result) return [];
  const broken: string[] = [];
  const { parts, gaps, files } = result;
  const real = parts.map(({ jobId }) => jobs.find((job) => job.jobId === jobId));
  if (gaps.length !== Math.max(0, parts.length - 1)) broken.push(`${parts.length} parts, but ${gaps.length} gaps`);
  if (parts.at(-1)?.jobId !== result.jobId) broken.push('the last part is not the job of the result');
  if (new Set(parts.map(({ jobId }) => jobId)).size !== parts.length) broken.push('two parts are of one job');
  parts.forEach(({ jobId, stopReason, fileCount }, nth) => {
    const job = real[nth];
    if (nth < parts.length - 1 && (stopReason !== 'INTERNAL_ERROR' || job?.stopReason !== stopReason))
      broken.push(`${jobId} was followed by another one, and the vendor did not break it off`);
    if (fileCount !== files.filter((file) => file.jobId === jobId).length) broken.push(`wrong files of ${jobId}`);
  });
  gaps.forEach(({ from, to, reason }, nth) => {
    const [earlier, later] = [real[nth], real[nth + 1]];
    if (Date.parse(from) !== earlier?.stoppedAt || Date.parse(to) !== later?.createdAt || reason !== 'INTERNAL_ERROR')
      broken.push(`the gap from ${from} to ${to} (${reason}) is not that of the vendor`);
  });
  for (const { object, jobId } of files) {
    if (facts.files.find((file) => file.object === object)?.jobId !== jobId)
      broken.push(`${object} is not of ${jobId}`);
  }
  if (JSON.stringify([status?.parts, status?.gaps]) !== JSON.stringify([parts, gaps]))
    broken.push('the status has other parts or gaps than the result');
  return broken;
};

/**
 * What of the user's time between the first job and the last is in no file, but for what the vendor threw away as it
 * broke a job off, and for its initialization of each job.
 */
export function lossOf({ jobs, files, live, closedAt, plan }: Facts): Interval[] {
  const ours = jobs.filter((job) => job.ours);
  const from = Math.min(...ours.map(({ createdAt }) => createdAt + plan.initDelay));
  const to = Math.max(...ours.map(({ stoppedAt = closedAt }) => stoppedAt));
  const kept = [
    ...files.filter((file) => ours.some(({ jobId }) => jobId === file.jobId)).map(({ recorded }) => recorded),
    ...ours.flatMap(({ discarded = [] }) => discarded),
    ...ours.map(({ createdAt, stoppedAt = closedAt }) => ({
      from: createdAt,
      to: Math.min(createdAt + plan.initDelay, stoppedAt),
    })),
  ];
  const begun = live.map((stay) => ({ from: Math.max(stay.from, from), to: Math.min(stay.to, to) }));
  return kept.reduce(without, begun).filter((one) => one.to > one.from);
}

/** Each break-off loses at most so much, where its end was reported at once and no pause followed. */
const LOSS = 15 * SECOND;
const NEXT_WITHIN = 5 * SECOND;
const EDGE = 5 * SECOND;

const lossIsInTheGaps: Invariant = (facts) => {
  const { result, jobs } = facts;
  if (!result || !hasOnlyLostCallbacks(facts)) return [];
  const ours = jobs.filter((job) => job.ours);
  return lossOf(facts).flatMap((lost) => {
    const gap = result.gaps.findIndex(
      ({ from, to }) => lost.from >= Date.parse(from) - EDGE && lost.to <= Date.parse(to) + EDGE,
    );
    const what = `${lost.to - lost.from} ms of the user are in no file`;
    if (gap < 0) return [`${what} and in no gap`];
    const job = ours[gap];
    if (!job) return [];
    const unavoidable = endLearnedAt(facts, job) - (job.stoppedAt ?? 0) + (pauses(ours)[gap] ?? 0);
    return lost.to - lost.from > unavoidable + LOSS ? [`${what} after ${job.jobId}, which is too much`] : [];
  });
};

/** The query works after the end and says the same. */
const statusIsTrue: Invariant = ({ status, closed, result }) => {
  if (!closed) return [];
  const phase = { completed: 'completed', failed: 'failed', cancelled: 'cancelled' }[closed.kind];
  const broken: string[] = [];
  if (status?.phase !== phase) broken.push(`the status says ${status?.phase} after the end as ${phase}`);
  if (status?.outcome !== result?.outcome)
    broken.push(`the status says ${status?.outcome}, the result ${result?.outcome}`);
  return broken;
};

/**
 * The files that events have announced. Surely: those of the result's job whose events did not come with the end
 * itself, when they may have been too late.
 */
function announced(facts: Facts, { surely }: { surely: boolean }): VendorFile[] {
  const { events, files, result, closedAt } = facts;
  return files.filter(
    (file) =>
      (!surely || file.jobId === result?.jobId) &&
      events.some(
        ({ event, at }) =>
          event.eventType === 'RECORD_FILE_COMPLETE' &&
          event.obsObject === file.object &&
          jobOf(facts, event) &&
          (!surely || at < closedAt - PROMPTLY),
      ),
  );
}

/** Whether the latest file event of the result's job is a start. */
function hasOpenFile(facts: Facts): boolean {
  const latest = facts.events.findLast(
    ({ event }) => /FILE/.test(event.eventType ?? '') && jobOf(facts, event)?.jobId === facts.result?.jobId,
  );
  return latest?.event.eventType === 'RECORD_NEW_FILE_START' && latest.at < facts.closedAt - PROMPTLY;
}

function isDisturbed({ plan }: Facts): boolean {
  return plan.outages.length > 0 || plan.faults.some(({ activity }) => /(get|poll)IndividualStreamJob/.test(activity));
}
