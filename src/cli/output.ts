import type { Command } from 'commander';

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

/** One document on standard output. */
export function printJson(value: unknown): void {
  printLine(JSON.stringify(value, null, 2));
}

/** Lines on standard output. */
export function printLine(text = ''): void {
  process.stdout.write(`${text}\n`);
}

/** For people, beside the output: what they should know although it is no part of what was asked for. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}
