import type { Command } from 'commander';
import { createLogUpdate } from 'log-update';
import type { Recording, RecordingResult } from '../client.js';
import { withRecording } from './connect.js';
import { EXIT, type ExitCode } from './errors.js';
import { follow, type Sight } from './follow.js';
import { note, printLine, withReference, type OutputOptions, type ReferenceOptions } from './options.js';
import { ProgressLines, ProgressPicture } from './progress.js';
import { describeFailure, describeResult, nameOf } from './summary.js';

export function addWatch(program: Command): void {
  withReference(program.command('watch'))
    .description('follow a recording to its end; the exit code tells the outcome')
    .addHelpText(
      'after',
      `
Ctrl-C stops the watching only. With --json each change is one line: {"kind":"status", …}, at the end
{"kind":"result", …} or {"kind":"failure", …}.

Exit codes: 0 recorded, 4 partial, 5 empty, 1 failed, 6 cancelled or terminated, 3 no such recording, 130 Ctrl-C.

Examples:
  $ sparkrtc-recorder watch --app rtctest --room room001 --user user001
  $ sparkrtc-recorder watch --id recording:rtctest:room001:user001:camera --json`,
    )
    .action(watch);
}

async function watch(options: ReferenceOptions & OutputOptions, command: Command): Promise<void> {
  const interrupted = new AbortController();
  const interrupt = () => {
    if (interrupted.signal.aborted) process.exit(EXIT.interrupted);
    interrupted.abort();
  };
  // Not `once`: what gives the cursor back takes a SIGINT that nobody else listens to for the end of the process.
  process.on('SIGINT', interrupt);
  try {
    process.exitCode = await withRecording(options, command, async (recording, client) => {
      const view = viewOf(recording, options);
      try {
        for await (const sight of follow(client, recording, interrupted.signal)) {
          view.show(sight);
          if (sight.kind === 'result') return EXIT_OF_OUTCOME[sight.result.outcome];
          if (sight.kind === 'failure') return exitOfFailure(sight.failure.type);
        }
      } finally {
        view.close?.();
      }
      const again = `sparkrtc-recorder watch --id ${recording.workflowId}`;
      note(`Stopped watching; the recording goes on. Watch it again:  ${again}`);
      return EXIT.interrupted;
    });
  } finally {
    process.off('SIGINT', interrupt);
  }
}

const EXIT_OF_OUTCOME: Record<RecordingResult['outcome'], ExitCode> = {
  recorded: EXIT.done,
  partial: EXIT.partial,
  empty: EXIT.empty,
};

function exitOfFailure(type: string): ExitCode {
  return type === 'Cancelled' || type === 'Terminated' ? EXIT.cancelled : EXIT.failed;
}

/** How the progress is shown. */
interface View {
  show: (sight: Sight) => void;
  /** Leaves what is shown where it is, whatever comes next. */
  close?: () => void;
}

function viewOf(recording: Recording, { json }: OutputOptions): View {
  if (json) return jsonLines();
  return process.stdout.isTTY ? repainted(recording) : plainLines(recording);
}

function jsonLines(): View {
  let last: string | undefined;
  return {
    show: (sight) => {
      const line = JSON.stringify(asJson(sight));
      if (line !== last) printLine(line);
      last = line;
    },
  };
}

function asJson(sight: Sight): object {
  switch (sight.kind) {
    case 'status':
      return { kind: sight.kind, ...sight.status, ...(sight.lastPoll && { lastPoll: sight.lastPoll }) };
    case 'result':
      return { kind: sight.kind, ...sight.result };
    case 'silence':
      return sight;
    case 'failure': {
      const { type, reason, advice, docs } = sight.failure;
      return { kind: sight.kind, type, reason, advice, docs };
    }
  }
}

function plainLines(recording: Recording): View {
  const lines = new ProgressLines();
  let begun = false;
  return {
    show: (sight) => {
      if (!begun) printLine(nameOf(recording.workflowId));
      begun = true;
      for (const line of lines.of(sight)) printLine(line);
      printEnd(sight);
    },
  };
}

function repainted(recording: Recording): View {
  const picture = new ProgressPicture(recording.workflowId);
  const paint = createLogUpdate(process.stdout);
  return {
    show: (sight) => {
      if (sight.kind === 'status' || sight.kind === 'silence') return paint(picture.of(sight));
      paint(nameOf(recording.workflowId));
      paint.done();
      printEnd(sight);
    },
    close: () => paint.done(),
  };
}

function printEnd(sight: Sight): void {
  if (sight.kind === 'result') printLine(describeResult(sight.result));
  if (sight.kind === 'failure') printLine(describeFailure(sight.failure));
}
