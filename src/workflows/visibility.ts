import type { SearchAttributeUpdatePair } from '@temporalio/common';
import {
  ContinueAsNew,
  metricMeter,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { cut, RESULT_LIMITS } from '../contract/limits.js';
import { toMarkdown } from '../contract/details.js';
import { JOB_ENDS_METRIC, RECORDINGS_METRIC } from '../contract/metrics.js';
import { present } from '../contract/present.js';
import { RECORDING_JOB_ID, RECORDING_OUTCOME, RECORDING_PHASE } from '../contract/searchAttributes.js';
import type { Job } from '../contract/activityTypes.js';
import type { Phase, RecordingStatus, StepName } from '../contract/status.js';
import { waitsFor } from '../contract/waitsFor.js';
import { announcedCount, announcedFiles, foundCount } from './announcedFiles.js';
import { gapsOf, partsOf } from './parts.js';
import { isDueToCancellation } from './run.js';
import {
  beginStep,
  maxDurationEndsAt,
  endStep,
  eventsOf,
  iso,
  jobOf,
  ambiguousStarts,
  type RecordingState,
} from './state.js';

/** @param options `searchable`: whether the search attributes show it too, which adds an event to the history */
export function setPhase(state: RecordingState, phase: Phase, { searchable = true } = {}): void {
  state.phase = phase;
  updateCurrentDetails(state);
  if (searchable) updateSearchAttributes(state);
}

/**
 * Runs one step of the procedure and records its progress for the status and the details.
 * @param isDone whether work that returned has done the step; otherwise the end was requested first
 */
export async function step<T>(
  state: RecordingState,
  name: StepName,
  work: () => Promise<T>,
  isDone: () => boolean = () => true,
): Promise<T> {
  const progress = beginStep(state, name, Date.now());
  updateCurrentDetails(state);
  try {
    const result = await work();
    endStep(progress, isDone() ? 'done' : 'cancelled', Date.now());
    return result;
  } catch (error) {
    if (!(error instanceof ContinueAsNew))
      endStep(progress, isDueToCancellation(error) ? 'cancelled' : 'failed', Date.now());
    throw error;
  }
}

/** The details are not part of the history. */
export function updateCurrentDetails(state: RecordingState): void {
  setCurrentDetails(detailsOf(state));
}

/** Only attributes that were set at the start: an unregistered one would fail the workflow task for ever. */
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

export function countRecording({ result, phase }: RecordingState): void {
  metricMeter.createCounter(RECORDINGS_METRIC).add(1, { outcome: result?.outcome ?? phase });
}

/** If reconciliation often reports the end first, callbacks are being lost. */
export function countJobEnd({ job }: RecordingState): void {
  if (job.status === 'ended') metricMeter.createCounter(JOB_ENDS_METRIC).add(1, { by: job.by });
}

export function statusOf(state: RecordingState): RecordingStatus {
  const { files = cut([...announcedFiles(state).values()], RESULT_LIMITS.files) } = state.result ?? {};
  return { ...overviewOf(state), files };
}

function overviewOf(state: RecordingState): Omit<RecordingStatus, 'files'> {
  const {
    phase,
    settings: input,
    steps,
    appId,
    ruleId,
    result,
    startedAt,
    lastEvent,
    lastReconcile,
    mediaCheck,
  } = state;
  const { jobId, streamName }: Partial<Job> = jobOf(state) ?? {};
  const stopRequestedBy = state.stopRequested?.by;
  const hasStartedFile = eventsOf(state, jobId)?.openFiles !== undefined;
  const lostStarts = ambiguousStarts(state).length;
  return present({
    ...{ phase, input, steps, appId, ruleId, jobId, streamName },
    startedAt: startedAt === undefined ? undefined : iso(startedAt),
    stopRequestedBy,
    waitsFor: waitsFor({
      phase,
      input,
      steps,
      stopRequestedBy,
      hasStartedFile,
      lostStarts,
      phaseEndsBy: phaseLimit(state),
      mediaCheck,
    }),
    mediaCheck,
    parts: result?.parts ?? partsOf(state, [...announcedFiles(state).values()]),
    gaps: gapsOf(state),
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
    ...present({ files: result?.files, totalSize: result?.totalSize, failure }),
    foundCount: foundCount(state),
    otherJobs: state.extraJobs.map(({ jobId }) => jobId),
  });
}

function phaseLimit(state: RecordingState): number | undefined {
  const { phase, job, settings, waitingSince } = state;
  if (phase === 'waitingForParticipant' && settings) return (waitingSince ?? 0) + settings.maxDuration;
  if (phase === 'settling' && job.status === 'ended' && settings) return job.at + settings.settleTimeout;
  if (job.status === 'betweenParts') return job.until;
  return phase === 'recording' ? maxDurationEndsAt(state) : undefined;
}
