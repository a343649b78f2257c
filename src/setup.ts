#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { isGrpcServiceError } from '@temporalio/client';
import { ConfigurationError, loadAccountConfig, loadClientConfig } from './config.js';
import { RECORDING_LOCATION } from './contract/limits.js';
import { SEARCH_ATTRIBUTES } from './contract/searchAttributes.js';
import { HuaweiError } from './huawei/errors.js';
import { endOnSignals } from './signals.js';
import { connectLazily } from './temporal/connection.js';
import { registerSearchAttributes } from './temporal/searchAttributes.js';

/** Covers a server that has just been started, and a namespace that it has not everywhere yet: about half a minute. */
const ATTEMPTS = 10;

/** Allows SparkRTC to write to a bucket, as its console does. */
async function authorizeBucket(bucket: string, location: string): Promise<void> {
  const { createHuaweiClients } = await import('./huawei/clients.js');
  const { sparkRtc, close } = createHuaweiClients(loadAccountConfig());
  try {
    await sparkRtc.authorizeBucket(bucket, location);
    console.log(`SparkRTC may write to bucket ${bucket} in ${location}.`);
  } catch (error) {
    if (!(error instanceof HuaweiError)) throw error;
    throw new ConfigurationError(
      `Bucket ${bucket} in ${location} could not be authorized: ${error.message}\n` +
        'Check its name and region, and the permissions of the user, or authorize it in the SparkRTC console.',
    );
  } finally {
    await close();
  }
}

/** The options of the command line. @throws {ConfigurationError} for others */
function readOptions(): { bucket: string | undefined; location: string } {
  try {
    const options = { 'authorize-bucket': { type: 'string' }, location: { type: 'string' } } as const;
    const { 'authorize-bucket': bucket, location = RECORDING_LOCATION } = parseArgs({ options }).values;
    return { bucket, location };
  } catch (error) {
    throw new ConfigurationError(
      `${(error as Error).message}\nUsage: setup [--authorize-bucket NAME [--location ID]]`,
    );
  }
}

/** The process: makes a namespace ready for recordings, once. It may be run again at any time. */
async function run(): Promise<void> {
  const config = loadClientConfig();
  const { namespace } = config;
  const client = connectLazily(config, { attempts: ATTEMPTS });
  try {
    const { missing, noRoom } = await registerSearchAttributes(client.connection, namespace);
    console.log(
      noRoom ??
        (missing.length > 0
          ? `Namespace ${namespace}: registered the search attributes ${missing.join(', ')}.`
          : `Namespace ${namespace}: all search attributes of recordings are registered already.`),
    );
  } catch (error) {
    if (!isGrpcServiceError(error)) throw error;
    const names = SEARCH_ATTRIBUTES.map(({ name }) => name).join(', ');
    throw new ConfigurationError(
      `The search attributes of namespace ${namespace} could not be registered: ${error.details}\n` +
        `Temporal Cloud accepts them only in its web console or by tcld: ${names}, each a Keyword. ` +
        'Elsewhere check TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and the permissions of the API key.',
    );
  } finally {
    await client.connection.close();
  }
}

endOnSignals();
try {
  const { bucket, location } = readOptions();
  await (bucket === undefined ? run() : authorizeBucket(bucket, location));
} catch (error) {
  console.error(error instanceof ConfigurationError ? error.message : error);
  process.exitCode = 1;
}
