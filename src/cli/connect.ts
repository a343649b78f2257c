import { ServiceError, type Client } from '@temporalio/client';
import type { Command } from 'commander';
import { RecordingClient, type Recording } from '../client.js';
import { ConfigurationError, loadClientConfig, type TemporalConfig } from '../config.js';
import { connectLazily } from '../temporal/connection.js';
import { whatToMend } from '../temporal/readiness.js';
import { print, printLine, readReference, type OutputOptions, type ReferenceOptions } from './options.js';
import { describeResult } from './summary.js';

/** Fails after about 2 s if the server is unreachable; who waits for a recording's end retries through a restart. */
const CALL_ATTEMPTS = 5;

export interface Connected {
  recordings: RecordingClient;
  client: Client;
  config: TemporalConfig;
}

/** Does a command's work with a client of Temporal. @param options `patient`: retry through a restart of the server */
export async function withClient<T>(
  work: (connected: Connected) => Promise<T>,
  { patient = false }: { patient?: boolean | undefined } = {},
): Promise<T> {
  const config = loadClientConfig();
  const client = connectLazily(config, patient ? {} : { attempts: CALL_ATTEMPTS });
  try {
    return await work({ recordings: new RecordingClient({ client, taskQueue: config.taskQueue }), client, config });
  } catch (error) {
    const refusal = error instanceof ServiceError ? error.cause : error;
    const advice = whatToMend(refusal, config.namespace);
    throw advice === undefined ? error : new ConfigurationError(advice);
  } finally {
    await client.connection.close();
  }
}

/** How a command waits for the end of a recording. */
export interface WaitOptions extends OutputOptions {
  wait?: boolean;
}

/** Does a command's work with the recording that its options name. */
export async function withRecording<T>(
  options: ReferenceOptions & WaitOptions,
  command: Command,
  work: (recording: Recording, client: Client) => Promise<T>,
): Promise<T> {
  const reference = readReference(options, command);
  return withClient(({ recordings, client }) => work(recordings.get(reference), client), { patient: options.wait });
}

/** The result, where the command is to wait for it; else how to follow the recording. */
export async function printResultOrHint(recording: Recording, options: WaitOptions, hint: string): Promise<void> {
  if (options.wait) {
    const result = await recording.result();
    print(options, result, () => describeResult(result));
  } else if (!options.json) printLine(`${hint}:  sparkrtc-recorder watch --id ${recording.workflowId}`);
}
