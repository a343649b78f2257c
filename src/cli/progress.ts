import type { RecordingStatus } from '../client.js';
import type { Sight } from './follow.js';
import { clock, doubtful, faint } from './format.js';
import { describeStatus, elapsed, fileTable, nameOf, warningLine } from './summary.js';

/** More would fill the terminal: the result has all of them. */
const FILES_SHOWN = 5;

const SILENCE = {
  Temporal: 'Temporal does not answer; trying again. The recording is not concerned.',
  worker: 'No worker answers; waiting for one. The recording goes on when one is there.',
};

/** The progress as lines, each of which tells one thing that has changed. */
export class ProgressLines {
  private readonly told = new Set<string>();
  private silent = false;
  private status: RecordingStatus | undefined;

  /** The lines that this sight adds. */
  of(sight: Sight): string[] {
    if (sight.kind === 'silence') {
      const wasSilent = this.silent;
      this.silent = true;
      return wasSilent ? [] : [this.line(SILENCE[sight.who])];
    }
    if (sight.kind !== 'status') return [];
    const back = this.silent ? [this.line('Answers again.')] : [];
    this.silent = false;
    this.status = sight.status;
    return [...back, ...this.news(sight.status)];
  }

  private news({ phase, jobId, files, lastEvent, warnings }: RecordingStatus): string[] {
    const facts: [key: string, text: string][] = [
      [`phase ${phase}`, phase],
      ...(jobId === undefined ? [] : [[`job ${jobId}`, `job ${jobId}`] as [string, string]]),
      ...(lastEvent
        ? [[`${lastEvent.eventType} ${lastEvent.at}`, `event ${lastEvent.eventType}`] as [string, string]]
        : []),
      ...files.map(({ object }): [string, string] => [`file ${object}`, `file ${object}`]),
      ...warnings.map((warning): [string, string] => [`warning ${warning}`, warningLine(warning)]),
    ];
    return facts.flatMap(([key, text]) => {
      if (this.told.has(key)) return [];
      this.told.add(key);
      return [this.line(text)];
    });
  }

  private line(text: string): string {
    return `${faint(clock(this.status ? elapsed(this.status, Date.now()) : 0).padStart(7))}  ${text}`;
  }
}

/** The progress as a picture that is painted anew with each sight. */
export class ProgressPicture {
  private last: Extract<Sight, { kind: 'status' }> | undefined;

  constructor(private readonly workflowId: string) {}

  of(sight: Sight): string {
    if (sight.kind === 'status') this.last = sight;
    const parts = [nameOf(this.workflowId)];
    if (this.last) {
      const { status, lastPoll } = this.last;
      parts.push(describeStatus(status, Date.now(), lastPoll));
      const { files } = status;
      if (files.length > 0) parts.push(fileTable(files.slice(-FILES_SHOWN)));
    }
    if (sight.kind === 'silence') parts.push(doubtful(SILENCE[sight.who]));
    parts.push(faint('Ctrl-C stops watching; the recording goes on.'));
    return parts.join('\n');
  }
}
