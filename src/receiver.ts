#!/usr/bin/env node
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { createReceiver } from './callbacks/receiver.js';
import { ConfigurationError, loadReceiverConfig } from './config.js';
import { createLogger } from './logging.js';
import { loadPayloadCodecs } from './payloadCodec.js';
import { connectLazily } from './temporal/connection.js';
import { createDeliver, DELIVERY_ATTEMPTS } from './temporal/deliver.js';
import { checkReadiness, adviceFor } from './temporal/readiness.js';

/** Time for running deliveries when the process stops. */
const DRAIN_MS = 10_000;

const READINESS_RETRY_MS = 5_000;

/** The process: listens for callbacks until SIGTERM or SIGINT, with or without Temporal, which `/readyz` reports. */
async function run(): Promise<void> {
  const config = loadReceiverConfig();
  const logger = createLogger({ level: config.logLevel, name: 'receiver' });
  process.on('uncaughtException', (error) => {
    logger.error({ err: error }, 'the receiver stops: unhandled error');
    process.exit(1);
  });

  const payloadCodecs = await loadPayloadCodecs(config.temporal.payloadCodec);
  const client = connectLazily(config.temporal, { attempts: DELIVERY_ATTEMPTS, payloadCodecs });
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const receiver = createReceiver({
    keys: config.callbackKeys,
    maxAgeMs: config.callbackMaxAgeMs,
    keepAliveTimeoutMs: config.keepAliveTimeoutMs,
    deliver: createDeliver({ client, logger }),
    ready: () => checkReadiness(client),
    registry,
    logger,
  });

  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    logger.info({ signal }, 'the receiver stops after its running deliveries');
    setTimeout(() => receiver.server.closeAllConnections(), DRAIN_MS).unref();
    await receiver.close();
    await client.connection.close();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, (name) => void stop(name));

  void warnIfMisconfigured(client, logger);
  const { host, port } = config;
  try {
    await receiver.listen({ host, port });
  } catch (error) {
    throw new ConfigurationError(
      `The receiver cannot listen at RECEIVER_HOST ${host}, RECEIVER_PORT ${port}: ${(error as Error).message}`,
    );
  }
}

/** Warns at the start of a wrong namespace or key. Retries while the server does not respond. */
async function warnIfMisconfigured(client: Client, logger: Logger): Promise<void> {
  for (;;) {
    try {
      return await checkReadiness(client);
    } catch (error) {
      const advice = adviceFor(error, client.options.namespace);
      if (advice !== undefined) return logger.warn(`the receiver cannot deliver callbacks: ${advice}`);
    }
    await sleep(READINESS_RETRY_MS, undefined, { ref: false });
  }
}

try {
  await run();
} catch (error) {
  console.error(error instanceof ConfigurationError ? error.message : error);
  process.exit(1);
}
