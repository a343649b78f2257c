import type { Command } from 'commander';
import { createLogUpdate } from 'log-update';
import type { Recording, RecordingResult } from '../client.js';
import { endBySignal } from '../signals.js';
import { withRecording } from './connect.js';
import { EXIT, type ExitCode } from './errors.js';
import { follow, type WatchUpdate } from './follow.js';
import { note, printLine, withReference, type OutputOptions, type ReferenceOptions } from './options.js';
import { ProgressLines, ProgressPicture } from './progress.js';
import { describeFailure, describeResult, nameOf } from './summary.js';

export function addWatch(program: Command): void {
  withReference(program.command('watch'))
    .description('follow a recording to its end; the exit code is the outcome')
    .addHelpText(
      'after',
      `
Ctrl-C stops watching; the recording continues. With --json each change is one line: {"kind":"status", …}, at the
end {"kind":"result", …} or {"kind":"failure", …}.

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
  // Until the end is known: 0 would mean "recorded" to whoever closes a pipe early.
  process.exitCode = EXIT.interrupted;
  process.off('SIGINT', endBySignal);
  // Not `once`: log-update ends the process on a SIGINT that has no other listener.
  process.on('SIGINT', interrupt);
  try {
    process.exitCode = await withRecording(options, command, async (recording, client) => {
      const view = viewOf(recording, options);
      try {
        for await (const update of follow(client, recording, interrupted.signal)) {
          view.show(update);
          if (update.kind === 'result') return EXIT_OF_OUTCOME[update.result.outcome];
          if (update.kind === 'failure') return exitOfFailure(update.failure.type);
        }
      } finally {
        view.close?.();
      }
      const again = `sparkrtc-recorder watch --id ${recording.workflowId}`;
      note(`Stopped watching; the recording continues. Watch it again:  ${again}`);
      return EXIT.interrupted;
    });
  } finally {
    process.off('SIGINT', interrupt);
  }
}

const EXIT_OF_OUTCOME: Record<RecordingResult['outcome'], ExitCode> = {
  recorded: EXIT.success,
  partial: EXIT.partial,
  empty: EXIT.empty,
};

function exitOfFailure(type: string): ExitCode {
  return type === 'Cancelled' || type === 'Terminated' ? EXIT.cancelled : EXIT.failed;
}

interface View {
  show: (update: WatchUpdate) => void;
  /** Keeps the last picture on the terminal. */
  close?: () => void;
}

function viewOf(recording: Recording, { json }: OutputOptions): View {
  if (json) return jsonLines();
  return process.stdout.isTTY ? repainted(recording) : plainLines(recording);
}

function jsonLines(): View {
  let last: string | undefined;
  return {
    show: (update) => {
      const line = JSON.stringify(asJson(update));
      if (line !== last) printLine(line);
      last = line;
    },
  };
}

function asJson(update: WatchUpdate): object {
  switch (update.kind) {
    case 'status':
      return { kind: update.kind, ...update.status, ...(update.lastPoll && { lastPoll: update.lastPoll }) };
    case 'result':
      return { kind: update.kind, ...update.result };
    case 'unavailable':
      return update;
    case 'failure': {
      const { type, reason, advice, docs } = update.failure;
      return { kind: update.kind, type, reason, advice, docs };
    }
  }
}

function plainLines(recording: Recording): View {
  const lines = new ProgressLines();
  let started = false;
  return {
    show: (update) => {
      if (!started) printLine(nameOf(recording.workflowId));
      started = true;
      for (const line of lines.of(update)) printLine(line);
      printEnd(update);
    },
  };
}

function repainted(recording: Recording): View {
  const picture = new ProgressPicture(recording.workflowId);
  const paint = createLogUpdate(process.stdout);
  return {
    show: (update) => {
      if (update.kind === 'status' || update.kind === 'unavailable') return paint(picture.of(update));
      paint(nameOf(recording.workflowId));
      paint.done();
      printEnd(update);
    },
    close: () => paint.done(),
  };
}

function printEnd(update: WatchUpdate): void {
  if (update.kind === 'result') printLine(describeResult(update.result));
  if (update.kind === 'failure') printLine(describeFailure(update.failure));
}
