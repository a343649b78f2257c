import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import { CommanderError, InvalidArgumentError } from 'commander';
import { InvalidRecordingInputError, RecordingFailedError, RecordingNotFoundError } from '../client.js';
import { ConfigurationError } from '../config.js';
import { EXIT, type ExitCode } from './exitCodes.js';

/** gRPC's codes. */
const DEADLINE_EXCEEDED = 4;
const UNAVAILABLE = 14;

/** What a failure means to the shell. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof RecordingNotFoundError) return EXIT.notFound;
  if (error instanceof InvalidRecordingInputError || error instanceof ConfigurationError) return EXIT.usage;
  return EXIT.failed;
}

/** What is to be printed of an error: undefined where commander has done so already, else one line, or one for each field or variable. */
export function explain(error: unknown): string | undefined {
  if (error instanceof CommanderError && !(error instanceof InvalidArgumentError)) return undefined;
  if (!(error instanceof Error)) return String(error);
  if (error instanceof RecordingFailedError) return onOneLine(error.message);
  const { message, cause } = error;
  if (isUnreachable(error)) {
    const details = isGrpcServiceError(cause) ? ` ${cause.details}` : '';
    return `Temporal cannot be reached: see that it runs and that TEMPORAL_ADDRESS is right.${details}`;
  }
  if (isUnanswered(error)) {
    return 'No worker has answered: see that one runs with this TEMPORAL_NAMESPACE and TEMPORAL_TASK_QUEUE (sparkrtc-recorder doctor).';
  }
  return cause instanceof Error && !message.includes(cause.message) ? `${message}: ${cause.message}` : message;
}

/** Temporal is away. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof ServiceError && codeOf(error.cause) === UNAVAILABLE;
}

/** Temporal is there, but who has to answer the question is not: the workers. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof ServiceError && codeOf(error.cause) === DEADLINE_EXCEEDED;
}

function codeOf(error: unknown): number | undefined {
  return isGrpcServiceError(error) ? Number(error.code) : undefined;
}

/** For a line of its own: what the vendor says may have several. */
export function onOneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}
