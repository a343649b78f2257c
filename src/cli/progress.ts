import type { RecordingStatus } from '../client.js';
import type { WatchUpdate } from './follow.js';
import { clock, warn, faint } from './format.js';
import { describeStatus, elapsed, fileTable, nameOf, warningLine } from './summary.js';

/** More would fill the terminal. The result lists all. */
const FILES_SHOWN = 5;

const UNAVAILABLE = {
  Temporal: 'Temporal is not available; retrying. The recording is not affected.',
  worker: 'No worker is available; waiting for one. The recording continues when one starts.',
};

/** The progress as lines, one for each change. */
export class ProgressLines {
  private readonly shown = new Set<string>();
  private unavailable = false;
  private status: RecordingStatus | undefined;

  of(update: WatchUpdate): string[] {
    if (update.kind === 'unavailable') {
      const wasUnavailable = this.unavailable;
      this.unavailable = true;
      return wasUnavailable ? [] : [this.line(UNAVAILABLE[update.service])];
    }
    if (update.kind !== 'status') return [];
    const back = this.unavailable ? [this.line('Available again.')] : [];
    this.unavailable = false;
    this.status = update.status;
    return [...back, ...this.changes(update.status)];
  }

  private changes({ phase, jobId, gaps, files, lastEvent, warnings }: RecordingStatus): string[] {
    const facts: [key: string, text: string][] = [
      [`phase ${phase}`, phase],
      ...(jobId === undefined ? [] : [[`job ${jobId}`, `job ${jobId}`] as [string, string]]),
      ...gaps.map(({ from, to }): [string, string] => [`gap ${from}`, `gap from ${from} to ${to}`]),
      ...(lastEvent
        ? [[`${lastEvent.eventType} ${lastEvent.at}`, `event ${lastEvent.eventType}`] as [string, string]]
        : []),
      ...files.map(({ object }): [string, string] => [`file ${object}`, `file ${object}`]),
      ...warnings.map((warning): [string, string] => [`warning ${warning}`, warningLine(warning)]),
    ];
    return facts.flatMap(([key, text]) => {
      if (this.shown.has(key)) return [];
      this.shown.add(key);
      return [this.line(text)];
    });
  }

  private line(text: string): string {
    return `${faint(clock(this.status ? elapsed(this.status, Date.now()) : 0).padStart(7))}  ${text}`;
  }
}

/** The progress as a picture that each update repaints. */
export class ProgressPicture {
  private last: Extract<WatchUpdate, { kind: 'status' }> | undefined;

  constructor(private readonly workflowId: string) {}

  of(update: WatchUpdate): string {
    if (update.kind === 'status') this.last = update;
    const parts = [nameOf(this.workflowId)];
    if (this.last) {
      const { status, lastPoll } = this.last;
      parts.push(describeStatus(status, Date.now(), lastPoll));
      const { files } = status;
      if (files.length > 0) parts.push(fileTable(files.slice(-FILES_SHOWN)));
    }
    if (update.kind === 'unavailable') parts.push(warn(UNAVAILABLE[update.service]));
    parts.push(faint('Ctrl-C stops watching; the recording continues.'));
    return parts.join('\n');
  }
}
