import { NOT_FOUND_IS_GONE } from '../../src/contract/activityTypes.js';
import { FailureType, isFailureType, StepFailure } from '../../src/contract/failures.js';
import { ROOM, USER, type VendorFile, type VendorJob } from './vendor.js';
import { T0, type Facts } from './world.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The longest time between an act of the workflow's and its effect at the vendor, where nothing disturbs it. */
const PROMPTLY = 10 * SECOND;

/** How long the job of an ambiguous start is looked for before the start is tried again or given up. */
const START_DEADLINE = 15 * MINUTE;

/** The least time for which a job is looked for after a start whose response was lost, and the time before an end. */
const SEARCH = 5 * SECOND;
const LAST_SEARCH = 25 * SECOND;

/** An unanswered start may still create a job for so long. */
const LATE_EFFECT = 60 * SECOND;

type Invariant = (facts: Facts) => string[];

/** Every promise as far as a workflow can break it; returns what was broken, in sentences. */
export function violations(facts: Facts): string[] {
  if (facts.error) return [`a workflow task failed: ${facts.error.message}`];
  return [
    ...alwaysEnds(facts),
    ...endsInTime(facts),
    ...oneJobOnPurpose(facts),
    ...searchesForTheJob(facts),
    ...startsNothingAfterAStop(facts),
    ...noJobLeftRunning(facts),
    ...foreignJobsAreLeftAlone(facts),
    ...stopsWhenAsked(facts),
    ...failsForAReason(facts),
    ...resultMatchesBucket(facts),
    ...outcomeIsTrue(facts),
    ...statusIsTrue(facts),
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
  const listings = (faults.get('listRecordingFiles') ?? 0) * 11 * MINUTE;
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
  const { starts, polls, closedAt } = facts;
  return starts.flatMap(({ lost }, nth) => {
    if (!lost) return [];
    const next = starts[nth + 1]?.at ?? Infinity;
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
 * Where the vendor itself says that a running job has ended, no one can know better: three polls in a row that say "not
 * found"; a job that the credentials may not read.
 */
function isExcused(facts: Facts): boolean {
  const rejections = ['authenticationFailed', 'permissionDenied'];
  return isDenied(facts) || countFaults(facts, 'getIndividualStreamJob', rejections) > 0;
}

/** The vendor has said three times that it does not know a job. */
function isDenied(facts: Facts): boolean {
  return ['getIndividualStreamJob', 'pollIndividualStreamJob'].some(
    (activity) => countFaults(facts, activity, ['notFound']) >= NOT_FOUND_IS_GONE,
  );
}

function countFaults({ plan }: Facts, activity: string, kinds: string[]): number {
  return plan.faults.filter((fault) => fault.activity === activity && kinds.includes(fault.kind)).length;
}

/** Only a job of our room and user that began while one of our starts was unanswered may be taken for ours. */
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
      ...(stops.some((stop) => stop.jobId === jobId) ? [`the job of somebody else was stopped: ${jobId}`] : []),
      ...(result?.jobId === jobId ? [`the job of somebody else was taken for ours: ${jobId}`] : []),
    ]);

/** A stop or the longest duration ends a job that is known, promptly where nothing disturbs it. */
const stopsWhenAsked: Invariant = (facts) => {
  const { plan, jobs, closedAt, disturbedUntil } = facts;
  const main = jobs.find(({ ours, jobId }) => ours && facts.acknowledged.has(jobId));
  if (!main || isDenied(facts)) return [];
  const since = facts.acknowledged.get(main.jobId) ?? Infinity;
  const asked = Math.min(endRequestedAt(facts), since + plan.input.maxDuration);
  const from = Math.max(asked, since, disturbedUntil, main.createdAt + plan.initDelay);
  const running = Math.min(main.stoppedAt ?? Infinity, closedAt) - from;
  return running > PROMPTLY ? [`${main.jobId} ran on for ${running} ms after it was to be stopped`] : [];
};

const failsForAReason: Invariant = (facts) => {
  const { closed, closedAt, injected, starts, plan, jobs, cancelledAt } = facts;
  if (closed?.kind === 'cancelled')
    return cancelledAt === undefined ? ['it ended as cancelled, and no one had cancelled it'] : [];
  if (closed?.kind !== 'failed') return [];
  const { type, message } = closed;
  if (!isFailureType(type)) return [`it failed with the type "${type}", which is none of the contract's: ${message}`];
  const reasons: string[] = [...injected];
  if (starts.some(({ acknowledged }) => !acknowledged)) reasons.push(FailureType.JobStartUnknown);
  if (injected.has(StepFailure.JobRunning)) reasons.push(FailureType.JobRejected);
  if (injected.has(StepFailure.NotFound)) reasons.push(FailureType.JobRejected);
  if (plan.publisher.comesAfter > plan.input.maxIdleTime * SECOND) reasons.push(FailureType.JobStartTimedOut);
  if (reasons.includes(FailureType.VendorUnavailable)) reasons.push(FailureType.JobRejected, FailureType.ListingFailed);
  const broken = reasons.includes(type) ? [] : [`it failed without a cause in the plan: ${type}: ${message}`];
  const acknowledged = jobs.some(
    (job) => job.ours && job.files > 0 && starts.some((start) => start.jobId === job.jobId && start.acknowledged),
  );
  const hidesFiles = acknowledged && type !== FailureType.ListingFailed && type !== FailureType.JobStartTimedOut;
  const heardOf = jobs.filter((job) => job.ours && learnedAt(facts, job) < closedAt - MINUTE);
  if (type === FailureType.JobStartUnknown && heardOf.length > 0 && !isDisturbed(facts))
    broken.push(`it failed with ${type} although it had heard of ${heardOf[0]?.jobId}`);
  const isRejected = injected.has(FailureType.AuthenticationFailed) || injected.has(FailureType.PermissionDenied);
  return hidesFiles && !isRejected ? [...broken, `it failed with ${type} although files were recorded`] : broken;
};

/** Exactly the files that the bucket showed, and each announced one that is missing is named. */
const resultMatchesBucket: Invariant = (facts) => {
  const { plan, result, files, events, listings, jobs, closedAt } = facts;
  if (!result) return [];
  const broken: string[] = [];
  const named = new Set(result.files.map(({ object }) => object));
  for (const file of result.files) {
    const real = files.find(({ object }) => object === file.object);
    if (!real || real.listedFrom > closedAt) broken.push(`the result names ${file.object}, which is not in the bucket`);
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
  const wasTold = job && polls.some((poll) => poll.jobId === job.jobId && poll.state === 'STOPPED');
  if (brokenOff && wasTold && outcome !== 'partial')
    broken.push(`the vendor broke ${job.jobId} off, but the outcome is ${outcome}`);
  if (brokenOff && !wasTold && outcome !== 'partial' && !isDisturbed(facts)) {
    broken.push(`no one asked why ${job.jobId} ended: it was INTERNAL_ERROR`);
  }
  const begun = events.some(({ event }) => event.eventType === 'RECORD_NEW_FILE_START');
  const promised = events.some(
    ({ event, at }) =>
      at < closedAt - PROMPTLY &&
      jobOf(facts, event)?.jobId === job?.jobId &&
      event.eventType === 'RECORD_NEW_FILE_START',
  );
  if (job && promised && fileCount === 0 && outcome === 'empty')
    broken.push('a file was begun and none is there, but the outcome is empty');
  const missing = announced(facts, { surely: false }).some(
    ({ object }) => !result.files.some((file) => file.object === object),
  );
  if (outcome === 'partial' && !brokenOff && !missing && !(begun && fileCount === 0))
    broken.push('partial, but nothing is missing');
  if (job && job.stopReason !== result.stopReason && wasTold)
    broken.push(`the stop reason is ${job.stopReason}, not ${result.stopReason}`);
  if (endedBy === 'stop' && stopRequests.length === 0) broken.push('ended by a stop that no one asked for');
  const asked = stopAcceptedAt(facts);
  if (asked < Math.min(job?.stoppedAt ?? closedAt, T0 + plan.input.maxDuration) - SECOND && endedBy !== 'stop')
    broken.push(`ended by a stop, and the result says ${endedBy}`);
  if (endedBy === 'maxDuration' && closedAt - T0 < plan.input.maxDuration)
    broken.push('ended by maxDuration before that had passed');
  return broken;
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

/** When the first stop was sent that the workflow accepted; Infinity where there is none. */
function stopAcceptedAt({ stopRequests }: Facts): number {
  return Math.min(...stopRequests.filter(({ accepted }) => accepted).map(({ at }) => at));
}

/** When the first such stop, or the cancel, was sent. */
function endRequestedAt(facts: Facts): number {
  return Math.min(stopAcceptedAt(facts), facts.cancelledAt ?? Infinity);
}

/** When the workflow learned of a job: by the acknowledged start, or by an event that names the job. */
function learnedAt(facts: Facts, job: VendorJob): number {
  const acknowledgedAt = facts.acknowledged.get(job.jobId) ?? Infinity;
  const eventAt = facts.events.find(({ event }) => jobOf(facts, event) === job)?.at ?? Infinity;
  return Math.min(acknowledgedAt, eventAt);
}

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

function jobOf(
  { jobs }: Facts,
  event: { jobId?: string; streamName?: string; roomId?: string },
): VendorJob | undefined {
  if (event.roomId !== ROOM) return undefined;
  return jobs.find(({ jobId, streamName }) => event.jobId === jobId || event.streamName === streamName);
}

function isDisturbed({ plan }: Facts): boolean {
  return plan.outages.length > 0 || plan.faults.some(({ activity }) => /(get|poll)IndividualStreamJob/.test(activity));
}
