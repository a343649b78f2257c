import { InvalidArgumentError, Option, type Command } from 'commander';
import type { RecordingReference } from '../client.js';
import { parseDuration } from '../contract/duration.js';
import { EXIT } from './errors.js';

/** How a command names a recording. */
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

export function readReference({ id, app, room, user, screen }: ReferenceOptions, command: Command): RecordingReference {
  if (id !== undefined) return id;
  if (app === undefined || room === undefined || user === undefined) {
    command.error('error: give --id, or --app, --room and --user', { exitCode: EXIT.usage });
  }
  return { appName: app, roomId: room, userId: user, videoType: screen ? 'SCREENSTREAM' : 'CAMERASTREAM' };
}

/** A length of time in words, such as "2 days", in milliseconds. */
export function readDuration(text: string): number {
  const parsed = parseDuration(text);
  if (parsed === undefined || !(parsed > 0))
    throw new InvalidArgumentError('Give a time such as "2 days" or "1 hour".');
  return parsed;
}

/** A moment in ISO 8601. A day alone begins in UTC. */
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

/** What every command takes. */
export interface OutputOptions {
  json?: boolean;
  verbose?: boolean;
}

/** Adds the options that every command takes. */
export function withOutputOptions(command: Command): void {
  command
    .option('--json', 'print JSON for programs instead of text for people')
    .option('--verbose', 'tell all of an error, with its stack');
}

/** One value on standard output: as a JSON document for programs, or described for people. */
export function print({ json }: OutputOptions, value: unknown, describe: () => string): void {
  printLine(json ? JSON.stringify(value, null, 2) : describe());
}

/** Lines on standard output. */
export function printLine(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** For people, beside the output: what they should know although it is no part of what was asked for. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}
