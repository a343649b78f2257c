import { Option, type Command } from 'commander';
import type { ListedRecording, RecordingFilters } from '../client.js';
import { withClient } from './connect.js';
import { bad, clock, warn, good, moment, table } from './format.js';
import { note, print, readCount, readDuration, readMoment, type OutputOptions } from './options.js';

interface ListOptions extends OutputOptions {
  app?: string;
  room?: string;
  user?: string;
  phase?: RecordingFilters['phase'];
  outcome?: RecordingFilters['outcome'];
  running?: boolean;
  since?: Date;
  until?: Date;
  last?: number;
  limit: number;
}

const PHASES = [
  'preparing',
  'waitingForParticipant',
  'waitingForNextPart',
  'recording',
  'stopping',
  'settling',
  'completed',
  'cancelled',
  'failed',
] as const satisfies RecordingFilters['phase'][];

const OUTCOMES = ['recorded', 'partial', 'empty'] as const satisfies RecordingFilters['outcome'][];

export function addList(program: Command): void {
  program
    .command('list')
    .description('list recordings: running ones first, then the latest')
    .option('--app <appName>', 'of this application')
    .option('--room <roomId>', 'of this room')
    .option('--user <userId>', 'of this user')
    .addOption(new Option('--phase <phase>', 'in this phase').choices(PHASES))
    .addOption(new Option('--outcome <outcome>', 'with this outcome').choices(OUTCOMES))
    .option('--running', 'running')
    .option('--since <time>', 'started at this time or later, e.g. 2026-01-31T10:00:00Z', readMoment)
    .option('--until <time>', 'started before this time', readMoment)
    .addOption(
      new Option('--last <duration>', 'started within this time, e.g. "2 days"')
        .argParser(readDuration)
        .conflicts('since'),
    )
    .option('--limit <count>', 'the maximum number', readCount, 50)
    .addHelpText(
      'after',
      `
Examples:
  $ sparkrtc-recorder list --running
  $ sparkrtc-recorder list --room room001 --outcome partial --last "2 days"
  $ sparkrtc-recorder list --app rtctest --since 2026-01-31 --json`,
    )
    .action(list);
}

async function list(options: ListOptions): Promise<void> {
  const { app, room, user, phase, outcome, running, until, last, limit } = options;
  const since = last === undefined ? options.since : new Date(Date.now() - last);
  const filters = { appName: app, roomId: room, userId: user, phase, outcome, running, since, until };
  const { found, more } = await withClient(({ recordings }) => upTo(limit, recordings.list(filters)));
  print(options, found, () => (found.length === 0 ? 'No recordings found.' : tableOf(found, Date.now())));
  if (more) note(`There are more than these ${limit}: give a higher --limit, or filters.`);
}

async function upTo(
  limit: number,
  all: AsyncIterable<ListedRecording>,
): Promise<{ found: ListedRecording[]; more: boolean }> {
  const found: ListedRecording[] = [];
  for await (const recording of all) {
    if (found.length === limit) return { found, more: true };
    found.push(recording);
  }
  return { found, more: false };
}

function tableOf(recordings: ListedRecording[], now: number): string {
  const rows = recordings.map((recording) => {
    const { appName, roomId, userId, videoType, startedAt, closedAt, jobId } = recording;
    return [
      ...[appName, roomId, userId, videoType === 'SCREENSTREAM' ? 'screen' : 'camera'],
      ...[
        stateOf(recording),
        moment(startedAt),
        clock((closedAt?.getTime() ?? now) - startedAt.getTime()),
        jobId ?? '',
      ],
    ];
  });
  return table(['APP', 'ROOM', 'USER', 'STREAM', 'STATE', 'STARTED', 'TOOK', 'JOB'], rows, [6]);
}

/** The outcome or the phase; without search attributes, Temporal's status. */
function stateOf({ outcome, phase, state }: ListedRecording): string {
  if (outcome !== undefined) return outcome === 'recorded' ? good(outcome) : warn(outcome);
  // The index keeps the last phase of a recording that was terminated.
  if (state === 'RUNNING') return phase ?? 'running';
  const word = state.toLowerCase().replace('_', ' ');
  return state === 'FAILED' ? bad(word) : word;
}
