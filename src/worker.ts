#!/usr/bin/env node
import './platform.js';
import { NativeConnection, Runtime } from '@temporalio/worker';
import type { Logger } from 'pino';
import { ConfigurationError, loadWorkerConfig, type TemporalConfig } from './config.js';
import { serveHealth, type Health } from './health.js';
import { resolveListenAddress } from './listening.js';
import { createLogger, temporalLogger } from './logging.js';
import { createRecordingWorkers } from './recordingWorkers.js';
import { loadPayloadCodecs } from './payloadCodec.js';
import { endOnSignals } from './signals.js';
import { countVendorCalls, prometheusAt, showRecordingMetrics } from './temporal/metrics.js';
import { describeNamespace, adviceFor } from './temporal/readiness.js';
import { addressOf, nativeOptions } from './temporal/route.js';
import { findMissingSearchAttributes } from './temporal/searchAttributes.js';
import type { Tracing } from './temporal/tracing.js';

/** The process: the workers of the procedure and of the job calls, which the SDK stops on SIGTERM and SIGINT. */
async function run(): Promise<void> {
  // Until the workers run: the SDK would only take note of the signal.
  const leaveSignalsToSdk = endOnSignals();
  const config = loadWorkerConfig();
  const { namespace, taskQueue } = config.temporal;
  const logger = createLogger({ level: config.logLevel, name: 'worker' });
  const payloadCodecs = await loadPayloadCodecs(config.temporal.payloadCodec);
  // First, because a runtime without a connection would keep the process alive.
  const health = await startHealth(config.healthAddress);
  await installRuntime(logger, config.metricsAddress);

  const connection = await connect(config.temporal);
  const { metricMeter } = Runtime.instance();
  showRecordingMetrics(metricMeter, { namespace, taskQueue });
  if (config.tracing.warning !== undefined) logger.warn(config.tracing.warning);
  const tracing = config.tracing.enabled ? await startTracing(logger) : undefined;
  const observers = [countVendorCalls(metricMeter), ...(tracing ? [tracing.onResponse] : [])];
  try {
    await checkNamespace(connection, namespace);
    const { jobCallsPerSecond, maxCachedWorkflows, version, workflowStackTraces } = config;
    const recordings = await createRecordingWorkers({
      ...{ connection, namespace, taskQueue, jobCallsPerSecond, maxCachedWorkflows, version, workflowStackTraces },
      payloadCodecs,
      vendor: config,
      callback: { url: config.callbackUrl, authKey: config.callbackAuthKey },
      tracedWorkflows: tracing !== undefined,
      interceptors: tracing?.interceptors ?? {},
      sinks: tracing?.sinks ?? {},
      onVendorCall: (response) => {
        for (const observe of observers) observe(response);
      },
    });
    await checkSearchAttributes(connection, namespace, logger);
    const running = recordings.run();
    leaveSignalsToSdk();
    health?.ready();
    logger.info({ taskQueue, namespace, ...version }, 'the worker is ready');
    await running;
  } finally {
    await tracing?.close();
    await connection.close();
  }
}

async function installRuntime(logger: Logger, metricsAddress: string | undefined): Promise<void> {
  try {
    const at = metricsAddress === undefined ? undefined : await resolveListenAddress(metricsAddress);
    Runtime.install({
      logger: temporalLogger(logger),
      telemetryOptions: {
        // Otherwise the SDK's native part writes lines of its own, which are not JSON and contain secrets.
        logging: { forward: {}, filter: { core: 'WARN', other: 'ERROR' } },
        ...(at !== undefined && { metrics: prometheusAt(at) }),
      },
    });
  } catch (error) {
    if (metricsAddress === undefined) throw error;
    const reason = (error as Error).message;
    throw new ConfigurationError(
      `The worker cannot serve metrics at WORKER_METRICS_ADDRESS ${metricsAddress}: ${reason}`,
    );
  }
}

async function startHealth(address: string | undefined): Promise<Health | undefined> {
  try {
    return address === undefined ? undefined : await serveHealth(address);
  } catch (error) {
    const reason = (error as Error).message;
    throw new ConfigurationError(`The worker cannot listen at WORKER_HEALTH_ADDRESS ${address}: ${reason}`);
  }
}

/** Fails without the server; the process manager restarts the worker. */
async function connect({ connection }: TemporalConfig): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect(nativeOptions(connection));
  } catch (error) {
    throw new ConfigurationError(
      `The worker cannot connect to Temporal at TEMPORAL_ADDRESS ${addressOf(connection)}: ` +
        `${(error as Error).message}`,
    );
  }
}

/** Without its namespace a worker would run and fail at each poll. */
async function checkNamespace(connection: NativeConnection, namespace: string): Promise<void> {
  try {
    await describeNamespace(connection, namespace);
  } catch (error) {
    const advice = adviceFor(error, namespace);
    throw advice === undefined ? error : new ConfigurationError(`The worker cannot start: ${advice}`);
  }
}

/** Optional: without them recordings are found by their ids only. */
async function checkSearchAttributes(connection: NativeConnection, namespace: string, logger: Logger): Promise<void> {
  try {
    const { missing, noRoom } = await findMissingSearchAttributes(connection, namespace);
    if (missing.length === 0) return;
    if (noRoom !== undefined) return logger.info({ namespace, missing }, noRoom);
    logger.warn(
      { namespace, missing },
      'the namespace lacks search attributes of recordings: register them by `npm run setup:namespace`',
    );
  } catch (error) {
    // Temporal Cloud does not offer this call.
    logger.info({ namespace, error }, 'the search attributes of the namespace could not be read');
  }
}

/** Imported only if tracing is on, because it takes long to load. */
async function startTracing(logger: Logger): Promise<Tracing> {
  const { startTracing: start } = await import('./temporal/tracing.js');
  return start(logger);
}

try {
  await run();
} catch (error) {
  if (error instanceof ConfigurationError) console.error(error.message);
  else console.error('The worker stopped:', error);
  process.exitCode = 1;
}
