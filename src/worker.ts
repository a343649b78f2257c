#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { NativeConnection, Runtime } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createActivities } from './activities/index.js';
import { ConfigurationError, loadWorkerConfig, type TemporalConfig, type WorkerConfig } from './config.js';
import { createHuaweiClients } from './huawei/clients.js';
import { createLogger, temporalLogger } from './logging.js';
import { countVendorCalls, prometheusAt, showRecordingMetrics } from './temporal/metrics.js';
import { describeNamespace, whatToMend } from './temporal/readiness.js';
import { missingSearchAttributes } from './temporal/searchAttributes.js';
import type { Tracing } from './temporal/tracing.js';
import { bundleWorkflows, withStackTraces } from './temporal/workflowBundle.js';
import { createRecordingWorkers, runTogether, type RecordingWorkersOptions } from './temporal/workers.js';

/** The process: the workers of the procedure and of the job calls. SIGTERM and SIGINT are handled by the SDK. */
async function run(): Promise<void> {
  const config = loadWorkerConfig();
  const { namespace, taskQueue } = config.temporal;
  const logger = createLogger({ level: config.logLevel, name: 'worker' });
  Runtime.install({
    logger: temporalLogger(logger),
    telemetryOptions: {
      // Otherwise the SDK's native part writes lines of its own, which are no JSON and have their secrets in clear.
      logging: { forward: {}, filter: { core: 'WARN', other: 'ERROR' } },
      ...(config.metricsAddress !== undefined && { metrics: prometheusAt(config.metricsAddress) }),
    },
  });

  const connection = await connect(config.temporal);
  const { metricMeter } = Runtime.instance();
  showRecordingMetrics(metricMeter, { namespace, taskQueue });
  const tracing = config.tracing ? await startTracing(logger) : undefined;
  const observers = [countVendorCalls(metricMeter), ...(tracing ? [tracing.onAnswer] : [])];
  const { close, ...vendor } = createHuaweiClients(config, (answer) => {
    for (const observe of observers) observe(answer);
  });
  try {
    await checkNamespace(connection, namespace);
    const { jobCallsPerSecond, maxCachedWorkflows, version } = config;
    const workers = await createRecordingWorkers({
      ...{ connection, namespace, taskQueue, jobCallsPerSecond, maxCachedWorkflows, version },
      activities: createActivities({
        ...vendor,
        callback: { url: config.callbackUrl, authKey: config.callbackAuthKey },
      }),
      ...(await workflowCode(config, tracing)),
    });
    await lookForSearchAttributes(connection, namespace, logger);
    logger.info({ taskQueue, namespace, ...version }, 'the worker is ready');
    await runTogether(workers);
  } finally {
    await close();
    await tracing?.close();
    await connection.close();
  }
}

/** A worker is of no use without the server: whoever runs the process starts it again. */
async function connect({ connection }: TemporalConfig): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect(connection);
  } catch (error) {
    throw new ConfigurationError(
      `The worker cannot connect to Temporal at TEMPORAL_ADDRESS ${connection.address ?? 'localhost:7233'}: ` +
        `${(error as Error).message}`,
    );
  }
}

/** A worker whose namespace is not there would run, and fail at each poll. */
async function checkNamespace(connection: NativeConnection, namespace: string): Promise<void> {
  try {
    await describeNamespace(connection, namespace);
  } catch (error) {
    const advice = whatToMend(error, namespace);
    throw advice === undefined ? error : new ConfigurationError(`The worker cannot start: ${advice}`);
  }
}

/** Without them recordings are made all the same, but are found by their ids only. */
async function lookForSearchAttributes(connection: NativeConnection, namespace: string, logger: Logger): Promise<void> {
  try {
    const missing = await missingSearchAttributes(connection, namespace);
    if (missing.length === 0) return;
    logger.warn(
      { namespace, missing },
      'the namespace lacks search attributes of recordings: register them by `npm run setup:namespace`',
    );
  } catch (error) {
    // Temporal Cloud answers this question to nobody.
    logger.info({ namespace, error }, 'the search attributes of the namespace could not be looked up');
  }
}

/** Loaded only where it is wanted: it is much to load at a start. */
async function startTracing(logger: Logger): Promise<Tracing> {
  const { startTracing: start } = await import('./temporal/tracing.js');
  return start(logger);
}

type WorkflowCode = Pick<RecordingWorkersOptions, 'workflowBundle' | 'interceptors' | 'sinks'>;

/** The bundle made at build time starts faster than one made now; from source there is none. */
async function workflowCode(
  { workflowStackTraces }: WorkerConfig,
  tracing: Tracing | undefined,
): Promise<WorkflowCode> {
  const { workflowInterceptors = [], interceptors = {}, sinks = {} } = tracing ?? {};
  const bundle = tracing ? './workflow-bundle-traced.js' : './workflow-bundle.js';
  const codePath = fileURLToPath(new URL(bundle, import.meta.url));
  const isBuilt = existsSync(codePath);
  if (isBuilt && !workflowStackTraces) return { workflowBundle: { codePath }, interceptors, sinks };
  const code = isBuilt
    ? await readFile(codePath, 'utf8')
    : await bundleWorkflows({
        workflowsPath: fileURLToPath(new URL('./workflows/singleStreamRecording.js', import.meta.url)),
        interceptorModules: workflowInterceptors,
        logger: Runtime.instance().logger,
      });
  return { workflowBundle: { code: workflowStackTraces ? withStackTraces(code) : code }, interceptors, sinks };
}

try {
  await run();
} catch (error) {
  if (error instanceof ConfigurationError) console.error(error.message);
  else console.error('The worker stopped:', error);
  process.exitCode = 1;
}
