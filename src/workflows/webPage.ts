import type { SearchAttributeUpdatePair } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { RECORDING_JOB_ID, RECORDING_OUTCOME, RECORDING_PHASE } from '../recording/searchAttributes.js';
import { detailsOf } from './details.js';
import type { RecordingState } from './recordingState.js';

/*
 * What an operator sees of this recording in Temporal's web page.
 */

/** The details of the run's page. They are no part of the history and cost nothing there. */
export function showDetails(state: RecordingState): void {
  setCurrentDetails(detailsOf(state));
}

/**
 * The columns and filters of the list. Each telling is an event of the history: for phases that last.
 *
 * An attribute that the namespace does not have would stop the workflow for good. Those that the start carried are surely there, and no others are told.
 */
export function tellAttributes(state: RecordingState): void {
  const wanted: SearchAttributeUpdatePair[] = [
    { key: RECORDING_JOB_ID, value: state.job?.jobId ?? '' },
    { key: RECORDING_PHASE, value: state.phase },
    { key: RECORDING_OUTCOME, value: state.result?.outcome ?? '' },
  ];
  const { typedSearchAttributes: told } = workflowInfo();
  const changed = wanted.filter(({ key, value }) => {
    const present = told.get(key);
    return present !== undefined && present !== value;
  });
  if (changed.length > 0) upsertSearchAttributes(changed);
}
