import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { addDoctor } from './doctor.js';
import { EXIT_CODES_HELP, exitCodeOf, explain } from './errors.js';
import { addFiles } from './files.js';
import { addList } from './list.js';
import { note, withOutputOptions } from './options.js';
import { addStart } from './start.js';
import { addStatus } from './status.js';
import { addStop } from './stop.js';
import { addWatch } from './watch.js';

const COMMANDS = [addStart, addWatch, addStatus, addStop, addList, addFiles, addDoctor];

const SIMULATE = "run a simulator of the vendor's IAM, SparkRTC and OBS on this machine, until Ctrl-C";

/** The whole command: does what the arguments say, and sets the exit code. @param argv as in `process.argv` */
export async function runProgram(argv: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync(argv);
  } catch (error) {
    const line = explain(error);
    if (line !== undefined) note(line);
    if (argv.includes('--verbose') && !(error instanceof CommanderError)) note(chainOf(error));
    process.exitCode = exitCodeOf(error);
  }
}

/** Commands and options, without doing anything. */
export function createProgram(): Command {
  const program = new Command('sparkrtc-recorder')
    .description('Records single streams of Huawei Cloud SparkRTC rooms, durably, on Temporal.')
    .version(version(), '-V, --version')
    .addHelpText(
      'after',
      `
The Temporal server is found by Temporal's own variables (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, …) or its profile file,
the task queue by TEMPORAL_TASK_QUEUE. Results go to standard output, everything else to standard error. Colours are left
out by NO_COLOR, and where standard output is no terminal.
${EXIT_CODES_HELP}

Examples:
  $ sparkrtc-recorder start --input recording.json
  $ sparkrtc-recorder watch --app rtctest --room room001 --user user001
  $ sparkrtc-recorder files --app rtctest --room room001 --user user001 --links
  $ sparkrtc-recorder list --running
  $ sparkrtc-recorder doctor --bucket obsName
  $ sparkrtc-recorder help files`,
    )
    .exitOverride((error) => {
      // The subcommand that is a program of its own has ended: no one is left to catch an error.
      if (error.code !== 'commander.executeSubCommandAsync') throw error;
      process.exitCode = error.exitCode;
    });
  for (const add of COMMANDS) add(program);
  program.command('simulate', SIMULATE, { executableFile: 'simulator/cli.js' });
  program.commands.forEach(withOutputOptions);
  return program;
}

function version(): string {
  // The same way from src and from dist.
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

/** The stacks of an error and of all its causes. */
function chainOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\ncaused by ${chainOf(error.cause)}`;
}
