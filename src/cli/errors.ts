import { status } from '@grpc/grpc-js';
import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import { CommanderError, InvalidArgumentError } from 'commander';
import { InvalidRecordingInputError, RecordingFailedError, RecordingNotFoundError } from '../client.js';
import { ConfigurationError } from '../config.js';

/** How the command ends; each has a section in docs/errors.md. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  partial: 4,
  empty: 5,
  cancelled: 6,
  /** 128 + SIGINT, as shells expect. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_CODES_HELP = `
Exit codes (docs/errors.md#exit-codes):
  0    done; of watch: the recording is recorded
  1    the call or the recording failed, or doctor has crossed something
  2    wrong usage, input or environment
  3    there is no such recording
  4    of watch: partial, something is missing
  5    of watch: empty, nothing was recorded
  6    of watch: cancelled or terminated from outside
  130  of watch: Ctrl-C, the recording goes on`;

/** What a failure means to the shell. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof RecordingNotFoundError) return EXIT.notFound;
  if (error instanceof InvalidRecordingInputError || error instanceof ConfigurationError) return EXIT.usage;
  return EXIT.failed;
}

/** What to print of an error: undefined where commander has, else one line, or one for each field or variable. */
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
    return (
      'No worker has answered: see that one runs with this TEMPORAL_NAMESPACE and TEMPORAL_TASK_QUEUE ' +
      '(sparkrtc-recorder doctor).'
    );
  }
  return cause instanceof Error && !message.includes(cause.message) ? `${message}: ${cause.message}` : message;
}

/** Temporal is away. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof ServiceError && codeOf(error.cause) === status.UNAVAILABLE;
}

/** Temporal is there, but who has to answer the question is not: the workers. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof ServiceError && codeOf(error.cause) === status.DEADLINE_EXCEEDED;
}

function codeOf(error: unknown): status | undefined {
  return isGrpcServiceError(error) ? error.code : undefined;
}

/** For a line of its own: what the vendor says may have several. */
export function onOneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}
