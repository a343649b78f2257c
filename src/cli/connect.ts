import { ServiceError, type Client } from '@temporalio/client';
import type { Command } from 'commander';
import { RecordingClient, type Recording } from '../client.js';
import { ConfigurationError, loadClientConfig, type TemporalConfig } from '../config.js';
import { loadPayloadCodecs } from '../payloadCodec.js';
import { connectLazily } from '../temporal/connection.js';
import { adviceFor } from '../temporal/readiness.js';
import { print, printLine, readReference, type OutputOptions, type ReferenceOptions } from './options.js';
import { describeResult } from './summary.js';

/** A command fails after about 2 s if the server is unreachable; `--wait` retries through a restart. */
const CALL_ATTEMPTS = 5;

export interface Connected {
  recordings: RecordingClient;
  client: Client;
  config: TemporalConfig;
}

/** Connects for the work of one command. @param options `patient`: retry through a restart of the server */
export async function withClient<T>(
  work: (connected: Connected) => Promise<T>,
  { patient = false }: { patient?: boolean | undefined } = {},
): Promise<T> {
  const config = loadClientConfig();
  const payloadCodecs = await loadPayloadCodecs(config.payloadCodec);
  const client = connectLazily(config, { payloadCodecs, ...(!patient && { attempts: CALL_ATTEMPTS }) });
  try {
    return await work({ recordings: new RecordingClient({ client, taskQueue: config.taskQueue }), client, config });
  } catch (error) {
    const reason = error instanceof ServiceError ? error.cause : error;
    const advice = adviceFor(reason, config.namespace);
    throw advice === undefined ? error : new ConfigurationError(advice);
  } finally {
    await client.connection.close();
  }
}

export interface WaitOptions extends OutputOptions {
  wait?: boolean;
}

/** The same with the recording that the options name. */
export async function withRecording<T>(
  options: ReferenceOptions & WaitOptions,
  command: Command,
  work: (recording: Recording, client: Client) => Promise<T>,
): Promise<T> {
  const reference = readReference(options, command);
  return withClient(({ recordings, client }) => work(recordings.get(reference), client), { patient: options.wait });
}

/** Prints the result with `--wait`; else how to follow the recording. */
export async function printResultOrHint(recording: Recording, options: WaitOptions, hint: string): Promise<void> {
  if (options.wait) {
    const result = await recording.result();
    print(options, result, () => describeResult(result));
  } else if (!options.json) printLine(`${hint}:  sparkrtc-recorder watch --id ${recording.workflowId}`);
}
