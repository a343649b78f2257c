import { Command, CommanderError } from 'commander';
import { endOnSignals } from '../signals.js';
import { recorderVersion } from '../version.js';
import { addCertify } from './certify.js';
import { addDoctor } from './doctor.js';
import { EXIT_CODES_HELP, exitCodeOf, explain } from './errors.js';
import { addFiles } from './files.js';
import { addJob } from './job.js';
import { addList } from './list.js';
import { note, withOutputOptions } from './options.js';
import { addStart } from './start.js';
import { addStatus } from './status.js';
import { addStop } from './stop.js';
import { addVerify } from './verify.js';
import { addWatch } from './watch.js';

const COMMANDS = [addStart, addWatch, addStatus, addStop, addList, addFiles, addVerify, addDoctor, addCertify, addJob];

const SIMULATE = "run a simulator of the vendor's IAM, SparkRTC and OBS on this machine, until Ctrl-C";

/** Runs a command line and sets the exit code. @param argv as `process.argv` */
export async function runProgram(argv: readonly string[]): Promise<void> {
  for (const output of [process.stdout, process.stderr]) output.on('error', endOnClosedPipe);
  try {
    await createProgram().parseAsync(argv);
  } catch (error) {
    const line = explain(error);
    if (line !== undefined) note(line);
    if (argv.includes('--verbose') && !(error instanceof CommanderError)) note(chainOf(error));
    process.exitCode = exitCodeOf(error);
  }
}

/** Of `| head`: who reads has enough. The exit code is the one that has been set so far, 0 by default. */
function endOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
}

export function createProgram(): Command {
  const program = new Command('sparkrtc-recorder')
    .description('Records single streams of Huawei Cloud SparkRTC rooms, durably, on Temporal.')
    .version(recorderVersion(), '-V, --version')
    .addHelpText(
      'after',
      `
The Temporal server is set by Temporal's own variables (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, …) or profile file, the
task queue by TEMPORAL_TASK_QUEUE. Results go to standard output, everything else to standard error. Colors are used on
a terminal only, and not with NO_COLOR.
${EXIT_CODES_HELP}

Examples:
  $ sparkrtc-recorder start --input recording.json
  $ sparkrtc-recorder watch --app rtctest --room room001 --user user001
  $ sparkrtc-recorder files --app rtctest --room room001 --user user001 --links
  $ sparkrtc-recorder list --running
  $ sparkrtc-recorder doctor --bucket obsName
  $ sparkrtc-recorder certify --input recording.json
  $ sparkrtc-recorder help files`,
    )
    .exitOverride((error) => {
      // After `simulate`, a program of its own, no one would catch the error.
      if (error.code !== 'commander.executeSubCommandAsync') throw error;
      process.exitCode = error.exitCode;
    })
    // Not for `simulate`, which passes signals on.
    .hook('preAction', () => void endOnSignals());
  for (const add of COMMANDS) add(program);
  program.command('simulate', SIMULATE, { executableFile: 'simulator/cli.js' });
  program.commands.filter(({ commands }) => commands.length === 0).forEach(withOutputOptions);
  return program;
}

/** The stacks of an error and of all its causes. */
function chainOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\ncaused by ${chainOf(error.cause)}`;
}
