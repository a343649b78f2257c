#!/usr/bin/env node
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import {
  InvalidRecordingInputError,
  RecordingClient,
  RecordingNotFoundError,
  type RecordingReference,
} from './client.js';
import { ConfigurationError, loadClientConfig } from './config.js';
import type { RecordingInput } from './recording/input.js';
import type { VideoType } from './recording/workflowId.js';
import { connectLazily } from './temporal/connection.js';

/** Exit codes: 0 done, 1 the call failed, 2 wrong usage or input, 3 no such recording. */
const EXIT = { failed: 1, usage: 2, notFound: 3 } as const;

/** A server that is away is told of after some 2 s; who waits for a recording's end sits out a restart of the server too. */
const CALL_ATTEMPTS = 5;

/** gRPC's code. */
const UNAVAILABLE = 14;

interface ReferenceOptions {
  id?: string;
  app?: string;
  room?: string;
  user?: string;
  screen?: boolean;
}

const program = new Command('sparkrtc-recorder')
  .description('Records single streams of Huawei Cloud SparkRTC rooms, durably, on Temporal.')
  .addHelpText(
    'after',
    `
The Temporal server is found by Temporal's own variables (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, …) or its profile file,
the task queue by TEMPORAL_TASK_QUEUE.

Examples:
  $ sparkrtc-recorder start --input recording.json
  $ sparkrtc-recorder status --app rtctest --room room001 --user user001
  $ sparkrtc-recorder stop --id recording:rtctest:room001:user001:camera`,
  )
  .exitOverride();

program
  .command('start')
  .description('start a recording, unless the stream is being recorded already')
  .requiredOption('-i, --input <file>', 'the input as JSON; "-" reads standard input')
  .option('--wait', 'wait for the end and print the result')
  .action(async ({ input, wait }: { input: string; wait?: boolean }) => {
    const request = await readInput(input);
    await withClient(
      async (recordings) => {
        const { recording, ...started } = await recordings.start(request);
        print(started);
        if (wait) print(await recording.result());
      },
      { wait },
    );
  });

referring(program.command('status').description('say what a recording is doing, or how it ended')).action(
  async (options: ReferenceOptions, command: Command) => {
    const reference = readReference(options, command);
    await withClient(async (recordings) => print(await recordings.get(reference).status()));
  },
);

referring(program.command('stop').description('end a recording'))
  .option('--wait', 'wait for the end and print the result')
  .action(async (options: ReferenceOptions & { wait?: boolean }, command: Command) => {
    const reference = readReference(options, command);
    await withClient(
      async (recordings) => {
        const recording = recordings.get(reference);
        print(await recording.stop());
        if (options.wait) print(await recording.result());
      },
      { wait: options.wait },
    );
  });

function referring(command: Command): Command {
  return command
    .addOption(new Option('--id <workflowId>', 'the workflow id').conflicts(['app', 'room', 'user', 'screen']))
    .option('--app <appName>', 'the application')
    .option('--room <roomId>', 'the room')
    .option('--user <userId>', 'the user whose stream is recorded')
    .option('--screen', 'the shared screen instead of the camera');
}

function readReference({ id, app, room, user, screen }: ReferenceOptions, command: Command): RecordingReference {
  if (id !== undefined) return id;
  if (app === undefined || room === undefined || user === undefined) {
    command.error('error: give --id, or --app, --room and --user', { exitCode: EXIT.usage });
  }
  const videoType: VideoType = screen ? 'SCREENSTREAM' : 'CAMERASTREAM';
  return { appName: app, roomId: room, userId: user, videoType };
}

async function readInput(file: string): Promise<RecordingInput> {
  const source = file === '-' ? 'standard input' : file;
  try {
    const json = file === '-' ? await text(process.stdin) : await readFile(file, 'utf8');
    return JSON.parse(json) as RecordingInput;
  } catch (error) {
    const what = error instanceof SyntaxError ? 'holds no JSON' : 'cannot be read';
    // A parser quotes the lines that it does not understand.
    throw new InvalidArgumentError(`error: ${source} ${what}: ${(error as Error).message.replace(/\s+/g, ' ')}`);
  }
}

async function withClient(
  work: (recordings: RecordingClient) => Promise<void>,
  { wait = false }: { wait?: boolean | undefined } = {},
): Promise<void> {
  const config = loadClientConfig();
  const client = connectLazily(config, wait ? {} : { attempts: CALL_ATTEMPTS });
  try {
    await work(new RecordingClient({ client, taskQueue: config.taskQueue }));
  } finally {
    await client.connection.close();
  }
}

function print(value: unknown): void {
  console.log(JSON.stringify(value, null, 2));
}

/** What a failure means to the shell; commander has printed its own complaints already. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage;
  if (error instanceof RecordingNotFoundError) return EXIT.notFound;
  if (error instanceof InvalidRecordingInputError || error instanceof ConfigurationError) return EXIT.usage;
  return EXIT.failed;
}

/** One line for the shell: what happened and, where Temporal's client keeps it to itself, why. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, cause } = error;
  if (error instanceof ServiceError && isGrpcServiceError(cause) && Number(cause.code) === UNAVAILABLE) {
    return `Temporal cannot be reached: see that it runs and that TEMPORAL_ADDRESS is right. ${cause.details}`;
  }
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError) || error instanceof InvalidArgumentError) {
    console.error(explain(error));
  }
  process.exitCode = exitCodeOf(error);
}
