import type { Command } from 'commander';
import { RecordingFailedError, type Recording } from '../client.js';
import { withClient } from './connect.js';
import {
  printJson,
  printLine,
  readReference,
  withReference,
  type OutputOptions,
  type ReferenceOptions,
} from './options.js';
import { describeFailure, describeStatus, nameOf } from './summary.js';

export function addStatus(program: Command): void {
  withReference(program.command('status'))
    .description('say what a recording is doing, or how it ended')
    .addHelpText(
      'after',
      `
Examples:
  $ sparkrtc-recorder status --app rtctest --room room001 --user user001
  $ sparkrtc-recorder status --id recording:rtctest:room001:user001:screen --json`,
    )
    .action(status);
}

async function status(options: ReferenceOptions & OutputOptions, command: Command): Promise<void> {
  const reference = readReference(options, command);
  await withClient(async ({ recordings }) => {
    const recording = recordings.get(reference);
    // One after the other: the connection must not close under a call that is retried.
    const answer = await recording.status();
    const lastPoll = await recording.lastPoll();
    if (options.json) return printJson({ ...answer, ...(lastPoll && { lastPoll }) });
    printLine(nameOf(recording.workflowId));
    printLine(describeStatus(answer, Date.now(), lastPoll));
    const failure = answer.phase === 'failed' ? await failureOf(recording) : undefined;
    if (failure) printLine(describeFailure(failure));
  });
}

/** Undefined: it has just been started again. */
async function failureOf(recording: Recording): Promise<RecordingFailedError | undefined> {
  try {
    await recording.resultIfOver();
    return undefined;
  } catch (error) {
    if (error instanceof RecordingFailedError) return error;
    throw error;
  }
}
