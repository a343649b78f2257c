import type { Command } from 'commander';
import { withClient } from './connect.js';
import {
  printJson,
  printLine,
  readReference,
  withReference,
  type OutputOptions,
  type ReferenceOptions,
} from './options.js';
import { describeResult, nameOf } from './summary.js';

interface StopOptions extends ReferenceOptions, OutputOptions {
  wait?: boolean;
}

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

async function stop(options: StopOptions, command: Command): Promise<void> {
  const { wait, json } = options;
  const reference = readReference(options, command);
  await withClient(
    async ({ recordings }) => {
      const recording = recordings.get(reference);
      const status = await recording.stop();
      if (json) printJson(status);
      else printLine(`${nameOf(recording.workflowId)} is ${status.phase === 'completed' ? 'over' : 'being stopped'}.`);
      if (wait) {
        const result = await recording.result();
        if (json) printJson(result);
        else printLine(describeResult(result));
      } else if (!json) printLine(`Its files:  sparkrtc-recorder watch --id ${recording.workflowId}`);
    },
    { patient: wait },
  );
}
