import type { LastPoll, RecordedFile, RecordingFailedError, RecordingResult, RecordingStatus } from '../client.js';
import { keyOfWorkflowId, titleOf } from '../contract/workflowId.js';
import { onOneLine } from './errors.js';
import { bad, bold, bytes, clock, count, warn, faint, good, table } from './format.js';

/** A recording's name for people: `Camera of user001 in room001 (rtctest)`; for another id the id. */
export function nameOf(workflowId: string): string {
  const key = keyOfWorkflowId(workflowId);
  return bold(key ? `${titleOf(key)} (${key.appName})` : workflowId);
}

export function facts(lines: [name: string, value: string | undefined][]): string {
  return lines
    .flatMap(([name, value]) => (value === undefined ? [] : [`  ${faint(name.padEnd(8))}  ${value}`]))
    .join('\n');
}

/** Milliseconds from the first step until now, or until the end. */
export function elapsed({ steps, phase }: RecordingStatus, now: number): number {
  const ended = phase === 'completed' || phase === 'failed' || phase === 'cancelled';
  const ends = steps.flatMap(({ endedAt }) => (endedAt === undefined ? [] : [Date.parse(endedAt)]));
  const from = Date.parse(steps[0]?.startedAt ?? '');
  return Number.isNaN(from) ? 0 : (ended ? Math.max(from, ...ends) : now) - from;
}

export function describeStatus(status: RecordingStatus, now: number, lastPoll?: LastPoll): string {
  const { phase, outcome, endedBy, jobId, streamName, parts, fileCount, lastEvent, lastReconcile, warnings } = status;
  const end = outcome && `${mark(outcome)}, ended by ${endedBy}`;
  return [
    facts([
      ['phase', `${phase}  ${faint(clock(elapsed(status, now)))}`],
      ['outcome', end],
      ['job', jobId && `${jobId}${streamName === undefined ? '' : `  ${faint(streamName)}`}`],
      ['parts', parts.length > 1 ? describeParts(status) : undefined],
      ['waits', phase === 'waitingForNextPart' ? status.waitsFor : undefined],
      ['files', `${fileCount} ${outcome ? 'in the bucket' : 'announced so far'}`],
      ['event', lastEvent && `${lastEvent.eventType}  ${faint(lastEvent.at)}`],
      ['job is', lastReconcile && describePoll(lastReconcile)],
      ['polled', lastPoll && describePoll(lastPoll)],
    ]),
    ...warnings.map(warningLine),
  ].join('\n');
}

function describePoll({ at, state, error, message }: LastPoll): string {
  const found = state ?? (error === 'notFound' ? 'not found' : (message ?? 'unreachable'));
  return `${onOneLine(found)}  ${faint(at)}`;
}

/** `3, with gaps of 0:05 and 0:07`. */
function describeParts({ parts, gaps }: Pick<RecordingResult, 'parts' | 'gaps'>): string {
  const lengths = gaps.map(({ from, to }) => clock(Date.parse(to) - Date.parse(from)));
  return `${parts.length}, with ${lengths.length === 1 ? 'a gap' : 'gaps'} of ${lengths.join(', ')}`;
}

export function describeResult(result: RecordingResult): string {
  const { outcome, endedBy, files, fileCount, totalSize, parts, warnings } = result;
  return [
    `${mark(outcome)}: ${count(fileCount, 'file')}, ${bytes(totalSize)}, ended by ${endedBy}`,
    ...(parts.length > 1 ? [`Parts: ${describeParts(result)}`] : []),
    ...(files.length > 0 ? [fileTable(files)] : []),
    ...(fileCount > files.length ? [faint(`… and ${fileCount - files.length} more in the bucket`)] : []),
    ...warnings.map(warningLine),
  ].join('\n');
}

export function describeFailure({ type, reason, advice, docs }: RecordingFailedError): string {
  // Without advice and docs, which have lines of their own.
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
  const jobs = [...new Set(files.map(({ jobId }) => jobId))];
  const rows = files.map(({ bucket, object, format, size, duration, segments, jobId }) => {
    const place = bucket === undefined ? object : `${bucket}/${object}`;
    return [
      ...(jobs.length > 1 ? [jobId ?? ''] : []),
      format ?? '',
      size === undefined ? 'not found yet' : bytes(size),
      duration === undefined ? '' : clock(duration * 1_000),
      segments === undefined ? place : `${place} (${count(segments, 'segment')})`,
    ];
  });
  if (jobs.length <= 1) return table(['FORMAT', 'SIZE', 'DURATION', 'PLACE'], rows, [1, 2]);
  return table(['JOB', 'FORMAT', 'SIZE', 'DURATION', 'PLACE'], rows, [2, 3]);
}

export function warningLine(warning: string): string {
  return `${warn('!')} ${onOneLine(warning)}`;
}

function mark(outcome: RecordingResult['outcome']): string {
  return outcome === 'recorded' ? good(`✓ ${outcome}`) : warn(`! ${outcome}`);
}
