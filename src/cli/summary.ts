import type { LastPoll, RecordedFile, RecordingFailedError, RecordingResult, RecordingStatus } from '../client.js';
import { keyOfWorkflowId, titleOf } from '../contract/workflowId.js';
import { onOneLine } from './errors.js';
import { bad, bold, bytes, clock, count, doubtful, faint, good, table } from './format.js';

/** A recording's name for people: `Camera of user001 in room001 (rtctest)`; for another id the id. */
export function nameOf(workflowId: string): string {
  const key = keyOfWorkflowId(workflowId);
  return bold(key ? `${titleOf(key)} (${key.appName})` : workflowId);
}

/** Name and value, one below the other. */
export function facts(lines: [name: string, value: string | undefined][]): string {
  return lines
    .flatMap(([name, value]) => (value === undefined ? [] : [`  ${faint(name.padEnd(8))}  ${value}`]))
    .join('\n');
}

/** How long a recording has taken so far, or took: from its first step, in milliseconds. */
export function elapsed({ steps, phase }: RecordingStatus, now: number): number {
  const over = phase === 'completed' || phase === 'failed' || phase === 'cancelled';
  const ends = steps.flatMap(({ endedAt }) => (endedAt === undefined ? [] : [Date.parse(endedAt)]));
  const from = Date.parse(steps[0]?.startedAt ?? '');
  return Number.isNaN(from) ? 0 : (over ? Math.max(from, ...ends) : now) - from;
}

/** What a recording is doing, or how it ended: some lines. */
export function describeStatus(status: RecordingStatus, now: number, lastPoll?: LastPoll): string {
  const { phase, outcome, endedBy, jobId, streamName, fileCount, lastEvent, lastReconcile, warnings } = status;
  const end = outcome && `${mark(outcome)}, ended by ${endedBy}`;
  return [
    facts([
      ['phase', `${phase}  ${faint(clock(elapsed(status, now)))}`],
      ['outcome', end],
      ['job', jobId && `${jobId}${streamName === undefined ? '' : `  ${faint(streamName)}`}`],
      ['files', `${fileCount} ${outcome ? 'in the bucket' : 'announced so far'}`],
      ['event', lastEvent && `${lastEvent.eventType}  ${faint(lastEvent.at)}`],
      ['job is', lastReconcile && `${lastReconcile.state}  ${faint(lastReconcile.at)}`],
      ['polled', lastPoll && `${onOneLine(lastPoll.state ?? lastPoll.error ?? '')}  ${faint(lastPoll.at)}`],
    ]),
    ...warnings.map(warningLine),
  ].join('\n');
}

/** How a recording ended, with its files and warnings. */
export function describeResult({ outcome, endedBy, files, fileCount, totalSize, warnings }: RecordingResult): string {
  return [
    `${mark(outcome)}: ${count(fileCount, 'file')}, ${bytes(totalSize)}, ended by ${endedBy}`,
    ...(files.length > 0 ? [fileTable(files)] : []),
    ...(fileCount > files.length ? [faint(`… and ${fileCount - files.length} more in the bucket`)] : []),
    ...warnings.map(warningLine),
  ].join('\n');
}

/** Why there is no result, and what to do. */
export function describeFailure({ type, reason, advice, docs }: RecordingFailedError): string {
  // Told apart here, where the message says all of it in one go.
  const happened = onOneLine(reason).replace(`See ${docs}.`, '').replace(advice, '').trim();
  return [
    bad(`✗ ${type}`),
    facts([
      ['what', happened],
      ['to do', advice],
      ['more', docs],
    ]),
  ].join('\n');
}

export function fileTable(files: (Partial<RecordedFile> & Pick<RecordedFile, 'object'>)[]): string {
  const rows = files.map(({ bucket, object, format, size, duration, segments }) => {
    const place = bucket === undefined ? object : `${bucket}/${object}`;
    return [
      format ?? '',
      size === undefined ? 'not yet seen' : bytes(size),
      duration === undefined ? '' : clock(duration * 1_000),
      segments === undefined ? place : `${place} (${count(segments, 'segment')})`,
    ];
  });
  return table(['FORMAT', 'SIZE', 'DURATION', 'PLACE'], rows, [1, 2]);
}

export function warningLine(warning: string): string {
  return `${doubtful('!')} ${onOneLine(warning)}`;
}

function mark(outcome: RecordingResult['outcome']): string {
  return outcome === 'recorded' ? good(`✓ ${outcome}`) : doubtful(`! ${outcome}`);
}
