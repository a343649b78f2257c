import { readFileSync } from 'node:fs';
import { loadClientConfigProfile, loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import type { WorkerDeploymentVersion } from '@temporalio/common';
import { z } from 'zod';
import type { CallbackKeys } from './callbacks/verification.js';
import { parseDuration } from './contract/duration.js';
import { DEFAULT_TASK_QUEUE } from './contract/workflowId.js';
import type { HuaweiConfig } from './huawei/clients.js';

/** Something in the environment is missing or wrong; the message names all of it, one line each. */
export class ConfigurationError extends Error {
  override name = 'ConfigurationError';

  /** @param problems the same lines apart, where there are several */
  constructor(
    message: string,
    readonly problems: string[] = [message],
  ) {
    super(message);
  }
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

export interface TemporalConfig {
  connection: ClientConnectConfig['connectionOptions'];
  namespace: string;
  taskQueue: string;
}

export interface WorkerConfig extends HuaweiConfig {
  logLevel: LogLevel;
  temporal: TemporalConfig;
  /** Without a trailing slash; the application's name is appended as the last segment. */
  callbackUrl: string;
  callbackAuthKey: string;
  /** Of all workers of the task queue together; the server lets bursts of about twice as many through. */
  jobCallsPerSecond: number;
  /** How many open recordings the worker keeps in memory; the others are replayed when something happens to them. */
  maxCachedWorkflows: number;
  /** Whether promises and errors of workflows have stack traces, which take a quarter of the CPU time of a replay. */
  workflowStackTraces: boolean;
  /** `host:port` of the worker's Prometheus page; off when unset. */
  metricsAddress?: string;
  /** The version of a worker deployment that this worker belongs to; unversioned when unset. */
  version?: WorkerDeploymentVersion;
  /** Whether spans are sent; where and how is for OpenTelemetry's own variables. */
  tracing: boolean;
}

export interface ReceiverConfig {
  logLevel: LogLevel;
  temporal: TemporalConfig;
  callbackKeys: CallbackKeys;
  /** A well-signed callback that is older is refused as a replay. Milliseconds. */
  callbackMaxAgeMs: number;
  host: string;
  port: number;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const endpoint = z
  .url({
    protocol: /^https?$/,
    error: ({ input }) => (input === undefined ? 'is missing' : 'must be an http(s) URL'),
  })
  .refine((url) => {
    // What is no URL has had its complaint.
    if (!URL.canParse(url)) return true;
    const { username, password, search, hash } = new URL(url);
    return !username && !password && !search && !hash;
  }, 'must hold neither a user name nor a query')
  .transform((url) => url.replace(/\/+$/, ''));

const authKey = z
  .string('is missing')
  .min(32, 'must have 32 to 64 characters')
  .max(64, 'must have 32 to 64 characters');

/** Milliseconds. */
const duration = z.string().transform((text, context) => {
  const parsed = parseDuration(text);
  if (parsed !== undefined && parsed >= 60_000) return parsed;
  context.addIssue({ code: 'custom', message: 'must be a time such as "7 days", at least "1 minute"' });
  return z.NEVER;
});

const required = z.string('is missing').min(1, 'is missing');

const logLevel = z
  .enum(['trace', 'debug', 'info', 'warn', 'error'], 'must be trace, debug, info, warn or error')
  .default('info');

const number = (pattern: RegExp, message: string) => z.string().regex(pattern, message).transform(Number);

const flag = z
  .enum(['true', 'false', '1', '0'], 'must be true or false')
  .default('false')
  .transform((value) => value === 'true' || value === '1');

/** The vendor allows 10 job calls a second. The server lets bursts of about twice its limit through. */
export const DEFAULT_JOB_CALLS_PER_SECOND = 5;

/**
 * The SDK's default follows what Node's heap may grow to (2,300 at 16 GB) and ignores the limit of a container. A
 * recording takes some 100 KiB in the cache, and a few milliseconds of replay without it.
 */
export const DEFAULT_MAX_CACHED_WORKFLOWS = 1_000;

const overHttp = z.enum(['http/protobuf'], 'must be http/protobuf: nothing else is known here').optional();

/*
 * The variables in groups, of which each process takes those that it needs.
 */

const account = {
  HW_USER_NAME: required,
  HW_USER_PASSWORD: required,
  HW_DOMAIN_NAME: required,
  IAM_ENDPOINT: endpoint.default('https://iam.myhuaweicloud.com'),
  SPARKRTC_ENDPOINT: endpoint.default('https://rtc-api.myhuaweicloud.com'),
};

const obs = {
  HW_ACCESS_KEY: z.string().optional(),
  HW_SECRET_KEY: z.string().optional(),
  OBS_ENDPOINT: endpoint.optional(),
  OBS_PATH_STYLE: flag,
};

const callback = { CALLBACK_URL: endpoint, CALLBACK_AUTH_KEY: authKey };

const temporal = { TEMPORAL_TASK_QUEUE: z.string().min(1).max(200).default(DEFAULT_TASK_QUEUE) };

const versioning = {
  TEMPORAL_DEPLOYMENT_NAME: z
    .string()
    // Temporal joins the two by a dot.
    .regex(/^[^.]+$/, 'must not hold a dot')
    .optional(),
  TEMPORAL_WORKER_BUILD_ID: z.string().optional(),
};

const tracing = {
  OTEL_SDK_DISABLED: z.string().optional(),
  OTEL_TRACES_EXPORTER: z.enum(['otlp', 'none'], 'must be otlp or none').optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.string().optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: z.string().optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: overHttp,
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: overHttp,
};

const tuning = {
  JOB_CALLS_PER_SECOND: number(/^\d{1,6}(\.\d{1,3})?$/, 'must be a number above 0')
    .pipe(z.number().positive('must be a number above 0'))
    .default(DEFAULT_JOB_CALLS_PER_SECOND),
  WORKER_MAX_CACHED_WORKFLOWS: number(/^\d{1,6}$/, 'must be a whole number').default(DEFAULT_MAX_CACHED_WORKFLOWS),
  WORKFLOW_STACK_TRACES: flag,
  WORKER_METRICS_ADDRESS: z
    .string()
    .regex(/^.+:\d{1,5}$/, 'must be host:port, such as 0.0.0.0:9464')
    .optional(),
};

/** Two variables that mean nothing without each other. */
const together =
  (one: string, other: string) =>
  <S extends z.ZodObject>(schema: S) =>
    schema.refine((env: Record<string, unknown>) => (env[one] === undefined) === (env[other] === undefined), {
      path: [one],
      message: `and ${other} belong together: set both or neither`,
      when: () => true,
    });

const withKeyPair = together('HW_ACCESS_KEY', 'HW_SECRET_KEY');
const withVersion = together('TEMPORAL_DEPLOYMENT_NAME', 'TEMPORAL_WORKER_BUILD_ID');

const workerEnvironment = withKeyPair(
  withVersion(
    z.object({
      LOG_LEVEL: logLevel,
      ...temporal,
      ...account,
      ...obs,
      ...callback,
      ...tuning,
      ...versioning,
      ...tracing,
    }),
  ),
);

const receiverEnvironment = z.object({
  LOG_LEVEL: logLevel,
  ...temporal,
  CALLBACK_AUTH_KEY: authKey,
  CALLBACK_AUTH_KEY_PREVIOUS: authKey.optional(),
  /**
   * Generous: how long the vendor retries, and whether it then signs again, is not documented; a clock may be wrong.
   * A repeat does no harm; the window only ends the use of a callback that someone has recorded.
   */
  CALLBACK_MAX_AGE: duration.prefault('7 days'),
  RECEIVER_HOST: z.string().default('0.0.0.0'),
  RECEIVER_PORT: number(/^\d{1,5}$/, 'must be a port number')
    .pipe(z.number().max(65_535, 'must be a port number'))
    .default(8080),
});

/** @throws {ConfigurationError} */
export function loadWorkerConfig(environment: Environment = process.env): WorkerConfig {
  const { env, temporal } = loadWithTemporal('The worker cannot start', workerEnvironment, environment);
  const { HW_ACCESS_KEY: accessKey, HW_SECRET_KEY: secretKey } = env;
  const { TEMPORAL_DEPLOYMENT_NAME: deploymentName, TEMPORAL_WORKER_BUILD_ID: buildId } = env;
  const { credentials, ...endpoints } = accountOf(env);
  return {
    ...endpoints,
    logLevel: env.LOG_LEVEL,
    temporal,
    credentials: {
      ...credentials,
      ...(accessKey !== undefined && secretKey !== undefined && { accessKey, secretKey }),
    },
    ...(env.OBS_ENDPOINT !== undefined && { obsEndpoint: env.OBS_ENDPOINT }),
    obsPathStyle: env.OBS_PATH_STYLE,
    callbackUrl: env.CALLBACK_URL,
    callbackAuthKey: env.CALLBACK_AUTH_KEY,
    jobCallsPerSecond: env.JOB_CALLS_PER_SECOND,
    maxCachedWorkflows: env.WORKER_MAX_CACHED_WORKFLOWS,
    workflowStackTraces: env.WORKFLOW_STACK_TRACES,
    ...(env.WORKER_METRICS_ADDRESS !== undefined && { metricsAddress: env.WORKER_METRICS_ADDRESS }),
    ...(deploymentName !== undefined && buildId !== undefined && { version: { deploymentName, buildId } }),
    tracing: isTracingWanted(env),
  };
}

/** Opt-in: by a place to send spans to, or by naming the exporter. */
function isTracingWanted(env: z.infer<typeof workerEnvironment>): boolean {
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return false;
  if (env.OTEL_TRACES_EXPORTER !== undefined) return env.OTEL_TRACES_EXPORTER === 'otlp';
  return (env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_ENDPOINT) !== undefined;
}

/** @throws {ConfigurationError} */
export function loadReceiverConfig(environment: Environment = process.env): ReceiverConfig {
  const { env, temporal } = loadWithTemporal('The receiver cannot start', receiverEnvironment, environment);
  const { CALLBACK_AUTH_KEY: present, CALLBACK_AUTH_KEY_PREVIOUS: previous } = env;
  return {
    logLevel: env.LOG_LEVEL,
    temporal,
    callbackKeys: { present, ...(previous !== undefined && { previous }) },
    callbackMaxAgeMs: env.CALLBACK_MAX_AGE,
    host: env.RECEIVER_HOST,
    port: env.RECEIVER_PORT,
  };
}

/** What a caller of the workflow needs: the server, the namespace and the queue. @throws {ConfigurationError} */
export function loadClientConfig(environment: Environment = process.env): TemporalConfig {
  return loadWithTemporal('The client cannot start', z.object(temporal), environment).temporal;
}

/** What proves who we are to IAM and SparkRTC. */
export type AccountConfig = Pick<HuaweiConfig, 'credentials' | 'iamEndpoint' | 'sparkRtcEndpoint'>;

/** @throws {ConfigurationError} */
export function loadAccountConfig(environment: Environment = process.env): AccountConfig {
  return accountOf(load('The account cannot be used', z.object(account), environment));
}

function accountOf(env: z.output<z.ZodObject<typeof account>>): AccountConfig {
  return {
    credentials: { userName: env.HW_USER_NAME, password: env.HW_USER_PASSWORD, domainName: env.HW_DOMAIN_NAME },
    iamEndpoint: env.IAM_ENDPOINT,
    sparkRtcEndpoint: env.SPARKRTC_ENDPOINT,
  };
}

/** What signs calls to OBS: permanent keys, or the account that temporary ones are taken with. */
export interface ObsConfig {
  keys: { accessKey: string; secretKey: string } | AccountConfig;
  /** Unset: the public endpoint of the bucket's region. */
  endpoint?: string;
  pathStyle: boolean;
}

/** @throws {ConfigurationError} */
export function loadObsConfig(environment: Environment = process.env): ObsConfig {
  const env = load('OBS cannot be used', withKeyPair(z.object(obs)), environment);
  const { HW_ACCESS_KEY: accessKey, HW_SECRET_KEY: secretKey, OBS_ENDPOINT: endpoint } = env;
  return {
    keys:
      accessKey !== undefined && secretKey !== undefined ? { accessKey, secretKey } : loadAccountConfig(environment),
    ...(endpoint !== undefined && { endpoint }),
    pathStyle: env.OBS_PATH_STYLE,
  };
}

/** Where the vendor sends its callbacks. @throws {ConfigurationError} */
export function loadCallbackUrl(environment: Environment = process.env): string {
  const schema = z.object(callback).pick({ CALLBACK_URL: true });
  return load('The callback cannot be used', schema, environment).CALLBACK_URL;
}

/** The key that signs callbacks. @throws {ConfigurationError} */
export function loadCallbackAuthKey(environment: Environment = process.env): string {
  const schema = z.object(callback).pick({ CALLBACK_AUTH_KEY: true });
  return load('The callback cannot be used', schema, environment).CALLBACK_AUTH_KEY;
}

/** Where IAM answers; needs no credentials. @throws {ConfigurationError} */
export function loadIamEndpoint(environment: Environment = process.env): string {
  const schema = z.object(account).pick({ IAM_ENDPOINT: true });
  return load('IAM cannot be used', schema, environment).IAM_ENDPOINT;
}

/** Validates everything before it complains, so that one start shows all that is wrong. */
function loadWithTemporal<S extends z.ZodObject<typeof temporal>>(
  failure: string,
  schema: S,
  environment: Environment,
) {
  const problems: string[] = [];
  const env = readVariables(schema, environment, problems);
  const connect = readTemporal(environment, problems);
  if (problems.length > 0 || !env || !connect) throw incomplete(`${failure}; its environment needs mending`, problems);
  const { connectionOptions: connection, namespace = 'default' } = connect;
  return { env, temporal: { connection, namespace, taskQueue: env.TEMPORAL_TASK_QUEUE } };
}

function load<S extends z.ZodObject>(failure: string, schema: S, environment: Environment): z.output<S> {
  const problems: string[] = [];
  const env = readVariables(schema, environment, problems);
  if (!env || problems.length > 0) throw incomplete(`${failure}; the environment needs mending`, problems);
  return env;
}

function incomplete(failure: string, problems: string[]): ConfigurationError {
  const lines = problems.map((problem) => `  - ${problem}`);
  return new ConfigurationError([`${failure}:`, ...lines].join('\n'), problems);
}

/**
 * The variables of a schema, those that hold a secret from their files too.
 * @param problems gets one line for each that is missing or wrong; the answer is undefined then
 */
function readVariables<S extends z.ZodObject>(
  schema: S,
  environment: Environment,
  problems: string[],
): z.output<S> | undefined {
  const values = withSecretFiles(environment, Object.keys(schema.shape), problems);
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  // A variable whose _FILE could not be read is not missing as well.
  const named = new Set(problems.map((problem) => problem.split('_FILE ')[0]));
  for (const issue of parsed.error.issues) {
    const name = issue.path.join('.');
    if (!named.has(name)) problems.push(`${name} ${issue.message}`);
  }
  return undefined;
}

/** What the SDK takes: a name, an IPv4 address or an IPv6 address in brackets, perhaps with a port; no URL. */
const TEMPORAL_ADDRESS = /^(?:\[[\da-f:.]+\]|[^\s:/[\]]+)(?::\d{1,5})?$/i;

function readTemporal(environment: Environment, problems: string[]): ClientConnectConfig | undefined {
  try {
    const overrideEnvVars = withoutEmpty(environment);
    const { tls } = loadClientConfigProfile({ overrideEnvVars });
    if ((tls?.clientCert === undefined) !== (tls?.clientKey === undefined)) {
      problems.push('TEMPORAL_TLS_CLIENT_CERT_* and TEMPORAL_TLS_CLIENT_KEY_* belong together: set both or neither');
    }
    // The SDK would pass over it without a word.
    if (overrideEnvVars['TEMPORAL_TLS_DISABLE_HOST_VERIFICATION'] !== undefined) {
      problems.push(
        'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION is not known to this SDK: give TEMPORAL_TLS_SERVER_NAME and ' +
          'TEMPORAL_TLS_SERVER_CA_CERT_PATH instead',
      );
    }
    const connect = loadClientConnectConfig({ overrideEnvVars });
    const { address } = connect.connectionOptions;
    if (address !== undefined && !TEMPORAL_ADDRESS.test(address)) {
      problems.push('TEMPORAL_ADDRESS must be host:port, such as localhost:7233');
    }
    return connect;
  } catch (error) {
    problems.push(`TEMPORAL_*: ${reasonOf(error)}`);
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  // The SDK stumbles over a file that is empty.
  if (error instanceof TypeError) return 'the profile file (TEMPORAL_CONFIG_FILE) has no section [profile.default]';
  // The first line only: what follows quotes the profile file, which may hold an API key.
  const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
  return String(reason);
}

/** The variables that may also come as `NAME_FILE`, the convention of container secrets. */
const SECRET_NAMES = [
  'HW_USER_NAME',
  'HW_USER_PASSWORD',
  'HW_DOMAIN_NAME',
  'HW_ACCESS_KEY',
  'HW_SECRET_KEY',
  'CALLBACK_AUTH_KEY',
  'CALLBACK_AUTH_KEY_PREVIOUS',
] as const;

function withSecretFiles(environment: Environment, wanted: string[], problems: string[]): Record<string, string> {
  const values = withoutEmpty(environment);
  for (const name of SECRET_NAMES.filter((secret) => wanted.includes(secret))) {
    const file = values[`${name}_FILE`];
    if (file === undefined) continue;
    if (values[name] !== undefined) {
      problems.push(`${name} and ${name}_FILE are both set: leave one out`);
      continue;
    }
    try {
      values[name] = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    } catch (error) {
      problems.push(`${name}_FILE cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return values;
}

/** An empty variable counts as unset: that is what compose files and shells make of an undefined one. */
function withoutEmpty(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
}
