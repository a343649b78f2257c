import type { Command } from 'commander';
import { printResultOrHint, withRecording, type WaitOptions } from './connect.js';
import { print, withReference, type ReferenceOptions } from './options.js';
import { nameOf } from './summary.js';

export function addStop(program: Command): void {
  withReference(program.command('stop'))
    .description('end a recording')
    .option('--wait', 'wait for the end and print the result; the exit code is 0 for every outcome but a failure')
    .addHelpText(
      'after',
      `
Examples:
  $ sparkrtc-recorder stop --app rtctest --room room001 --user user001
  $ sparkrtc-recorder stop --id recording:rtctest:room001:user001:camera --wait`,
    )
    .action(stop);
}

async function stop(options: ReferenceOptions & WaitOptions, command: Command): Promise<void> {
  await withRecording(options, command, async (recording) => {
    const status = await recording.stop();
    const what = status.phase === 'completed' ? 'completed' : 'being stopped';
    print(options, status, () => `${nameOf(recording.workflowId)} is ${what}.`);
    await printResultOrHint(recording, options, 'Its files');
  });
}
