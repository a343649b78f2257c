import type { Logger as TemporalLogger } from '@temporalio/common';
import { destination as standardOutput, pino, type DestinationStream, type Logger } from 'pino';
import type { LogLevel } from './config.js';

/**
 * `"password":"…"` and the like at any depth of a line. None of it is logged on purpose; this covers an object that
 * is logged as a whole. Quotes inside a string are escaped and cannot match.
 */
const SECRETS =
  /("[\w-]*(?:authorization|token|password|secret|signature|(?:api|auth|access|secret)[-_]?key|download[-_]?url)":)(?:"(?:[^"\\]|\\.)*"|\[[^\]]*\])/gi;

/**
 * Buffers lines, up to this many milliseconds: otherwise every callback would pay for a system call of its own. Lines
 * that no one reads are dropped from 16 MiB on.
 */
const TOGETHER = { sync: false, minLength: 4_096, maxLength: 16 * 1_024 * 1_024, periodicFlush: 100 };

export interface LoggerOptions {
  level: LogLevel;
  /** The process. */
  name: string;
}

/**
 * JSON lines on standard output, or where `destination` says: time in ISO 8601, level as a word, secrets replaced by
 * `[redacted]`. What is buffered is written when the process ends.
 */
export function createLogger({ level, name }: LoggerOptions, destination?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: { name },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // Temporal calls an error `error`, pino's own habit is `err`.
      serializers: { err: pino.stdSerializers.err, error: pino.stdSerializers.err },
      // pino's `redact` knows fixed paths only: this holds at any depth, and costs a tenth.
      hooks: { streamWrite: (line) => line.replace(SECRETS, '$1"[redacted]"') },
    },
    destination ?? standardOutput(TOGETHER),
  );
}

/** The same log in the shape that Temporal's Runtime wants, so that a process has one log. */
export function temporalLogger(logger: Logger): TemporalLogger {
  const at =
    (level: LogLevel): TemporalLogger[LogLevel] =>
    (message, meta = {}) =>
      logger[level](meta, message);
  return {
    log: (level, message, meta = {}) => logger[level.toLowerCase() as LogLevel](meta, message),
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  };
}
