import type { SearchAttributeUpdatePair } from '@temporalio/common';
import { metricMeter, setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { cut } from '../recording/cut.js';
import { JOB_ENDS_METRIC, RECORDINGS_METRIC } from '../recording/metrics.js';
import { RESULT_LIMITS } from '../recording/result.js';
import { RECORDING_JOB_ID, RECORDING_OUTCOME, RECORDING_PHASE } from '../recording/searchAttributes.js';
import type { Phase, RecordingStatus, StepName, StepProgress } from '../recording/status.js';
import { titleOf } from '../recording/title.js';
import { announcedCount, announcedFiles, seenCount } from './announcedFiles.js';
import {
  beginStep,
  durationLimit,
  endStep,
  iso,
  jobOf,
  ourJobs,
  unansweredStarts,
  type RecordingState,
} from './state.js';

/*
 * What others see of a recording: the status, the details and search attributes in Temporal's web page, the counters.
 */

/**
 * The recording is in this phase now.
 * @param options `lasts`: whether the search attributes show it too, which costs an event of the history
 */
export function setPhase(state: RecordingState, phase: Phase, { lasts = true } = {}): void {
  state.phase = phase;
  updateCurrentDetails(state);
  if (lasts) updateSearchAttributes(state);
}

/** Runs one step of the procedure and records its progress for the status and the details. */
export async function step<T>(state: RecordingState, name: StepName, work: () => Promise<T>): Promise<T> {
  const progress = beginStep(state, name, Date.now());
  updateCurrentDetails(state);
  try {
    const result = await work();
    endStep(progress, 'done', Date.now());
    return result;
  } catch (error) {
    endStep(progress, 'failed', Date.now());
    throw error;
  }
}

/** The details of the run's page. They are no part of the history and cost nothing there. */
export function updateCurrentDetails(state: RecordingState): void {
  setCurrentDetails(detailsOf(state));
}

/**
 * The columns and filters of the list: only attributes that were set at the start. One that the namespace does not have
 * would fail the workflow task forever.
 */
function updateSearchAttributes(state: RecordingState): void {
  const wanted: SearchAttributeUpdatePair[] = [
    { key: RECORDING_JOB_ID, value: jobOf(state)?.jobId ?? '' },
    { key: RECORDING_PHASE, value: state.phase },
    { key: RECORDING_OUTCOME, value: state.result?.outcome ?? '' },
  ];
  const { typedSearchAttributes: current } = workflowInfo();
  const changed = wanted.filter(({ key, value }) => {
    const present = current.get(key);
    return present !== undefined && present !== value;
  });
  if (changed.length > 0) upsertSearchAttributes(changed);
}

/** The recording is over: with a result, or as `failed` or `cancelled`. */
export function countRecording({ result, phase }: RecordingState): void {
  metricMeter.createCounter(RECORDINGS_METRIC).add(1, { outcome: result?.outcome ?? phase });
}

/** The job has ended. Where reconciliation often reports that first, callbacks are lost. */
export function countJobEnd({ job }: RecordingState): void {
  if (job.status === 'ended') metricMeter.createCounter(JOB_ENDS_METRIC).add(1, { by: job.by });
}

/** The answer to the query. */
export function statusOf(state: RecordingState): RecordingStatus {
  const job = jobOf(state);
  return {
    phase: state.phase,
    ...(state.settings && { input: state.settings }),
    steps: state.steps,
    ...(state.appId !== undefined && { appId: state.appId }),
    ...(state.ruleId !== undefined && { ruleId: state.ruleId }),
    ...(job && { jobId: job.jobId }),
    ...(job?.streamName !== undefined && { streamName: job.streamName }),
    ...('startedAt' in state.job && { startedAt: iso(state.job.startedAt) }),
    ...(state.stopRequested && { stopAskedBy: state.stopRequested.by }),
    files: state.result?.files ?? cut([...announcedFiles(state).values()], RESULT_LIMITS.files),
    fileCount: state.result?.fileCount ?? announcedCount(state),
    ...(state.lastEvent && { lastEvent: { ...state.lastEvent, at: iso(state.lastEvent.at) } }),
    ...(state.lastReconcile && { lastReconcile: { ...state.lastReconcile, at: iso(state.lastReconcile.at) } }),
    warnings: state.result?.warnings ?? cut(state.warnings, RESULT_LIMITS.warnings),
    ...(state.result && { outcome: state.result.outcome, endedBy: state.result.endedBy }),
  };
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

/** More would be no overview, and too long for the page, which passes the text in an address: the result has all of them. */
const ENTRIES_SHOWN = 5;
const LONGEST_TEXT = 200;
/** The name of a file, and what to do about a failure, are of no use when they are cut. */
const LONGEST_WHOLE = 500;

/**
 * The recording as Temporal's web page shows it ("Current Details"): Markdown, made of the state alone. Lists, because the page's column is too narrow for
 * tables, and no pictures, because not every desktop has them.
 */
export function detailsOf(state: RecordingState): string {
  return [heading(state), facts(state), files(state), warnings(state), steps(state)]
    .filter((part) => part !== '')
    .join('\n\n');
}

function heading({ settings, phase }: RecordingState): string {
  return settings ? `### ${titleOf(settings)}, ${settings.appName}: ${phase}` : '### The input is being checked';
}

function facts(state: RecordingState): string {
  const { lastEvent, lastReconcile, result } = state;
  const job = jobOf(state);
  const lines: [string, string | undefined][] = [
    ['Failure', state.failure && code(state.failure, LONGEST_WHOLE)],
    ['Outcome', result && `**${result.outcome}**, ended by ${result.endedBy}`],
    ['Waits for', waitsFor(state)],
    ['Started', state.steps[0] && clock(Date.parse(state.steps[0].startedAt))],
    ['Job', job && `${code(job.jobId)}${job.streamName ? `, stream ${code(job.streamName)}` : ''}`],
    [
      'Other jobs of this recording',
      ourJobs(state)
        .slice(1)
        .map((other) => code(other.jobId))
        .join(', '),
    ],
    ['Application', state.appId && code(state.appId)],
    ['Recording template', state.ruleId && code(state.ruleId)],
    ['Files', fileCounts(state)],
    ['Last event', lastEvent && `${code(lastEvent.eventType)} at ${clock(lastEvent.at)}`],
    ['Last change of the job', lastReconcile && `${code(lastReconcile.state)} at ${clock(lastReconcile.at)}`],
  ];
  return lines.flatMap(([name, value]) => (value ? [`- **${name}:** ${value}`] : [])).join('\n');
}

/** What has to happen next, and when it is looked after if it does not. */
function waitsFor(state: RecordingState): string | undefined {
  const { settings } = state;
  const job = jobOf(state);
  if (!settings) return undefined;
  const step = state.steps.at(-1);
  switch (state.phase) {
    case 'preparing':
      return (
        step && `step ${TITLES[step.step]}; if it keeps failing, its error stands under ${code('Pending Activities')}`
      );
    case 'waitingForParticipant':
      return `the signal ${code('participantJoined')}, until ${clock((state.waitingSince ?? 0) + settings.maxDuration)}`;
    case 'starting':
      return unansweredStarts(state).length === 0
        ? "the vendor's answer to the start of the job"
        : `an event of a job whose start was never answered (${unansweredStarts(state).length}×); then the job is started again`;
    case 'recording':
      return (
        `${code('CLOUD_RECORD_OVER')} of ${code(job?.jobId ?? '')}; the vendor is polled every ${settings.reconcileInterval / 1000} s too ` +
        `(${code('Pending Activities')}), and the job is stopped at ${clock(durationLimit(state))}`
      );
    case 'stopping':
      return `the end of the job, which was stopped by ${state.stopRequested?.by === 'maxDuration' ? 'its longest duration' : 'a caller'}`;
    case 'settling':
      return `late events and files, until ${clock(state.job.status === 'ended' ? state.job.at + settings.settleTimeout : NaN)}`;
    default:
      return undefined;
  }
}

function fileCounts(state: RecordingState): string | undefined {
  if (state.result) return `${state.result.fileCount} in the bucket, ${state.result.totalSize} bytes in all`;
  const announced = announcedCount(state);
  return announced === 0 ? undefined : `${announced} announced, ${seenCount(state)} of them seen in the bucket`;
}

function steps(state: RecordingState): string {
  if (state.steps.length === 0) return '';
  const lines = state.steps.map(({ step, state: progress, startedAt, endedAt }) =>
    [MARKS[progress], TITLES[step], startedAt.slice(11, 19), ...(endedAt ? [seconds(startedAt, endedAt)] : [])].join(
      ' · ',
    ),
  );
  return list('Steps (UTC)', lines);
}

function files({ result }: RecordingState): string {
  if (!result || result.files.length === 0) return '';
  const shown = result.files.slice(0, ENTRIES_SHOWN).map(({ bucket, object, size, duration }) => {
    const length = duration === undefined ? '' : `, ${duration} s`;
    return `${code(`${bucket}/${object}`, LONGEST_WHOLE)}: ${size} bytes${length}`;
  });
  return list('Files', shown, result.fileCount);
}

function warnings(state: RecordingState): string {
  const all = state.result?.warnings ?? state.warnings;
  if (all.length === 0) return '';
  return list(
    'Warnings',
    all.slice(0, ENTRIES_SHOWN).map((warning) => code(warning)),
    all.length,
  );
}

function list(title: string, lines: string[], count = lines.length): string {
  const rest = count > lines.length ? [`and ${count - lines.length} more: see the result`] : [];
  return [`**${title}**`, '', ...[...lines, ...rest].map((line) => `- ${line}`)].join('\n');
}

/** What others wrote, as it is: in a code span Markdown has no meaning, and nothing ends the span or the table's cell. */
function code(text: string, longest = LONGEST_TEXT): string {
  const safe = text.replace(/[`|\s]+/g, ' ').slice(0, longest);
  return `\`${safe}\``;
}

function clock(time: number): string {
  return Number.isFinite(time) ? `${iso(time).slice(0, 19).replace('T', ' ')} UTC` : 'never';
}

function seconds(from: string, to: string): string {
  return `${((Date.parse(to) - Date.parse(from)) / 1000).toFixed(1)} s`;
}
