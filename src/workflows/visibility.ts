import type { SearchAttributeUpdatePair } from '@temporalio/common';
import { metricMeter, setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { cut, RESULT_LIMITS } from '../contract/limits.js';
import { toMarkdown } from '../contract/details.js';
import { JOB_ENDS_METRIC, RECORDINGS_METRIC } from '../contract/metrics.js';
import { present } from '../contract/present.js';
import { RECORDING_JOB_ID, RECORDING_OUTCOME, RECORDING_PHASE } from '../contract/searchAttributes.js';
import type { Phase, RecordingStatus, StepName } from '../contract/status.js';
import { announcedCount, announcedFiles, seenCount } from './announcedFiles.js';
import { beginStep, durationLimit, endStep, iso, jobOf, unansweredStarts, type RecordingState } from './state.js';

/* What others see of a recording: status, details and search attributes in Temporal's web page, counters. */

/** @param options `lasts`: whether the search attributes show the phase too, which costs an event of the history */
export function setPhase(state: RecordingState, phase: Phase, { lasts = true } = {}): void {
  state.phase = phase;
  updateCurrentDetails(state);
  if (lasts) updateSearchAttributes(state);
}

/** Runs one step of the procedure and records its progress for the status and the details. */
export async function step<T>(state: RecordingState, name: StepName, work: () => Promise<T>): Promise<T> {
  const progress = beginStep(state, name, Date.now());
  updateCurrentDetails(state);
  let outcome: 'done' | 'failed' = 'failed';
  try {
    const result = await work();
    outcome = 'done';
    return result;
  } finally {
    endStep(progress, outcome, Date.now());
  }
}

/** The details of the run's page. They are no part of the history and cost nothing there. */
export function updateCurrentDetails(state: RecordingState): void {
  setCurrentDetails(detailsOf(state));
}

/**
 * The columns and filters of the list: only attributes that were set at the start. One that the namespace does not have
 * would fail the workflow task forever.
 */
function updateSearchAttributes(state: RecordingState): void {
  const wanted: SearchAttributeUpdatePair[] = [
    { key: RECORDING_JOB_ID, value: jobOf(state)?.jobId ?? '' },
    { key: RECORDING_PHASE, value: state.phase },
    { key: RECORDING_OUTCOME, value: state.result?.outcome ?? '' },
  ];
  const { typedSearchAttributes } = workflowInfo();
  const changed = wanted.filter(({ key, value }) => {
    const current = typedSearchAttributes.get(key);
    return current !== undefined && current !== value;
  });
  if (changed.length > 0) upsertSearchAttributes(changed);
}

/** The recording is over: with a result, or as `failed` or `cancelled`. */
export function countRecording({ result, phase }: RecordingState): void {
  metricMeter.createCounter(RECORDINGS_METRIC).add(1, { outcome: result?.outcome ?? phase });
}

/** The job has ended. Where reconciliation often reports that first, callbacks are lost. */
export function countJobEnd({ job }: RecordingState): void {
  if (job.status === 'ended') metricMeter.createCounter(JOB_ENDS_METRIC).add(1, { by: job.by });
}

export function statusOf(state: RecordingState): RecordingStatus {
  const { files = cut([...announcedFiles(state).values()], RESULT_LIMITS.files) } = state.result ?? {};
  return { ...overviewOf(state), files };
}

/** The status without its files, of which a recording may have thousands. */
function overviewOf(state: RecordingState): Omit<RecordingStatus, 'files'> {
  const { result, lastEvent, lastReconcile } = state;
  const job = jobOf(state);
  return present({
    phase: state.phase,
    input: state.settings,
    steps: state.steps,
    appId: state.appId,
    ruleId: state.ruleId,
    jobId: job?.jobId,
    streamName: job?.streamName,
    startedAt: 'startedAt' in state.job ? iso(state.job.startedAt) : undefined,
    stopAskedBy: state.stopRequested?.by,
    fileCount: result?.fileCount ?? announcedCount(state),
    lastEvent: lastEvent && { ...lastEvent, at: iso(lastEvent.at) },
    lastReconcile: lastReconcile && { ...lastReconcile, at: iso(lastReconcile.at) },
    warnings: result?.warnings ?? cut(state.warnings, RESULT_LIMITS.warnings),
    outcome: result?.outcome,
    endedBy: result?.endedBy,
  });
}

export function detailsOf(state: RecordingState): string {
  const { result, failure } = state;
  return toMarkdown({
    ...overviewOf(state),
    ...present({ files: result?.files, totalSize: result?.totalSize, failure, phaseEndsBy: phaseLimit(state) }),
    seenCount: seenCount(state),
    otherJobs: state.extraJobs.map(({ jobId }) => jobId),
    unansweredStarts: unansweredStarts(state).length,
  });
}

function phaseLimit(state: RecordingState): number | undefined {
  const { phase, job, settings, waitingSince } = state;
  if (phase === 'waitingForParticipant' && settings) return (waitingSince ?? 0) + settings.maxDuration;
  if (phase === 'settling' && job.status === 'ended' && settings) return job.at + settings.settleTimeout;
  return phase === 'recording' ? durationLimit(state) : undefined;
}
