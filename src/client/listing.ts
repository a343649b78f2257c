import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { TypedSearchAttributes } from '@temporalio/common';
import type { Outcome } from '../contract/result.js';
import {
  RECORDING_APP,
  RECORDING_JOB_ID,
  RECORDING_OUTCOME,
  RECORDING_PHASE,
  RECORDING_ROOM,
  RECORDING_USER,
} from '../contract/searchAttributes.js';
import type { Phase } from '../contract/status.js';
import { keyOfWorkflowId, WORKFLOW_TYPE, type RecordingKey } from '../contract/workflowId.js';
import { isUnknownSearchAttribute, SearchAttributesMissingError } from './errors.js';

/** Recordings are listed that match all given filters. */
export interface RecordingFilters {
  appName?: string | undefined;
  roomId?: string | undefined;
  userId?: string | undefined;
  /** `starting` is not indexed: such a recording counts as `preparing`. */
  phase?: Exclude<Phase, 'starting'> | undefined;
  outcome?: Outcome | undefined;
  /** True: those that are open; false: those that have ended. */
  running?: boolean | undefined;
  /** Started at this time or later. A recording that has continued in a new run counts from there. */
  since?: Date | undefined;
  /** Started before this time. */
  until?: Date | undefined;
}

/** A recording as the server's index has it. */
export interface ListedRecording extends RecordingKey {
  workflowId: string;
  runId: string;
  /** Temporal's: RUNNING, COMPLETED, FAILED, CANCELLED, TERMINATED or TIMED_OUT. */
  state: string;
  /** Absent where the recording was started without search attributes. */
  phase?: Phase;
  /** Only of a completed recording. */
  outcome?: Outcome;
  jobId?: string;
  startedAt: Date;
  closedAt?: Date;
}

/**
 * The recordings that fit, page by page as they are read: open ones before the others, the latest first. What has just
 * happened may be missing for a second.
 * @throws {@link SearchAttributesMissingError} where the namespace lacks what the filters need
 */
export async function* listRecordings(
  client: Client,
  filters: RecordingFilters,
): AsyncGenerator<ListedRecording, void> {
  try {
    for await (const execution of client.workflow.list({ query: queryOf(filters) })) {
      const listed = entryOf(execution);
      if (listed) yield listed;
    }
  } catch (error) {
    if (!isUnknownSearchAttribute(error)) throw error;
    throw new SearchAttributesMissingError(client.options.namespace, error as Error);
  }
}

/** The filters in the server's query language. */
export function queryOf(filters: RecordingFilters): string {
  const { appName, roomId, userId, phase, outcome, running, since, until } = filters;
  const conditions: [name: string, operator: string, value: string | undefined][] = [
    ['WorkflowType', '=', WORKFLOW_TYPE],
    // The earlier runs of a long recording are no recordings of their own.
    ['ExecutionStatus', '!=', 'ContinuedAsNew'],
    [RECORDING_APP.name, '=', appName],
    [RECORDING_ROOM.name, '=', roomId],
    [RECORDING_USER.name, '=', userId],
    [RECORDING_PHASE.name, '=', phase],
    [RECORDING_OUTCOME.name, '=', outcome],
    ['ExecutionStatus', running ? '=' : '!=', running === undefined ? undefined : 'Running'],
    ['StartTime', '>=', since?.toISOString()],
    ['StartTime', '<', until?.toISOString()],
  ];
  return conditions
    .flatMap(([name, operator, value]) => (value === undefined ? [] : [`${name} ${operator} ${quoted(value)}`]))
    .join(' AND ');
}

/** Whatever a value holds, it stays a value. */
function quoted(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&')}"`;
}

/** Undefined: a workflow of our type under an id that no recording has; it fails as soon as a worker sees it. */
function entryOf(execution: WorkflowExecutionInfo): ListedRecording | undefined {
  const { workflowId, runId, status, startTime, closeTime, typedSearchAttributes: attributes } = execution;
  const key = keyOfWorkflowId(workflowId);
  if (!key) return undefined;
  const phase = textOf(attributes, RECORDING_PHASE) as Phase | undefined;
  const outcome = textOf(attributes, RECORDING_OUTCOME) as Outcome | undefined;
  const jobId = textOf(attributes, RECORDING_JOB_ID);
  return {
    ...key,
    workflowId,
    runId,
    state: status.name,
    ...(phase !== undefined && { phase }),
    ...(outcome !== undefined && { outcome }),
    ...(jobId !== undefined && { jobId }),
    startedAt: startTime,
    ...(closeTime && { closedAt: closeTime }),
  };
}

/** An attribute that has no value yet is empty. */
function textOf(attributes: TypedSearchAttributes, key: typeof RECORDING_PHASE): string | undefined {
  return attributes.get(key) || undefined;
}
