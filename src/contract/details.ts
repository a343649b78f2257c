import type { RecordedFile } from './result.js';
import type { RecordingStatus, StepName, StepProgress } from './status.js';
import { titleOf } from './workflowId.js';

/*
 * A recording as Temporal's web page shows it ("Current Details"). Lists, because the page's column is too narrow for
 * tables, and no pictures, because not every desktop has them.
 */

/** What the page shows: the status, and what only an operator wants to know. */
export interface RecordingDetails extends Omit<RecordingStatus, 'files'> {
  /** The files that were listed; absent until the recording is over. */
  files?: RecordedFile[];
  totalSize?: number;
  /** How many of the announced files a listing has shown. */
  seenCount: number;
  /** Why it failed. */
  failure?: string;
  /** Jobs of unanswered starts that turned up later. */
  otherJobs: string[];
  unansweredStarts: number;
  /** When the phase ends at the latest; milliseconds since 1970. */
  phaseEndsBy?: number;
}

/** The steps by the numbers and in the words of the vendor's page. */
const TITLES: Record<StepName, string> = {
  authenticate: '1. Prove the credentials to IAM',
  ensureApplication: '2. Find or create the application',
  ensureRecordRule: '3. Find or save the recording template',
  configureRecordCallback: '4. Point the callback at the receiver',
  participantJoined: '5. Wait for the participant',
  startIndividualStreamJob: '6. Start the recording job',
  recordingEvents: 'Record, until the job is over',
  listRecordingFiles: '7. List the files in the bucket',
};

const MARKS: Record<StepProgress['state'], string> = { running: '**under way**', done: 'done', failed: '**failed**' };

/** More would be no overview, and too long for the page, which passes the text in an address: the result has all. */
const ENTRIES_SHOWN = 5;
const LONGEST_TEXT = 200;
/** The name of a file, and what to do about a failure, are of no use when they are cut. */
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
  const { failure, outcome, endedBy, jobId, streamName, otherJobs, appId, ruleId, lastEvent, lastReconcile } = details;
  const began = details.steps[0]?.startedAt;
  const lines: [string, string | undefined][] = [
    ['Failure', failure && code(failure, LONGEST_WHOLE)],
    ['Outcome', outcome && `**${outcome}**, ended by ${endedBy}`],
    ['Waits for', waitsFor(details)],
    ['Started', began && clock(began)],
    ['Job', jobId && `${code(jobId)}${streamName ? `, stream ${code(streamName)}` : ''}`],
    ['Other jobs of this recording', otherJobs.map((other) => code(other)).join(', ')],
    ['Application', appId && code(appId)],
    ['Recording template', ruleId && code(ruleId)],
    ['Files', fileCounts(details)],
    ['Last event', lastEvent && `${code(lastEvent.eventType)} at ${clock(lastEvent.at)}`],
    ['Last change of the job', lastReconcile && `${code(lastReconcile.state)} at ${clock(lastReconcile.at)}`],
  ];
  return lines.flatMap(([name, value]) => (value ? [`- **${name}:** ${value}`] : [])).join('\n');
}

/** What has to happen next, and when it is looked after if it does not. */
function waitsFor(details: RecordingDetails): string | undefined {
  const { input, phase, steps, jobId = '', stopAskedBy, unansweredStarts, phaseEndsBy = NaN } = details;
  const step = steps.at(-1)?.step;
  if (!input) return undefined;
  switch (phase) {
    case 'preparing':
      return step && `step ${TITLES[step]}; if it keeps failing, its error stands under ${code('Pending Activities')}`;
    case 'waitingForParticipant':
      return `the signal ${code('participantJoined')}, until ${clock(phaseEndsBy)}`;
    case 'starting':
      return unansweredStarts === 0
        ? "the vendor's answer to the start of the job"
        : `an event of a job whose start was never answered (${unansweredStarts}×); then the job is started again`;
    case 'recording':
      return (
        `${code('CLOUD_RECORD_OVER')} of ${code(jobId)}; the vendor is polled every ` +
        `${input.reconcileInterval / 1000} s too (${code('Pending Activities')}), ` +
        `and the job is stopped at ${clock(phaseEndsBy)}`
      );
    case 'stopping':
      return (
        'the end of the job, which was stopped by ' +
        (stopAskedBy === 'maxDuration' ? 'its longest duration' : 'a caller')
      );
    case 'settling':
      return `late events and files, until ${clock(phaseEndsBy)}`;
    default:
      return undefined;
  }
}

function fileCounts({ outcome, fileCount, totalSize, seenCount }: RecordingDetails): string | undefined {
  if (outcome) return `${fileCount} in the bucket, ${totalSize} bytes in all`;
  return fileCount === 0 ? undefined : `${fileCount} announced, ${seenCount} of them seen in the bucket`;
}

function steps(details: RecordingDetails): string {
  const lines = details.steps.map(({ step, state, startedAt, endedAt }) => {
    const took = endedAt && `${((Date.parse(endedAt) - Date.parse(startedAt)) / 1000).toFixed(1)} s`;
    return [MARKS[state], TITLES[step], startedAt.slice(11, 19), ...(took ? [took] : [])].join(' · ');
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

/** What others wrote, as it is: in a code span Markdown has no meaning, and nothing ends the span. */
function code(text: string, longest = LONGEST_TEXT): string {
  const safe = text.replace(/[`|\s]+/g, ' ').slice(0, longest);
  return `\`${safe}\``;
}

function clock(time: string | number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? 'never' : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
