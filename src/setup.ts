#!/usr/bin/env node
import { isGrpcServiceError } from '@temporalio/client';
import { ConfigurationError, loadClientConfig } from './config.js';
import { SEARCH_ATTRIBUTES } from './contract/searchAttributes.js';
import { connectLazily } from './temporal/connection.js';
import { registerSearchAttributes } from './temporal/searchAttributes.js';

/** Covers a server that has just been started, and a namespace that it has not everywhere yet: about half a minute. */
const ATTEMPTS = 10;

/** The process: makes a namespace ready for recordings, once. It may be run again at any time. */
async function run(): Promise<void> {
  const config = loadClientConfig();
  const { namespace } = config;
  const client = connectLazily(config, { attempts: ATTEMPTS });
  try {
    const registered = await registerSearchAttributes(client.connection, namespace);
    console.log(
      registered.length > 0
        ? `Namespace ${namespace}: registered the search attributes ${registered.join(', ')}.`
        : `Namespace ${namespace}: all search attributes of recordings are there.`,
    );
  } catch (error) {
    if (!isGrpcServiceError(error)) throw error;
    const names = SEARCH_ATTRIBUTES.map(({ name }) => name).join(', ');
    throw new ConfigurationError(
      `The search attributes of namespace ${namespace} could not be registered: ${error.details}\n` +
        `Temporal Cloud takes them by its web page or tcld only: ${names}, each a Keyword. ` +
        'Elsewhere check TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and the rights of the API key.',
    );
  } finally {
    await client.connection.close();
  }
}

try {
  await run();
} catch (error) {
  console.error(error instanceof ConfigurationError ? error.message : error);
  process.exitCode = 1;
}
