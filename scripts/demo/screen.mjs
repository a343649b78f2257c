// @ts-check
import { styleText } from 'node:util';

/** @typedef {import('../../src/client.js').RecordingStatus} RecordingStatus */
/** @typedef {import('../../src/client.js').RecordingResult} RecordingResult */
/** @typedef {RecordingStatus['steps'][number]} StepProgress */

/**
 * The vendor's numbers and words for the steps.
 * @type {Record<StepProgress['step'], string>}
 */
const STEP_TITLES = {
  authenticate: '1. Obtain a user token',
  ensureApplication: '2. Create the application',
  ensureRecordRule: '3. Create the recording template',
  configureRecordCallback: '4. Configure the recording event callback',
  participantJoined: '5. The user joins the room',
  startIndividualStreamJob: '6. Start the single stream recording job',
  recordingEvents: '   Wait for the recording events',
  listRecordingFiles: '7. Find the recording files in the bucket',
};

// https://no-color.org: present and not empty.
const colourful = process.stdout.isTTY && !process.env['NO_COLOR'];

/**
 * @param {'bold' | 'green' | 'red' | 'yellow'} colour
 * @param {string} text
 */
function coloured(colour, text) {
  return colourful ? styleText(colour, text) : text;
}

/** @param {string} [line] */
export function print(line = '') {
  process.stdout.write(`${line}\n`);
}

/** @param {string} text */
export function printTitle(text) {
  print();
  print(coloured('bold', text));
}

/** Prints what has changed from one status to the next: each step once when it begins and once when it ends, each event, each warning. */
export class ProgressPrinter {
  constructor() {
    /** @type {Set<string>} */
    this.printed = new Set();
  }

  /** @param {RecordingStatus} status */
  show(status) {
    for (const step of status.steps) this.once(`${step.step} ${step.state}`, stepLine(step));
    const event = status.lastEvent;
    if (event) this.once(`${event.eventType} ${event.at}`, `       callback ${event.eventType}`);
    for (const warning of status.warnings) this.once(warning, `  ${coloured('yellow', '!')} ${warning}`);
  }

  /**
   * @param {string} key
   * @param {string} line
   */
  once(key, line) {
    if (this.printed.has(key)) return;
    this.printed.add(key);
    print(line);
  }
}

/** @param {StepProgress} step */
function stepLine({ step, state, startedAt, endedAt }) {
  const title = STEP_TITLES[step];
  if (state === 'running' || endedAt === undefined) return `  … ${title}`;
  const seconds = ((Date.parse(endedAt) - Date.parse(startedAt)) / 1000).toFixed(2);
  const mark = state === 'done' ? coloured('green', '✓') : coloured('red', '✗');
  return `  ${mark} ${title.padEnd(44)} ${seconds.padStart(6)} s`;
}

/** @param {RecordingResult} result */
export function printFiles({ files }) {
  const rows = files.map(({ object, format, size, duration }) => [
    object,
    format,
    `${(size / 1e6).toFixed(1)} MB`,
    duration === undefined ? '' : `${duration} s`,
  ]);
  const table = [['object', 'format', 'size', 'duration'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  for (const row of table)
    print(
      `  ${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('   ')
        .trimEnd()}`,
    );
}
