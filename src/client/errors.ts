import { status } from '@grpc/grpc-js';
import { isGrpcServiceError, ServiceError, type WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import { docsOf, FAILURES, isFailureType, type FailureType } from '../contract/failures.js';
import { SEARCH_ATTRIBUTES } from '../contract/searchAttributes.js';

/** The input does not fit; nothing was sent. */
export class InvalidRecordingInputError extends Error {
  override name = 'InvalidRecordingInputError';
  constructor(
    /** Every field that does not fit and why, one line each: `maxIdleTime: Too small: expected number to be >=5`. */
    readonly problems: string[],
  ) {
    const lines = problems.map((problem) => `  - ${problem}`);
    super(['The recording was not started; its input does not fit:', ...lines].join('\n'));
  }
}

/** There is no such recording: none was ever started under this id, or the namespace has forgotten it. */
export class RecordingNotFoundError extends Error {
  override name = 'RecordingNotFoundError';
  constructor(
    /** The id that was given. */
    readonly workflowId: string,
  ) {
    super(
      `There is no recording "${workflowId}". Check application, room, user and video type; a closed one is ` +
        `kept as long as the namespace's retention.`,
    );
  }
}

/** The workflow was ended from outside. */
const ENDED_FROM_OUTSIDE = {
  Cancelled: 'The recording was cancelled; its job was stopped. Start it again if it is still wanted.',
  Terminated:
    "The recording was terminated from outside, which leaves its job to the vendor's idle limit. Start it " +
    'again if it is still wanted.',
  TimedOut:
    'The recording ran into a timeout that its starter had set on the workflow, which leaves its job to the ' +
    "vendor's idle limit. Start it without one.",
} as const;

/** The recording ended without a result. */
export class RecordingFailedError extends Error {
  override name = 'RecordingFailedError';
  /** Of the contract, or how the workflow was ended from outside; `Unknown` for any other failure. */
  readonly type: FailureType | keyof typeof ENDED_FROM_OUTSIDE | 'Unknown';
  /** The recording's workflow id. */
  readonly recording: string;
  /** What happened, in the words of the recording itself. */
  readonly reason: string;
  /** What to do about it. */
  readonly advice: string;
  /** Where it is explained: a heading of this repository's documentation. */
  readonly docs: string;
  /** Temporal's error, with the whole chain of causes. */
  declare readonly cause: WorkflowFailedError;

  constructor(recording: string, cause: WorkflowFailedError) {
    const type = typeOf(cause.cause);
    const reason = cause.cause?.message ?? cause.message;
    const advice = adviceOf(type);
    const docs = docsOf(type);
    // The workflow's message ends with both, unless an older worker wrote it.
    const rest = [...(reason.includes(advice) ? [] : [advice]), ...(reason.includes(docs) ? [] : [`See ${docs}.`])];
    super([`${type}: ${reason}`, ...rest].join(' '), { cause });
    this.type = type;
    this.recording = recording;
    this.reason = reason;
    this.advice = advice;
    this.docs = docs;
  }
}

function typeOf(failure: Error | undefined): RecordingFailedError['type'] {
  if (failure instanceof CancelledFailure) return 'Cancelled';
  if (failure instanceof TerminatedFailure) return 'Terminated';
  if (failure instanceof TimeoutFailure) return 'TimedOut';
  return failure instanceof ApplicationFailure && isFailureType(failure.type) ? failure.type : 'Unknown';
}

function adviceOf(type: RecordingFailedError['type']): string {
  if (isFailureType(type)) return FAILURES[type].whatToDo;
  if (type === 'Unknown') return "Check the workflow in Temporal's Web UI, and the worker's log.";
  return ENDED_FROM_OUTSIDE[type];
}

/** Recordings cannot be listed: the namespace lacks the search attributes that they are found by. */
export class SearchAttributesMissingError extends Error {
  override name = 'SearchAttributesMissingError';
  constructor(namespace: string, cause: Error) {
    const names = SEARCH_ATTRIBUTES.map(({ name }) => name).join(', ');
    super(
      `The namespace "${namespace}" lacks search attributes of recordings (${names}): register them once (npm ` +
        'run setup:namespace).',
      { cause },
    );
  }
}

/** Whether the server rejected a call because the namespace lacks a search attribute. */
export function isUnknownSearchAttribute(error: unknown): boolean {
  const reason = error instanceof ServiceError ? error.cause : error;
  return (
    isGrpcServiceError(reason) && reason.code === status.INVALID_ARGUMENT && /search attribute/i.test(reason.details)
  );
}
