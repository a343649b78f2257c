import { defineSearchAttributeKey, SearchAttributeType, type SearchAttributePair } from '@temporalio/common';
import type { RecordingKey } from './workflowId.js';

/* Search attributes. The start sets all of them, so that the server rejects it if the namespace lacks one. */

/** The application's name. */
export const RECORDING_APP = keyword('RecordingApp');
export const RECORDING_ROOM = keyword('RecordingRoom');
export const RECORDING_USER = keyword('RecordingUser');
/** The vendor's id of the job that records; empty until there is one. */
export const RECORDING_JOB_ID = keyword('RecordingJobId');
/** The status's phase: `preparing`, `recording`, `settling`, `completed` and so on. */
export const RECORDING_PHASE = keyword('RecordingPhase');
/** `recorded`, `partial` or `empty`; empty unless the recording is completed. */
export const RECORDING_OUTCOME = keyword('RecordingOutcome');

export const SEARCH_ATTRIBUTES = [
  RECORDING_APP,
  RECORDING_ROOM,
  RECORDING_USER,
  RECORDING_JOB_ID,
  RECORDING_PHASE,
  RECORDING_OUTCOME,
];

/** The workflow updates only attributes that were set at the start. */
export function searchAttributesAtStart({ appName, roomId, userId }: RecordingKey): SearchAttributePair[] {
  return [
    { key: RECORDING_APP, value: appName },
    { key: RECORDING_ROOM, value: roomId },
    { key: RECORDING_USER, value: userId },
    { key: RECORDING_JOB_ID, value: '' },
    { key: RECORDING_PHASE, value: 'preparing' },
    { key: RECORDING_OUTCOME, value: '' },
  ];
}

function keyword(name: string) {
  return defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);
}
