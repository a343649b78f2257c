import { ServiceError, type Client } from '@temporalio/client';
import { RecordingClient } from '../client.js';
import { ConfigurationError, loadClientConfig, type TemporalConfig } from '../config.js';
import { connectLazily } from '../temporal/connection.js';
import { whatToMend } from '../temporal/readiness.js';

/** A server that is away is told of after some 2 s; who waits for a recording's end sits out a restart of the server too. */
const CALL_ATTEMPTS = 5;

export interface Connected {
  recordings: RecordingClient;
  client: Client;
  config: TemporalConfig;
}

/** Does a command's work with a client of the environment's Temporal. @param options `patient`: sit out a restart of the server */
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
