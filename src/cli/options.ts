import { InvalidArgumentError, Option, type Command } from 'commander';
import type { RecordingReference } from '../client.js';
import { parseDuration } from '../contract/duration.js';
import { EXIT } from './errors.js';

export interface ReferenceOptions {
  id?: string;
  app?: string;
  room?: string;
  user?: string;
  screen?: boolean;
}

/** Adds the options that name one recording. */
export function withReference(command: Command): Command {
  return command
    .addOption(new Option('--id <workflowId>', 'the workflow id').conflicts(['app', 'room', 'user', 'screen']))
    .option('--app <appName>', 'the application')
    .option('--room <roomId>', 'the room')
    .option('--user <userId>', 'the user whose stream is recorded')
    .option('--screen', 'the shared screen instead of the camera');
}

export function readReference(
  { id, app, room, user, screen }: ReferenceOptions,
  command: Command,
): RecordingReference {
  if (id !== undefined) return id;
  if (app === undefined || room === undefined || user === undefined) {
    command.error('error: give --id, or --app, --room and --user', { exitCode: EXIT.usage });
  }
  return { appName: app, roomId: room, userId: user, videoType: screen ? 'SCREENSTREAM' : 'CAMERASTREAM' };
}

/** Milliseconds of a duration such as "2 days". */
export function readDuration(text: string): number {
  const parsed = parseDuration(text);
  if (parsed === undefined || !(parsed > 0))
    throw new InvalidArgumentError('Give a time such as "2 days" or "1 hour".');
  return parsed;
}

/** A time in ISO 8601; a date alone is midnight UTC. */
export function readMoment(text: string): Date {
  const moment = new Date(/^\d{4}-\d\d-\d\d/.test(text) ? text : NaN);
  if (Number.isNaN(moment.getTime())) {
    throw new InvalidArgumentError('Give a time such as "2026-01-31" or "2026-01-31T10:00:00Z".');
  }
  return moment;
}

export function readCount(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('Give a whole number above 0.');
  return Number(text);
}

export interface OutputOptions {
  json?: boolean;
  verbose?: boolean;
}

/** Adds the options that every command takes. */
export function withOutputOptions(command: Command): void {
  command
    .option('--json', 'print JSON for programs instead of text for people')
    .option('--verbose', 'print full errors, with stack and causes');
}

/** Prints a value to standard output, as JSON or as text. */
export function print({ json }: OutputOptions, value: unknown, describe: () => string): void {
  printLine(json ? JSON.stringify(value, null, 2) : describe());
}

export function printLine(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Prints a message to standard error, apart from the output. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}
