import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigurationError, loadClientConfig, loadReceiverConfig, loadWorkerConfig } from '../../src/config.js';

type Environment = Record<string, string | undefined>;

const KEY = 'canary-auth-key-of-32-characters';
const RECEIVER: Environment = { CALLBACK_AUTH_KEY: KEY };
const WORKER: Environment = {
  ...RECEIVER,
  HW_USER_NAME: 'recorder',
  HW_USER_PASSWORD: 'canary-password',
  HW_DOMAIN_NAME: 'acme',
  CALLBACK_URL: 'https://example.com/callback',
};

/** The complaints, one a line. */
function problemsOf(load: () => unknown): string[] {
  try {
    load();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    const [headline, ...problems] = (error as Error).message.split('\n');
    expect(headline).toMatch(/cannot start; its environment needs mending:$/);
    return problems.map((problem) => problem.replace(/^ {2}- /, ''));
  }
  return [];
}

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'config-test-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function file(name: string, content: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
}

describe('the receiver', () => {
  it('needs the key only', () => {
    expect(loadReceiverConfig(RECEIVER)).toEqual({
      logLevel: 'info',
      temporal: { connection: expect.anything() as object, namespace: 'default', taskQueue: 'single-stream-recording' },
      callbackKeys: { present: KEY },
      callbackMaxAgeMs: 7 * 86_400_000,
      host: '0.0.0.0',
      port: 8080,
    });
  });

  it('takes what is set', () => {
    const previous = `${KEY}2`;
    const config = loadReceiverConfig({
      ...RECEIVER,
      CALLBACK_AUTH_KEY_PREVIOUS: previous,
      CALLBACK_MAX_AGE: '90 minutes',
      RECEIVER_HOST: '127.0.0.1',
      RECEIVER_PORT: '0',
      LOG_LEVEL: 'debug',
      TEMPORAL_TASK_QUEUE: 'mine',
    });
    expect(config).toMatchObject({
      logLevel: 'debug',
      callbackKeys: { present: KEY, previous },
      callbackMaxAgeMs: 5_400_000,
      host: '127.0.0.1',
      port: 0,
      temporal: { taskQueue: 'mine' },
    });
  });

  it.each([
    [{ CALLBACK_AUTH_KEY: undefined }, 'CALLBACK_AUTH_KEY is missing'],
    [{ CALLBACK_AUTH_KEY: '' }, 'CALLBACK_AUTH_KEY is missing'],
    [{ CALLBACK_AUTH_KEY: 'canary-short' }, 'CALLBACK_AUTH_KEY must have 32 to 64 characters'],
    [{ CALLBACK_AUTH_KEY: KEY.repeat(3) }, 'CALLBACK_AUTH_KEY must have 32 to 64 characters'],
    [{ CALLBACK_AUTH_KEY_PREVIOUS: 'canary' }, 'CALLBACK_AUTH_KEY_PREVIOUS must have 32 to 64 characters'],
    [{ CALLBACK_AUTH_KEY: KEY.slice(1) }, 'CALLBACK_AUTH_KEY must have 32 to 64 characters'],
    [{ CALLBACK_AUTH_KEY: `${KEY}${KEY}1` }, 'CALLBACK_AUTH_KEY must have 32 to 64 characters'],
    ...['10 bananas', '7', '-7 days', '59 seconds', 'days', 'Infinity', `${'1'.repeat(100)} d`].map(
      (age) =>
        [{ CALLBACK_MAX_AGE: age }, 'CALLBACK_MAX_AGE must be a time such as "7 days", at least "1 minute"'] satisfies [
          Environment,
          string,
        ],
    ),
    [{ RECEIVER_PORT: '65536' }, 'RECEIVER_PORT must be a port number'],
    [{ RECEIVER_PORT: '80.5' }, 'RECEIVER_PORT must be a port number'],
    [{ RECEIVER_PORT: 'http' }, 'RECEIVER_PORT must be a port number'],
    [{ RECEIVER_PORT: ' ' }, 'RECEIVER_PORT must be a port number'],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL must be trace, debug, info, warn or error'],
    [{ TEMPORAL_ADDRESS: 'http://localhost:7233' }, 'TEMPORAL_ADDRESS must be host:port, such as localhost:7233'],
    [{ TEMPORAL_PROFILE: 'nowhere' }, "TEMPORAL_*: Profile 'nowhere' not found in config data"],
    [
      { TEMPORAL_TLS_SERVER_CA_CERT_PATH: '/nowhere' },
      "TEMPORAL_*: ENOENT: no such file or directory, open '/nowhere'",
    ],
  ])('refuses %o', (change, problem) => {
    expect(problemsOf(() => loadReceiverConfig({ ...RECEIVER, ...change }))).toEqual([problem]);
  });
});

describe('the worker', () => {
  it.each([
    [false, {}],
    [true, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }],
    [true, { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector:4318/v1/traces' }],
    [true, { OTEL_TRACES_EXPORTER: 'otlp' }],
    [false, { OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }],
    [false, { OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }],
    [false, { OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_TRACES_EXPORTER: '' }],
  ])('has tracing %s with %j', (tracing, environment) => {
    expect(loadWorkerConfig({ ...WORKER, ...environment }).tracing).toBe(tracing);
  });

  it.each([
    ['true', true],
    ['1', true],
    ['false', false],
    ['', false],
  ])('with WORKFLOW_STACK_TRACES=%s has stack traces in workflows: %s', (value, expected) => {
    expect(loadWorkerConfig({ ...WORKER, WORKFLOW_STACK_TRACES: value }).workflowStackTraces).toBe(expected);
  });

  it('has the public endpoints, and temporary OBS keys, by default', () => {
    expect(loadWorkerConfig(WORKER)).toEqual({
      tracing: false,
      jobCallsPerSecond: 5,
      maxCachedWorkflows: 1_000,
      workflowStackTraces: false,
      logLevel: 'info',
      temporal: expect.anything() as object,
      credentials: { userName: 'recorder', password: 'canary-password', domainName: 'acme' },
      iamEndpoint: 'https://iam.myhuaweicloud.com',
      sparkRtcEndpoint: 'https://rtc-api.myhuaweicloud.com',
      obsPathStyle: false,
      callbackUrl: 'https://example.com/callback',
      callbackAuthKey: KEY,
    });
  });

  it('takes what is set, endpoints without their last slash', () => {
    const config = loadWorkerConfig({
      ...WORKER,
      HW_ACCESS_KEY: 'AK',
      HW_SECRET_KEY: 'SK',
      IAM_ENDPOINT: 'http://localhost:8480/',
      SPARKRTC_ENDPOINT: 'http://localhost:8480/rtc//',
      OBS_ENDPOINT: 'http://localhost:8480',
      OBS_PATH_STYLE: 'true',
      CALLBACK_URL: 'http://localhost:8080/callback/',
      WORKER_MAX_CACHED_WORKFLOWS: '0',
      WORKFLOW_STACK_TRACES: 'true',
      WORKER_METRICS_ADDRESS: '127.0.0.1:9464',
      TEMPORAL_DEPLOYMENT_NAME: 'recorder',
      TEMPORAL_WORKER_BUILD_ID: '1.2.3',
    });
    expect(config).toMatchObject({
      credentials: { accessKey: 'AK', secretKey: 'SK' },
      iamEndpoint: 'http://localhost:8480',
      sparkRtcEndpoint: 'http://localhost:8480/rtc',
      obsEndpoint: 'http://localhost:8480',
      obsPathStyle: true,
      callbackUrl: 'http://localhost:8080/callback',
      maxCachedWorkflows: 0,
      workflowStackTraces: true,
      metricsAddress: '127.0.0.1:9464',
      version: { deploymentName: 'recorder', buildId: '1.2.3' },
    });
  });

  it('names all that is wrong at once', async () => {
    const secret = await file('fine', 'canary-password');
    const environment = {
      HW_USER_NAME: ' recorder',
      HW_USER_PASSWORD: 'canary-password',
      HW_USER_PASSWORD_FILE: secret,
      HW_DOMAIN_NAME_FILE: '/nowhere',
      HW_ACCESS_KEY: 'AK',
      TEMPORAL_DEPLOYMENT_NAME: 'recorder.eu',
      IAM_ENDPOINT: 'iam.example.com',
      OBS_PATH_STYLE: 'maybe',
      WORKFLOW_STACK_TRACES: 'yes',
      TEMPORAL_ADDRESS: 'a b',
    };
    expect(problemsOf(() => loadWorkerConfig(environment)).sort()).toEqual([
      'CALLBACK_AUTH_KEY is missing',
      'CALLBACK_URL is missing',
      'HW_ACCESS_KEY and HW_SECRET_KEY belong together: set both or neither',
      "HW_DOMAIN_NAME_FILE cannot be read: ENOENT: no such file or directory, open '/nowhere'",
      'HW_USER_PASSWORD and HW_USER_PASSWORD_FILE are both set: leave one out',
      'IAM_ENDPOINT must be an http(s) URL',
      'OBS_PATH_STYLE must be true or false',
      'TEMPORAL_ADDRESS must be host:port, such as localhost:7233',
      'TEMPORAL_DEPLOYMENT_NAME and TEMPORAL_WORKER_BUILD_ID belong together: set both or neither',
      'TEMPORAL_DEPLOYMENT_NAME must not hold a dot',
      'WORKFLOW_STACK_TRACES must be true or false',
    ]);
  });

  it.each([undefined, '', KEY.slice(1), `${KEY}${KEY}1`])('refuses the key %s', (key) => {
    expect(problemsOf(() => loadWorkerConfig({ ...WORKER, CALLBACK_AUTH_KEY: key }))).toEqual([
      `CALLBACK_AUTH_KEY ${key ? 'must have 32 to 64 characters' : 'is missing'}`,
    ]);
  });

  it.each([KEY, KEY + KEY])('takes the key %s', (key) => {
    expect(loadWorkerConfig({ ...WORKER, CALLBACK_AUTH_KEY: key }).callbackAuthKey).toBe(key);
    expect(loadReceiverConfig({ CALLBACK_AUTH_KEY: key }).callbackKeys.present).toBe(key);
  });

  it.each([
    ['nonsense', 'must be an http(s) URL'],
    ['ftp://example.com', 'must be an http(s) URL'],
    ['https://user@example.com', 'must hold neither a user name nor a query'],
    ['https://:canary@example.com', 'must hold neither a user name nor a query'],
    ['https://example.com/?token=canary', 'must hold neither a user name nor a query'],
    ['https://example.com/callback#top', 'must hold neither a user name nor a query'],
  ])('refuses the callback URL %s', (url, problem) => {
    expect(problemsOf(() => loadWorkerConfig({ ...WORKER, CALLBACK_URL: url }))).toEqual([`CALLBACK_URL ${problem}`]);
  });
});

describe('secrets', () => {
  it('may come from files, less one line break at the end', async () => {
    const key = await file('key', `${KEY}\n`);
    const previous = await file('previous', `${KEY} 2\r\n`);
    expect(
      loadReceiverConfig({ CALLBACK_AUTH_KEY_FILE: key, CALLBACK_AUTH_KEY_PREVIOUS_FILE: previous }),
    ).toMatchObject({ callbackKeys: { present: KEY, previous: `${KEY} 2` } });
    const password = await file('password', 'with spaces \n\n');
    const environment = { ...WORKER, HW_USER_PASSWORD: undefined, HW_USER_PASSWORD_FILE: password };
    expect(loadWorkerConfig(environment).credentials.password).toBe('with spaces \n');
  });

  it('are in no complaint', async () => {
    const profile = await file('profile.toml', '[profile.default]\napi_key = "canary-api-key\naddress = "h:7233"\n');
    const environment = {
      ...WORKER,
      HW_USER_NAME: undefined,
      CALLBACK_AUTH_KEY: 'canary-short',
      TEMPORAL_CONFIG_FILE: profile,
      TEMPORAL_API_KEY: 'canary-api-key',
      CALLBACK_URL: 'https://example.com/?token=canary',
    };
    const problems = problemsOf(() => loadWorkerConfig(environment));
    expect(problems).toHaveLength(4);
    expect(problems.join('\n')).not.toContain('canary');
  });
});

describe('Temporal', () => {
  it('is found by its own variables', () => {
    const config = loadClientConfig({
      TEMPORAL_ADDRESS: 'temporal.example.com:7233',
      TEMPORAL_NAMESPACE: 'recordings.acme',
      TEMPORAL_API_KEY: 'the-key',
    });
    expect(config).toEqual({
      namespace: 'recordings.acme',
      taskQueue: 'single-stream-recording',
      connection: expect.objectContaining({
        address: 'temporal.example.com:7233',
        apiKey: 'the-key',
        tls: true,
      }) as object,
    });
  });

  it('is found by a profile, which the variables overrule', async () => {
    const profile = await file('fine.toml', '[profile.default]\naddress = "[::1]:7233"\nnamespace = "from-file"\n');
    expect(loadClientConfig({ TEMPORAL_CONFIG_FILE: profile, TEMPORAL_NAMESPACE: 'from-variable' })).toMatchObject({
      namespace: 'from-variable',
      connection: { address: '[::1]:7233' },
    });
  });

  it('is found by the profile of docs/temporal-cloud.md', async () => {
    const guide = await readFile(new URL('../../docs/temporal-cloud.md', import.meta.url), 'utf8');
    const profile = await file('cloud.toml', /```toml\n([^]*?)```/.exec(guide)![1]!);
    expect(loadClientConfig({ TEMPORAL_CONFIG_FILE: profile })).toMatchObject({
      namespace: 'recordings.a1b2c',
      connection: { address: 'eu-central-1.aws.api.temporal.io:7233', apiKey: '…', tls: true },
    });
  });

  it('says what is wrong with a profile that is empty', async () => {
    const profile = await file('empty.toml', '');
    expect(problemsOf(() => loadClientConfig({ TEMPORAL_CONFIG_FILE: profile }))).toEqual([
      'TEMPORAL_*: the profile file (TEMPORAL_CONFIG_FILE) has no section [profile.default]',
    ]);
  });

  it.each([
    [
      'a certificate without its key',
      { TEMPORAL_TLS_CLIENT_CERT_DATA: 'certificate' },
      'TEMPORAL_TLS_CLIENT_CERT_* and TEMPORAL_TLS_CLIENT_KEY_* belong together: set both or neither',
    ],
    [
      'a key without its certificate',
      { TEMPORAL_TLS_CLIENT_KEY_DATA: 'canary' },
      'TEMPORAL_TLS_CLIENT_CERT_* and TEMPORAL_TLS_CLIENT_KEY_* belong together: set both or neither',
    ],
    [
      'what the SDK would pass over',
      { TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: 'true' },
      'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION is not known to this SDK: give TEMPORAL_TLS_SERVER_NAME and TEMPORAL_TLS_SERVER_CA_CERT_PATH instead',
    ],
  ])('refuses %s', (_what, environment, problem) => {
    expect(problemsOf(() => loadClientConfig(environment))).toEqual([problem]);
  });

  it.each(['localhost', 'localhost:7233', '10.0.0.1:7233', '[::1]', '[fe80::1]:7233'])('may be at %s', (address) => {
    expect(loadClientConfig({ TEMPORAL_ADDRESS: address }).connection.address).toBe(address);
  });
});
