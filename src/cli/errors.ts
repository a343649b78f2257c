import { status } from '@grpc/grpc-js';
import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import { CommanderError, InvalidArgumentError } from 'commander';
import { InvalidRecordingInputError, RecordingFailedError, RecordingNotFoundError } from '../client.js';
import { ConfigurationError } from '../config.js';

/** How the command ends; each has a section in docs/errors.md. */
export const EXIT = {
  success: 0,
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
  0    success; of watch: recorded
  1    the call or the recording failed, a check of doctor or verify failed, or certify did not settle all
  2    wrong usage, input or environment
  3    there is no such recording or job
  4    of watch: partial, something is missing
  5    of watch: empty, nothing was recorded
  6    of watch: cancelled or terminated from outside
  130  of watch: Ctrl-C, or its output was closed; the recording continues`;

/** The exit code for an error. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.success : EXIT.usage;
  if (error instanceof RecordingNotFoundError) return EXIT.notFound;
  if (error instanceof InvalidRecordingInputError || error instanceof ConfigurationError) return EXIT.usage;
  return EXIT.failed;
}

/** The message to print for an error: undefined if commander has printed it. */
export function explain(error: unknown): string | undefined {
  if (error instanceof CommanderError && !(error instanceof InvalidArgumentError)) return undefined;
  if (!(error instanceof Error)) return String(error);
  if (error instanceof RecordingFailedError) return onOneLine(error.message);
  const { message, cause } = error;
  if (/^Unknown encoding: /.test(message)) {
    return `The data cannot be read (${message}): set TEMPORAL_PAYLOAD_CODEC to the codec of its writer.`;
  }
  if (isUnreachable(error)) {
    const details = isGrpcServiceError(cause) ? ` ${cause.details}` : '';
    return `Temporal cannot be reached: check that it runs, and check TEMPORAL_ADDRESS.${details}`;
  }
  if (isWorkerUnavailable(error)) {
    return (
      'No worker responded: check that one runs with this TEMPORAL_NAMESPACE and TEMPORAL_TASK_QUEUE ' +
      '(sparkrtc-recorder doctor).'
    );
  }
  return cause instanceof Error && !message.includes(cause.message) ? `${message}: ${cause.message}` : message;
}

/** Temporal is not available. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof ServiceError && codeOf(error.cause) === status.UNAVAILABLE;
}

/** Temporal is available, but no worker responds to the query. */
export function isWorkerUnavailable(error: unknown): boolean {
  return error instanceof ServiceError && codeOf(error.cause) === status.DEADLINE_EXCEEDED;
}

function codeOf(error: unknown): status | undefined {
  return isGrpcServiceError(error) ? error.code : undefined;
}

/** Messages of the vendor may have several lines. */
export function onOneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}
