import type { Command } from 'commander';
import { RecordingFailedError, type Recording } from '../client.js';
import { withRecording } from './connect.js';
import { print, withReference, type OutputOptions, type ReferenceOptions } from './options.js';
import { describeFailure, describeStatus, nameOf } from './summary.js';

export function addStatus(program: Command): void {
  withReference(program.command('status'))
    .description('show the state of a recording, or how it ended')
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
  await withRecording(options, command, async (recording) => {
    // In sequence: the connection must not close while a call is retried.
    const current = await recording.status();
    const lastPoll = await recording.lastPoll();
    const failure = !options.json && current.phase === 'failed' ? await failureOf(recording) : undefined;
    print(options, { ...current, ...(lastPoll && { lastPoll }) }, () =>
      [
        nameOf(recording.workflowId),
        describeStatus(current, Date.now(), lastPoll),
        ...(failure ? [describeFailure(failure)] : []),
      ].join('\n'),
    );
  });
}

/** Undefined if it has just been started again. */
async function failureOf(recording: Recording): Promise<RecordingFailedError | undefined> {
  try {
    await recording.resultIfOver();
    return undefined;
  } catch (error) {
    if (error instanceof RecordingFailedError) return error;
    throw error;
  }
}
