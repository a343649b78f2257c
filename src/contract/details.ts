import type { RecordedFile } from './result.js';
import type { RecordingStatus, StepProgress } from './status.js';
import { STEP_TITLES, utc } from './waitsFor.js';
import { titleOf } from './workflowId.js';

/* A recording in Temporal's Web UI ("Current Details"): lists, because the column is too narrow for tables. */

/** The status, and what only an operator needs. */
export interface RecordingDetails extends Omit<RecordingStatus, 'files'> {
  /** The listed files; absent until the recording has ended. */
  files?: RecordedFile[];
  totalSize?: number;
  /** How many of the announced files were found. */
  foundCount: number;
  /** The failure's type and message. */
  failure?: string;
  /** Jobs of ambiguous starts that were found later. */
  otherJobs: string[];
}

const MARKS: Record<StepProgress['state'], string> = {
  running: '**running**',
  done: 'done',
  failed: '**failed**',
  cancelled: 'cancelled',
};

/** The page passes the text in a URL, so it must stay short; the result has everything. */
const ENTRIES_SHOWN = 5;
const LONGEST_TEXT = 200;
/** File names and failure messages are useless when cut. */
const LONGEST_WHOLE = 500;

export function toMarkdown(details: RecordingDetails): string {
  return [heading(details), facts(details), files(details), warnings(details), steps(details)]
    .filter((part) => part !== '')
    .join('\n\n');
}

function heading({ input, phase }: RecordingDetails): string {
  return input ? `### ${titleOf(input)}, ${input.appName}: ${phase}` : '### The input is being checked';
}

function facts(details: RecordingDetails): string {
  const {
    failure,
    outcome,
    endedBy,
    jobId,
    streamName,
    otherJobs,
    appId,
    ruleId,
    lastEvent,
    lastReconcile,
    waitsFor,
  } = details;
  const began = details.steps[0]?.startedAt;
  const lines: [string, string | undefined][] = [
    ['Failure', failure && code(failure, LONGEST_WHOLE)],
    ['Outcome', outcome && `**${outcome}**, ended by ${endedBy}`],
    ['Waits for', waitsFor],
    ['Started', began && utc(began)],
    ['Job', jobId && `${code(jobId)}${streamName ? `, stream ${code(streamName)}` : ''}`],
    ['Other jobs of this recording', otherJobs.map((other) => code(other)).join(', ')],
    ['Application', appId && code(appId)],
    ['Recording template', ruleId && code(ruleId)],
    ['Files', fileCounts(details)],
    ['Parts', parts(details)],
    ['Last event', lastEvent && `${code(lastEvent.eventType)} at ${utc(lastEvent.at)}`],
    [
      'Last change of the job',
      lastReconcile && `${code(lastReconcile.state ?? 'not found')} at ${utc(lastReconcile.at)}`,
    ],
  ];
  return lines.flatMap(([name, value]) => (value ? [`- **${name}:** ${value}`] : [])).join('\n');
}

function fileCounts({ outcome, fileCount, totalSize, foundCount }: RecordingDetails): string | undefined {
  if (outcome) return `${fileCount} in the bucket, ${totalSize} bytes in all`;
  return fileCount === 0 ? undefined : `${fileCount} announced, ${foundCount} of them found in the bucket`;
}

/** Of a plain recording the other lines say it all. */
function parts({ parts, gaps }: RecordingDetails): string | undefined {
  const [gap] = gaps.slice(-1);
  if (parts.length === 0 || (parts.length === 1 && parts[0]?.stopReason !== 'INTERNAL_ERROR')) return undefined;
  const last = gap ? `; last gap from ${utc(gap.from)} to ${utc(gap.to)}, ${code(gap.reason)}` : '';
  return `${parts
    .map(({ jobId }) => code(jobId))
    .slice(-ENTRIES_SHOWN)
    .join(', ')} (${parts.length} in all)${last}`;
}

function steps(details: RecordingDetails): string {
  const lines = details.steps.map(({ step, state, startedAt, endedAt }) => {
    const took = endedAt && `${((Date.parse(endedAt) - Date.parse(startedAt)) / 1000).toFixed(1)} s`;
    return [MARKS[state], STEP_TITLES[step], startedAt.slice(11, 19), ...(took ? [took] : [])].join(' · ');
  });
  return list('Steps (UTC)', lines);
}

function files({ files = [], fileCount }: RecordingDetails): string {
  const shown = files.slice(0, ENTRIES_SHOWN).map(({ bucket, object, size, duration }) => {
    const length = duration === undefined ? '' : `, ${duration} s`;
    return `${code(`${bucket}/${object}`, LONGEST_WHOLE)}: ${size} bytes${length}`;
  });
  return list('Files', shown, fileCount);
}

function warnings({ warnings }: RecordingDetails): string {
  const shown = warnings.slice(0, ENTRIES_SHOWN).map((warning) => code(warning));
  return list('Warnings', shown, warnings.length);
}

function list(title: string, lines: string[], count = lines.length): string {
  if (lines.length === 0) return '';
  const rest = count > lines.length ? [`and ${count - lines.length} more: see the result`] : [];
  return [`**${title}**`, '', ...[...lines, ...rest].map((line) => `- ${line}`)].join('\n');
}

/** Text from others in a code span, where Markdown has no meaning and nothing can end the span. */
function code(text: string, longest = LONGEST_TEXT): string {
  const safe = text.replace(/[`|\s]+/g, ' ').slice(0, longest);
  return `\`${safe}\``;
}
