import type { Command } from 'commander';
import type { RecordingInput } from '../client.js';
import { printResultOrHint, withClient, type WaitOptions } from './connect.js';
import { readJson } from './jsonFile.js';
import { print } from './options.js';
import { nameOf, warningLine } from './summary.js';

interface StartOptions extends WaitOptions {
  input: string;
}

export function addStart(program: Command): void {
  program
    .command('start')
    .description('start a recording, unless the stream is being recorded already')
    .requiredOption('-i, --input <file>', 'the input as JSON; "-" reads standard input')
    .option('--wait', 'wait for the end and print the result; the exit code is 0 for every outcome but a failure')
    .addHelpText(
      'after',
      `
Examples:
  $ sparkrtc-recorder start --input recording.json
  $ sparkrtc-recorder start --input - --wait --json < recording.json`,
    )
    .action(start);
}

async function start(options: StartOptions): Promise<void> {
  const request = (await readJson(options.input)) as RecordingInput;
  await withClient(
    async ({ recordings }) => {
      const { recording, ...started } = await recordings.start(request);
      const { workflowId, alreadyRunning, warnings } = started;
      const what = alreadyRunning ? 'is being recorded already' : 'is being recorded';
      print(options, started, () => [`${nameOf(workflowId)} ${what}.`, ...warnings.map(warningLine)].join('\n'));
      await printResultOrHint(recording, options, 'Follow it');
    },
    { patient: options.wait },
  );
}
