import type { ClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';
import { parseDuration } from './contract/duration.js';
import { DEFAULT_TASK_QUEUE } from './contract/workflowId.js';
import type { HuaweiAccount, HuaweiCredentials } from './huawei/authentication.js';
import type { AccessKey } from './huawei/sdkSignature.js';
import { readTextFile } from './givenText.js';
import { everyAddress, isListenAddress } from './listening.js';
import { networkProblems } from './network/problems.js';
import { readTemporal } from './temporalConfig.js';
import { readTracing } from './tracingSettings.js';

/** The environment has missing or wrong variables; the message names all of them, one line each. */
export class ConfigurationError extends Error {
  override name = 'ConfigurationError';

  /** @param problems the same, one item for each problem */
  constructor(
    message: string,
    readonly problems: string[] = [message],
  ) {
    super(message);
  }
}

export interface TemporalConfig {
  connection: ClientConnectConfig['connectionOptions'];
  namespace: string;
  taskQueue: string;
  /** The path of a module. */
  payloadCodec?: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const endpoint = z
  .url({
    protocol: /^https?$/,
    error: ({ input }) => (input === undefined ? 'is missing' : 'must be an http(s) URL'),
  })
  .refine((url) => {
    // Reported by the check above.
    if (!URL.canParse(url)) return true;
    const { username, password, search, hash } = new URL(url);
    return !username && !password && !search && !hash;
  }, 'must contain neither a user name nor a query')
  .transform((url) => url.replace(/\/+$/, ''));

const authKey = z
  .string('is missing')
  .min(32, 'must have 32 to 64 characters')
  .max(64, 'must have 32 to 64 characters');

/** Milliseconds. */
const duration = (min: number, max: number, message: string) =>
  z.string().transform((text, context) => {
    const parsed = parseDuration(text);
    if (parsed !== undefined && parsed >= min && parsed <= max) return parsed;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

export type LogLevel = z.infer<typeof logLevel>;

const logLevel = z
  .enum(['trace', 'debug', 'info', 'warn', 'error'], 'must be trace, debug, info, warn or error')
  .default('info');

/** Without a host: at all addresses. Off when unset. */
const listenAddress = z
  .string()
  .refine(isListenAddress, 'must be host:port or :port, such as 127.0.0.1:9464')
  .optional();

const number = (pattern: RegExp, message: string) => z.string().regex(pattern, message).transform(Number);

const flag = z
  .enum(['true', 'false', '1', '0'], 'must be true or false')
  .default('false')
  .transform((value) => value === 'true' || value === '1');

/** The vendor allows 10 job calls a second; see docs/decisions/job-call-queue.md. */
export const DEFAULT_JOB_CALLS_PER_SECOND = 8;

/**
 * The SDK's default follows what Node's heap may grow to (2,300 at 16 GB) and ignores the limit of a container. A
 * recording takes some 100 KiB in the cache, and a few milliseconds of replay without it.
 */
export const DEFAULT_MAX_CACHED_WORKFLOWS = 1_000;

// Groups of variables; each process reads those that it needs.

const keys = {
  HW_ACCESS_KEY: z.string().optional(),
  HW_SECRET_KEY: z.string().optional(),
  HW_SECURITY_TOKEN: z.string().optional(),
};

const credentials = {
  HW_USER_NAME: z.string().optional(),
  HW_USER_PASSWORD: z.string().optional(),
  HW_DOMAIN_NAME: z.string().optional(),
  HW_PROJECT_ID: z.string().optional(),
  ...keys,
};

const account = {
  ...credentials,
  // The vendor's lists of endpoints show it with and without the version.
  IAM_ENDPOINT: endpoint.transform((url) => url.replace(/\/v3$/, '')).default('https://iam.myhuaweicloud.com'),
  SPARKRTC_ENDPOINT: endpoint.default('https://rtc-api.myhuaweicloud.com'),
};

const obs = { OBS_ENDPOINT: endpoint.optional(), OBS_PATH_STYLE: flag };

const callback = { CALLBACK_URL: endpoint, CALLBACK_AUTH_KEY: authKey };

const temporal = {
  TEMPORAL_TASK_QUEUE: z.string().min(1).max(200).default(DEFAULT_TASK_QUEUE),
  TEMPORAL_PAYLOAD_CODEC: z.string().optional(),
};

const versioning = {
  TEMPORAL_DEPLOYMENT_NAME: z
    .string()
    // Temporal joins the two with a dot.
    .regex(/^[^.]+$/, 'must not contain a dot')
    .optional(),
  TEMPORAL_WORKER_BUILD_ID: z.string().optional(),
};

const tracing = {
  OTEL_SDK_DISABLED: z.string().optional(),
  OTEL_TRACES_EXPORTER: z.string().optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.string().optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: z.string().optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: z.string().optional(),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: z.string().optional(),
};

const tuning = {
  /** Of all workers of the task queue together. */
  JOB_CALLS_PER_SECOND: number(/^\d{1,6}(\.\d{1,3})?$/, 'must be a number above 0')
    .pipe(z.number().positive('must be a number above 0'))
    .default(DEFAULT_JOB_CALLS_PER_SECOND),
  /** How many open recordings a worker keeps in memory; the others are replayed when they have to continue. */
  WORKER_MAX_CACHED_WORKFLOWS: number(/^\d{1,6}$/, 'must be a whole number').default(DEFAULT_MAX_CACHED_WORKFLOWS),
  /** Whether promises and errors of workflows have stack traces; see docs/decisions/no-stack-traces.md. */
  WORKFLOW_STACK_TRACES: flag,
  /** The worker's Prometheus page. */
  WORKER_METRICS_ADDRESS: listenAddress,
  /** The worker's `/healthz`. */
  WORKER_HEALTH_ADDRESS: listenAddress,
};

/** Either both variables are set, or neither. */
const together =
  (one: string, other: string) =>
  <S extends z.ZodObject>(schema: S) =>
    schema.refine((env: Record<string, unknown>) => (env[one] === undefined) === (env[other] === undefined), {
      path: [one],
      message: `and ${other} belong together: set both or neither`,
      when: () => true,
    });

type Credentials = Partial<Record<keyof typeof credentials, string | undefined>>;

/** The ways of docs/reference.md: a user, a user with keys for OBS, or keys with a project. */
const withCredentials = <S extends z.ZodObject>(schema: S) =>
  schema.superRefine(
    (env: Credentials, context) => {
      const report = (name: string, message: string) =>
        context.addIssue({ code: 'custom', path: [name], message, input: undefined });
      const user = ['HW_USER_NAME', 'HW_USER_PASSWORD', 'HW_DOMAIN_NAME'] as const;
      const hasKey = env.HW_ACCESS_KEY !== undefined || env.HW_SECRET_KEY !== undefined;
      const hasUser = user.some((name) => env[name] !== undefined);
      if (env.HW_SECURITY_TOKEN !== undefined && !hasKey) {
        report('HW_SECURITY_TOKEN', 'belongs to HW_ACCESS_KEY and HW_SECRET_KEY: set them too, or unset it');
      }
      if (hasUser && env.HW_PROJECT_ID !== undefined) {
        report(
          'HW_PROJECT_ID',
          'is for keys without a user: unset it, or HW_USER_NAME and the two others of the user',
        );
      }
      if (hasKey && !hasUser && env.HW_PROJECT_ID === undefined) {
        report('HW_PROJECT_ID', 'is missing: without a user the keys need it');
      }
      if (hasUser || !(hasKey || env.HW_PROJECT_ID !== undefined)) {
        for (const name of user) if (env[name] === undefined) report(name, 'is missing');
      } else if (!hasKey) {
        report('HW_PROJECT_ID', 'belongs to HW_ACCESS_KEY and HW_SECRET_KEY: set them too, or unset it');
      }
    },
    { when: () => true },
  );

const withKeyPair = together('HW_ACCESS_KEY', 'HW_SECRET_KEY');
const withVersion = together('TEMPORAL_DEPLOYMENT_NAME', 'TEMPORAL_WORKER_BUILD_ID');

const workerGroups = { ...temporal, ...account, ...obs, ...callback, ...tuning, ...versioning, ...tracing };
const workerEnvironment = withCredentials(
  withKeyPair(withVersion(z.object({ LOG_LEVEL: logLevel, ...workerGroups }))),
);
const accountEnvironment = withCredentials(withKeyPair(z.object(account)));

const address = {
  RECEIVER_HOST: z.string().default(everyAddress),
  RECEIVER_PORT: number(/^\d{1,5}$/, 'must be a port number')
    .pipe(z.number().max(65_535, 'must be a port number'))
    .default(8080),
};

const certifyEnvironment = withCredentials(
  withKeyPair(z.object({ ...account, ...address, CALLBACK_URL: callback.CALLBACK_URL })),
);

const receiverEnvironment = z.object({
  LOG_LEVEL: logLevel,
  ...temporal,
  CALLBACK_AUTH_KEY: authKey,
  CALLBACK_AUTH_KEY_PREVIOUS: authKey.optional(),
  /** Long, because the vendor does not document how long it retries, and whether it signs again. */
  CALLBACK_MAX_AGE: duration(60_000, Infinity, 'must be a time such as "7 days", at least "1 minute"').prefault(
    '7 days',
  ),
  ...address,
  RECEIVER_KEEP_ALIVE_TIMEOUT: duration(
    1_000,
    86_400_000,
    'must be a time such as "10 minutes", from "1 second" to "1 day"',
  ).prefault('72 seconds'),
});

/** @throws {ConfigurationError} */
export function loadWorkerConfig(environment: Environment = process.env) {
  const { env, temporal } = loadWithTemporal('The worker cannot start', workerEnvironment, environment);
  const { TEMPORAL_DEPLOYMENT_NAME: deploymentName, TEMPORAL_WORKER_BUILD_ID: buildId } = env;
  return {
    ...accountOf(env),
    logLevel: env.LOG_LEVEL,
    temporal,
    ...(env.OBS_ENDPOINT !== undefined && { obsEndpoint: env.OBS_ENDPOINT }),
    obsPathStyle: env.OBS_PATH_STYLE,
    callbackUrl: env.CALLBACK_URL,
    callbackAuthKey: env.CALLBACK_AUTH_KEY,
    jobCallsPerSecond: env.JOB_CALLS_PER_SECOND,
    maxCachedWorkflows: env.WORKER_MAX_CACHED_WORKFLOWS,
    workflowStackTraces: env.WORKFLOW_STACK_TRACES,
    ...(env.WORKER_METRICS_ADDRESS !== undefined && { metricsAddress: env.WORKER_METRICS_ADDRESS }),
    ...(env.WORKER_HEALTH_ADDRESS !== undefined && { healthAddress: env.WORKER_HEALTH_ADDRESS }),
    ...(deploymentName !== undefined && buildId !== undefined && { version: { deploymentName, buildId } }),
    tracing: readTracing(env, environment),
  };
}

/** @throws {ConfigurationError} */
export function loadReceiverConfig(environment: Environment = process.env) {
  const { env, temporal } = loadWithTemporal('The receiver cannot start', receiverEnvironment, environment);
  const { CALLBACK_AUTH_KEY: current, CALLBACK_AUTH_KEY_PREVIOUS: previous } = env;
  return {
    logLevel: env.LOG_LEVEL,
    temporal,
    callbackKeys: { current, ...(previous !== undefined && { previous }) },
    callbackMaxAgeMs: env.CALLBACK_MAX_AGE,
    host: env.RECEIVER_HOST,
    port: env.RECEIVER_PORT,
    keepAliveTimeoutMs: env.RECEIVER_KEEP_ALIVE_TIMEOUT,
  };
}

/** What a client needs: server, namespace and task queue. @throws {ConfigurationError} */
export function loadClientConfig(environment: Environment = process.env): TemporalConfig {
  return loadWithTemporal('The client cannot start', z.object(temporal), environment).temporal;
}

/** @throws {ConfigurationError} */
export function loadAccountConfig(environment: Environment = process.env): HuaweiAccount {
  return accountOf(load('The account cannot be used', accountEnvironment, environment));
}

/** What `certify` needs: the account, the public URL of callbacks, and where to listen for them. */
export function loadCertifyConfig(environment: Environment = process.env) {
  const env = load('certify cannot start', certifyEnvironment, environment);
  return { account: accountOf(env), callbackUrl: env.CALLBACK_URL, host: env.RECEIVER_HOST, port: env.RECEIVER_PORT };
}

function accountOf(env: z.output<typeof accountEnvironment>): HuaweiAccount {
  return { credentials: credentialsOf(env), iamEndpoint: env.IAM_ENDPOINT, sparkRtcEndpoint: env.SPARKRTC_ENDPOINT };
}

/** `withCredentials` has checked that they are complete. */
function credentialsOf(env: Credentials): HuaweiCredentials {
  const key = keyOf(env);
  const { HW_USER_NAME: userName, HW_USER_PASSWORD: password = '', HW_DOMAIN_NAME: domainName = '' } = env;
  if (userName !== undefined) return { userName, password, domainName, ...key };
  return { accessKey: '', secretKey: '', ...key, projectId: env.HW_PROJECT_ID ?? '' };
}

function keyOf(env: Credentials): AccessKey | undefined {
  const { HW_ACCESS_KEY: accessKey, HW_SECRET_KEY: secretKey, HW_SECURITY_TOKEN: securityToken } = env;
  if (accessKey === undefined || secretKey === undefined) return undefined;
  return { accessKey, secretKey, ...(securityToken !== undefined && { securityToken }) };
}

/** The keys of OBS, or the account that gets temporary ones. */
export interface ObsConfig {
  keys: AccessKey | HuaweiAccount;
  /** Unset: the public endpoint of the bucket's region. */
  endpoint?: string;
  pathStyle: boolean;
}

/** @throws {ConfigurationError} */
export function loadObsConfig(environment: Environment = process.env): ObsConfig {
  const env = load('OBS cannot be used', withKeyPair(z.object({ ...keys, ...obs })), environment);
  const { OBS_ENDPOINT: endpoint } = env;
  return {
    keys: keyOf(env) ?? loadAccountConfig(environment),
    ...(endpoint !== undefined && { endpoint }),
    pathStyle: env.OBS_PATH_STYLE,
  };
}

const single = { ...callback, IAM_ENDPOINT: account.IAM_ENDPOINT };

/** One variable alone. @throws {ConfigurationError} */
export function loadVariable(name: keyof typeof single, environment: Environment = process.env): string {
  const [value] = Object.values(load(`${name} cannot be used`, z.object({ [name]: single[name] }), environment));
  return value as string;
}

/** Reports all problems at once. */
function loadWithTemporal<S extends z.ZodObject<typeof temporal>>(
  failure: string,
  schema: S,
  environment: Environment,
) {
  let connect: ClientConnectConfig | undefined;
  const env = load(failure, schema, environment, (problems) => {
    connect = readTemporal(withSecretFiles(environment, ['TEMPORAL_API_KEY'], problems), problems);
    problems.push(...networkProblems(environment));
  });
  const { connectionOptions: connection = {}, namespace = 'default' } = connect ?? {};
  const { TEMPORAL_TASK_QUEUE: taskQueue, TEMPORAL_PAYLOAD_CODEC: payloadCodec } = env;
  return { env, temporal: { connection, namespace, taskQueue, ...(payloadCodec !== undefined && { payloadCodec }) } };
}

/** @param readMore reads what the schema does not cover, and adds its problems to the list */
function load<S extends z.ZodObject>(
  failure: string,
  schema: S,
  environment: Environment,
  readMore?: (problems: string[]) => void,
): z.output<S> {
  const problems: string[] = [];
  const parsed = schema.safeParse(withSecretFiles(environment, Object.keys(schema.shape), problems));
  // A variable whose _FILE cannot be read is not reported as missing too.
  const reported = new Set(problems.map((problem) => problem.split('_FILE ')[0]));
  for (const { path, message } of parsed.error?.issues ?? []) {
    const name = path.join('.');
    if (!reported.has(name)) problems.push(`${name} ${message}`);
  }
  readMore?.(problems);
  if (parsed.success && problems.length === 0) return parsed.data;
  const lines = problems.map((problem) => `  - ${problem}`);
  throw new ConfigurationError([`${failure}; fix its environment:`, ...lines].join('\n'), problems);
}

/** The variables that may also be set as `NAME_FILE`, the convention of container secrets. */
const SECRET_NAMES = [
  'HW_USER_NAME',
  'HW_USER_PASSWORD',
  'HW_DOMAIN_NAME',
  'HW_ACCESS_KEY',
  'HW_SECRET_KEY',
  'HW_SECURITY_TOKEN',
  'HW_PROJECT_ID',
  'CALLBACK_AUTH_KEY',
  'CALLBACK_AUTH_KEY_PREVIOUS',
  'TEMPORAL_API_KEY',
] as const;

/** The names of the vendor's own SDKs. */
const ALIASES = {
  HUAWEICLOUD_SDK_AK: 'HW_ACCESS_KEY',
  HUAWEICLOUD_SDK_SK: 'HW_SECRET_KEY',
  HUAWEICLOUD_SDK_PROJECT_ID: 'HW_PROJECT_ID',
  HUAWEICLOUD_SDK_SECURITY_TOKEN: 'HW_SECURITY_TOKEN',
} as const;

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
      values[name] = readTextFile(file).trim();
    } catch (error) {
      problems.push(`${name}_FILE cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  for (const [alias, name] of Object.entries(ALIASES).filter(([, aliased]) => wanted.includes(aliased))) {
    const value = values[alias];
    if (value === undefined) continue;
    values[name] ??= value;
    if (values[name] !== value) problems.push(`${alias} and ${name} have different values: leave one out`);
  }
  return values;
}

/**
 * An empty variable counts as unset: compose files and shells make undefined ones empty. White space and byte order
 * marks at both ends are never meant: they come with files that hold a value.
 */
function withoutEmpty(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment)
      .map(([name, value = '']) => [name, value.trim()] as const)
      .filter(([, value]) => value !== ''),
  );
}
