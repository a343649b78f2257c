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

/** Prints what has changed from one status to the next, in the order of time: each step when it begins and when it ends, each event, each warning. */
export class ProgressPrinter {
  constructor() {
    /** @type {Set<string>} */
    this.printed = new Set();
    this.lastLine = '';
  }

  /** @param {RecordingStatus} status */
  show({ steps, lastEvent, warnings }) {
    const news = steps.map((step) => ({
      at: step.endedAt ?? step.startedAt,
      line: stepLine(step),
      replaces: beginLine(step),
    }));
    if (lastEvent) news.push({ at: lastEvent.at, line: `       callback ${lastEvent.eventType}`, replaces: '' });
    news.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
    for (const { at, line, replaces } of news) this.once(`${at} ${line}`, line, replaces);
    for (const warning of warnings) this.once(warning, `  ${coloured('yellow', '!')} ${warning}`);
  }

  /**
   * @param {string} key
   * @param {string} line
   * @param {string} [replaces] the line that it takes the place of where that is the last one on a terminal
   */
  once(key, line, replaces) {
    if (this.printed.has(key)) return;
    this.printed.add(key);
    if (process.stdout.isTTY && replaces === this.lastLine) process.stdout.write('\x1b[1A\x1b[2K');
    print(line);
    this.lastLine = line;
  }
}

/** @param {StepProgress} step */
function beginLine({ step }) {
  return `  … ${STEP_TITLES[step]}`;
}

/** @param {StepProgress} progress */
function stepLine(progress) {
  const { step, state, startedAt, endedAt } = progress;
  if (state === 'running' || endedAt === undefined) return beginLine(progress);
  const seconds = ((Date.parse(endedAt) - Date.parse(startedAt)) / 1000).toFixed(2);
  const mark = state === 'done' ? coloured('green', '✓') : coloured('red', '✗');
  return `  ${mark} ${STEP_TITLES[step].padEnd(44)} ${seconds.padStart(6)} s`;
}

/** @param {RecordingResult} result */
export function printFiles({ files }) {
  const rows = files.map(({ object, format, size, duration }) => [
    format,
    `${(size / 1e6).toFixed(1)} MB`,
    duration === undefined ? '' : `${duration} s`,
    object,
  ]);
  for (const [format, size, duration, object] of [['format', 'size', 'duration', 'object'], ...rows]) {
    print(`  ${format?.padEnd(8)}${size?.padEnd(12)}${duration?.padEnd(10)}${object}`);
  }
}
