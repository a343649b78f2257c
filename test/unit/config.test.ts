import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigurationError, loadClientConfig, loadReceiverConfig, loadWorkerConfig } from '../../src/config.js';
import { everyAddress } from '../../src/listening.js';

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
    expect(headline).toMatch(/cannot start; fix its environment:$/);
    return problems.map((problem) => problem.replace(/^ {2}- /, ''));
  }
  return [];
}

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'config-test-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function file(name: string, content: string | Buffer): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
}

describe('the receiver', () => {
  it('needs the key only', () => {
    expect(loadReceiverConfig(RECEIVER)).toEqual({
      logLevel: 'info',
      temporal: {
        connection: expect.anything() as object,
        namespace: 'default',
        taskQueue: 'single-stream-recording',
      },
      callbackKeys: { current: KEY },
      callbackMaxAgeMs: 7 * 86_400_000,
      host: everyAddress(),
      port: 8080,
      keepAliveTimeoutMs: 72_000,
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
      RECEIVER_KEEP_ALIVE_TIMEOUT: '10 minutes',
      LOG_LEVEL: 'debug',
      TEMPORAL_TASK_QUEUE: 'mine',
    });
    expect(config).toMatchObject({
      logLevel: 'debug',
      callbackKeys: { current: KEY, previous },
      callbackMaxAgeMs: 5_400_000,
      host: '127.0.0.1',
      port: 0,
      keepAliveTimeoutMs: 600_000,
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
        [
          { CALLBACK_MAX_AGE: age },
          'CALLBACK_MAX_AGE must be a time such as "7 days", at least "1 minute"',
        ] satisfies [Environment, string],
    ),
    ...['350', '100 ms', '2 days', 'never'].map(
      (time) =>
        [
          { RECEIVER_KEEP_ALIVE_TIMEOUT: time },
          'RECEIVER_KEEP_ALIVE_TIMEOUT must be a time such as "10 minutes", from "1 second" to "1 day"',
        ] satisfies [Environment, string],
    ),
    [{ RECEIVER_PORT: '65536' }, 'RECEIVER_PORT must be a port number'],
    [{ RECEIVER_PORT: '80.5' }, 'RECEIVER_PORT must be a port number'],
    [{ RECEIVER_PORT: 'http' }, 'RECEIVER_PORT must be a port number'],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL must be trace, debug, info, warn or error'],
    [{ TEMPORAL_ADDRESS: 'http://localhost:7233' }, 'TEMPORAL_ADDRESS must be host:port, such as localhost:7233'],
    [{ TEMPORAL_PROFILE: 'nowhere' }, "TEMPORAL_*: Profile 'nowhere' not found in config data"],
    [
      { TEMPORAL_TLS_SERVER_CA_CERT_PATH: '/nowhere' },
      "TEMPORAL_*: ENOENT: no such file or directory, open '/nowhere'",
    ],
  ])('rejects %o', (change, problem) => {
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
    [false, { OTEL_TRACES_EXPORTER: 'console' }],
    [false, { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_TRACES_EXPORTER: 'zipkin' }],
    [true, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' }],
  ])('has tracing %s with %j', (enabled, environment) => {
    expect(loadWorkerConfig({ ...WORKER, ...environment }).tracing).toEqual({ enabled });
  });

  it.each([
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'OTEL_EXPORTER_OTLP_PROTOCOL is not http/protobuf'],
    [{ OTEL_TRACES_EXPORTER: 'zipkin' }, 'OTEL_TRACES_EXPORTER is neither otlp nor none'],
    [{ HTTP_PROXY: 'http://proxy:3128' }, 'OpenTelemetry does not support proxies'],
  ])('starts without traces, with a warning, with an endpoint and %j', (environment, reason) => {
    const config = loadWorkerConfig({
      ...WORKER,
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4317',
      ...environment,
    });
    const warning = `No traces are sent: ${reason}`;
    expect(config.tracing).toEqual({ enabled: false, warning: expect.stringContaining(warning) as string });
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
      tracing: { enabled: false },
      jobCallsPerSecond: 8,
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
      WORKER_HEALTH_ADDRESS: '[::1]:9465',
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
      healthAddress: '[::1]:9465',
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
      'TEMPORAL_DEPLOYMENT_NAME must not contain a dot',
      'WORKFLOW_STACK_TRACES must be true or false',
    ]);
  });

  it.each([undefined, '', KEY.slice(1), `${KEY}${KEY}1`])('rejects the key %s', (key) => {
    expect(problemsOf(() => loadWorkerConfig({ ...WORKER, CALLBACK_AUTH_KEY: key }))).toEqual([
      `CALLBACK_AUTH_KEY ${key ? 'must have 32 to 64 characters' : 'is missing'}`,
    ]);
  });

  it.each(['localhost', '9464', 'http://localhost:9464', 'localhost:65536', '::1:9464', '[::1:9464', 'a b:1', ''])(
    'rejects the metrics address "%s"',
    (address) => {
      const load = () => loadWorkerConfig({ ...WORKER, WORKER_METRICS_ADDRESS: address });
      if (address === '') return expect(load()).not.toHaveProperty('metricsAddress');
      expect(problemsOf(load)).toEqual(['WORKER_METRICS_ADDRESS must be host:port or :port, such as 127.0.0.1:9464']);
    },
  );

  it.each([KEY, KEY + KEY])('takes the key %s', (key) => {
    expect(loadWorkerConfig({ ...WORKER, CALLBACK_AUTH_KEY: key }).callbackAuthKey).toBe(key);
    expect(loadReceiverConfig({ CALLBACK_AUTH_KEY: key }).callbackKeys.current).toBe(key);
  });

  it.each([
    ['nonsense', 'must be an http(s) URL'],
    ['ftp://example.com', 'must be an http(s) URL'],
    ['https://user@example.com', 'must contain neither a user name nor a query'],
    ['https://:canary@example.com', 'must contain neither a user name nor a query'],
    ['https://example.com/?token=canary', 'must contain neither a user name nor a query'],
    ['https://example.com/callback#top', 'must contain neither a user name nor a query'],
  ])('rejects the callback URL %s', (url, problem) => {
    expect(problemsOf(() => loadWorkerConfig({ ...WORKER, CALLBACK_URL: url }))).toEqual([`CALLBACK_URL ${problem}`]);
  });
});

describe('credentials', () => {
  const { HW_USER_NAME, HW_USER_PASSWORD, HW_DOMAIN_NAME, ...REST } = WORKER;
  const USER = { HW_USER_NAME, HW_USER_PASSWORD, HW_DOMAIN_NAME };
  const KEYS = { HW_ACCESS_KEY: 'AK', HW_SECRET_KEY: 'canary-SK' };
  const user = { userName: 'recorder', password: 'canary-password', domainName: 'acme' };
  const keys = { accessKey: 'AK', secretKey: 'canary-SK' };

  it.each<[string, Environment, object]>([
    ['a user', USER, user],
    ['a user, and keys for OBS', { ...USER, ...KEYS }, { ...user, ...keys }],
    [
      'a user, and temporary keys for OBS',
      { ...USER, ...KEYS, HW_SECURITY_TOKEN: 'ST' },
      { ...user, ...keys, securityToken: 'ST' },
    ],
    ['keys and a project', { ...KEYS, HW_PROJECT_ID: 'p1' }, { ...keys, projectId: 'p1' }],
    [
      'temporary keys and a project',
      { ...KEYS, HW_PROJECT_ID: 'p1', HW_SECURITY_TOKEN: 'ST' },
      { ...keys, projectId: 'p1', securityToken: 'ST' },
    ],
    [
      "the names of the vendor's SDKs",
      {
        HUAWEICLOUD_SDK_AK: 'AK',
        HUAWEICLOUD_SDK_SK: 'canary-SK',
        HUAWEICLOUD_SDK_PROJECT_ID: 'p1',
        HUAWEICLOUD_SDK_SECURITY_TOKEN: 'ST',
      },
      { ...keys, projectId: 'p1', securityToken: 'ST' },
    ],
    [
      'both names with one value',
      { ...KEYS, HW_PROJECT_ID: 'p1', HUAWEICLOUD_SDK_AK: 'AK' },
      { ...keys, projectId: 'p1' },
    ],
  ])('may be %s', (_what, environment, expected) => {
    expect(loadWorkerConfig({ ...REST, ...environment }).credentials).toStrictEqual(expected);
  });

  it.each<[string, Environment, string[]]>([
    ['nothing', {}, ['HW_DOMAIN_NAME is missing', 'HW_USER_NAME is missing', 'HW_USER_PASSWORD is missing']],
    ['an incomplete user', { HW_USER_NAME }, ['HW_DOMAIN_NAME is missing', 'HW_USER_PASSWORD is missing']],
    [
      'one key without the other',
      { ...USER, HW_SECRET_KEY: 'canary' },
      ['HW_ACCESS_KEY and HW_SECRET_KEY belong together: set both or neither'],
    ],
    ['keys without a project', KEYS, ['HW_PROJECT_ID is missing: without a user the keys need it']],
    [
      'a user and a project',
      { ...USER, HW_PROJECT_ID: 'p1' },
      ['HW_PROJECT_ID is for keys without a user: unset it, or HW_USER_NAME and the two others of the user'],
    ],
    [
      'a project without keys',
      { HW_PROJECT_ID: 'p1' },
      ['HW_PROJECT_ID belongs to HW_ACCESS_KEY and HW_SECRET_KEY: set them too, or unset it'],
    ],
    [
      'a security token without keys',
      { ...USER, HW_SECURITY_TOKEN: 'canary' },
      ['HW_SECURITY_TOKEN belongs to HW_ACCESS_KEY and HW_SECRET_KEY: set them too, or unset it'],
    ],
    [
      'an alias with another value',
      { ...KEYS, HW_PROJECT_ID: 'p1', HUAWEICLOUD_SDK_SK: 'canary-other' },
      ['HUAWEICLOUD_SDK_SK and HW_SECRET_KEY have different values: leave one out'],
    ],
  ])('cannot be %s', (_what, environment, problems) => {
    expect(problemsOf(() => loadWorkerConfig({ ...REST, ...environment })).sort()).toEqual(problems);
  });

  it('of all kinds of errors are reported in one message', () => {
    const environment = {
      ...REST,
      CALLBACK_URL: undefined,
      HW_USER_NAME,
      HW_PROJECT_ID: 'p1',
      HW_SECURITY_TOKEN: 'canary',
    };
    expect(
      problemsOf(() => loadWorkerConfig(environment))
        .map((problem) => problem.split(' ')[0])
        .sort(),
    ).toEqual(['CALLBACK_URL', 'HW_DOMAIN_NAME', 'HW_PROJECT_ID', 'HW_SECURITY_TOKEN', 'HW_USER_PASSWORD']);
  });

  it('may come from files, the keys too', async () => {
    const environment = {
      ...REST,
      HW_ACCESS_KEY_FILE: await file('ak', 'AK\n'),
      HW_SECRET_KEY_FILE: await file('sk', 'canary-SK\n'),
      HW_SECURITY_TOKEN_FILE: await file('st', 'ST\n'),
      HW_PROJECT_ID: 'p1',
    };
    expect(loadWorkerConfig(environment).credentials).toStrictEqual({ ...keys, projectId: 'p1', securityToken: 'ST' });
  });
});

describe('secrets', () => {
  it('lose white space and byte order marks at both ends, in variables and files', async () => {
    const key = await file('key', `\uFEFF${KEY}\n`);
    const previous = await file('previous', ` ${KEY} 2\r\n\r\n`);
    expect(
      loadReceiverConfig({ CALLBACK_AUTH_KEY_FILE: key, CALLBACK_AUTH_KEY_PREVIOUS_FILE: `${previous}\n` }),
    ).toMatchObject({ callbackKeys: { current: KEY, previous: `${KEY} 2` } });
    const apiKey = await file('api-key', 'the-key\n');
    const environment = {
      ...WORKER,
      HW_USER_PASSWORD: '\tcanary pass\n',
      CALLBACK_URL: ' https://example.com/callback/\n',
      SPARKRTC_ENDPOINT: '\uFEFFhttps://rtc.example.com',
      TEMPORAL_ADDRESS: 'localhost:7233\n',
      TEMPORAL_NAMESPACE: ' recordings\r\n',
      TEMPORAL_API_KEY_FILE: apiKey,
      OBS_PATH_STYLE: ' \n',
    };
    expect(loadWorkerConfig(environment)).toMatchObject({
      credentials: { password: 'canary pass' },
      callbackUrl: 'https://example.com/callback',
      sparkRtcEndpoint: 'https://rtc.example.com',
      obsPathStyle: false,
      temporal: { namespace: 'recordings', connection: { address: 'localhost:7233', apiKey: 'the-key' } },
    });
    expect(loadClientConfig({ TEMPORAL_API_KEY: 'the-key\n' }).connection.apiKey).toBe('the-key');
  });

  it.each([
    ['little endian', Buffer.from(`\uFEFF${KEY}`, 'utf16le')],
    ['big endian', Buffer.from(`\uFEFF${KEY}`, 'utf16le').swap16()],
    ['without a mark', Buffer.from(KEY, 'utf16le')],
  ])('are named as UTF-16: %s', async (_what, bytes) => {
    const path = await file('utf16', bytes);
    expect(problemsOf(() => loadReceiverConfig({ CALLBACK_AUTH_KEY_FILE: path }))).toEqual([
      'CALLBACK_AUTH_KEY_FILE cannot be read: it is UTF-16: save it as UTF-8',
    ]);
    expect(problemsOf(() => loadReceiverConfig({ ...RECEIVER, TEMPORAL_CONFIG_FILE: path }))).toEqual([
      `TEMPORAL_*: TEMPORAL_CONFIG_FILE ${path}: it is UTF-16: save it as UTF-8`,
    ]);
  });

  it.each([
    [{ TEMPORAL_API_KEY: 'canary\nkey' }, 'TEMPORAL_API_KEY'],
    [{ TEMPORAL_API_KEY: 'canary-kéy' }, 'TEMPORAL_API_KEY'],
    [{ TEMPORAL_GRPC_META_AUTHORIZATION: 'Bearer canary\nkey' }, 'TEMPORAL_GRPC_META_*'],
  ])('that no header can have are rejected by name: %j', (environment, name) => {
    expect(problemsOf(() => loadClientConfig(environment))).toEqual([
      `${name} has a character that a header cannot have`,
    ]);
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

  it('is not reached by a proxy or a trust store that cannot be used', () => {
    const environment = { HTTPS_PROXY: 'socks5://user:canary@proxy', NODE_EXTRA_CA_CERTS: '/nowhere' };
    const problems = [
      'HTTPS_PROXY must be an http:// URL, such as http://proxy.example.com:3128',
      "NODE_EXTRA_CA_CERTS cannot be read: ENOENT: no such file or directory, open '/nowhere'",
    ];
    expect(problemsOf(() => loadClientConfig(environment))).toEqual(problems);
    expect(problemsOf(() => loadReceiverConfig({ ...RECEIVER, ...environment }))).toEqual(problems);
    expect(problemsOf(() => loadWorkerConfig({ ...WORKER, ...environment }))).toEqual(problems);
  });

  it('is found by a profile, which the variables overrule', async () => {
    const profile = await file('fine.toml', '[profile.default]\naddress = "[::1]:7233"\nnamespace = "from-file"\n');
    expect(loadClientConfig({ TEMPORAL_CONFIG_FILE: profile, TEMPORAL_NAMESPACE: 'from-variable' })).toMatchObject({
      namespace: 'from-variable',
      connection: { address: '[::1]:7233' },
    });
  });

  it('is found by a profile and a certificate with byte order marks and white space', async () => {
    const certificate = await file('ca.pem', '\uFEFF-----BEGIN CERTIFICATE-----\n');
    const profile = await file(
      'marked.toml',
      `\uFEFF[profile.default]\naddress = "h:7233 "\napi_key = "key\\n"\n[profile.default.tls]\nserver_ca_cert_path = "${certificate}"\n`,
    );
    const { connection } = loadClientConfig({ TEMPORAL_CONFIG_FILE: profile });
    expect(connection).toMatchObject({ address: 'h:7233', apiKey: 'key' });
    const { serverRootCACertificate } = connection.tls as { serverRootCACertificate: Uint8Array };
    expect(Buffer.from(serverRootCACertificate).toString()).toBe('-----BEGIN CERTIFICATE-----\n');
  });

  it.each(['localhost:65536', 'localhost:', ':7233'])('cannot be at %s', (address) => {
    expect(problemsOf(() => loadClientConfig({ TEMPORAL_ADDRESS: address }))).toEqual([
      'TEMPORAL_ADDRESS must be host:port, such as localhost:7233',
    ]);
  });

  it('is found by the profile of docs/temporal-cloud.md', async () => {
    const guide = await readFile(new URL('../../docs/temporal-cloud.md', import.meta.url), 'utf8');
    const profile = await file('cloud.toml', /```toml\n([^]*?)```/.exec(guide)![1]!.replace('"…"', '"the-key"'));
    expect(loadClientConfig({ TEMPORAL_CONFIG_FILE: profile })).toMatchObject({
      namespace: 'recordings.a1b2c',
      connection: { address: 'eu-central-1.aws.api.temporal.io:7233', apiKey: 'the-key', tls: true },
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
      'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION is not supported by this SDK: set TEMPORAL_TLS_SERVER_NAME and TEMPORAL_TLS_SERVER_CA_CERT_PATH instead',
    ],
  ])('rejects %s', (_what, environment, problem) => {
    expect(problemsOf(() => loadClientConfig(environment))).toEqual([problem]);
  });

  it.each(['localhost', 'localhost:7233', '10.0.0.1:7233', '[::1]', '[fe80::1]:7233'])('may be at %s', (address) => {
    expect(loadClientConfig({ TEMPORAL_ADDRESS: address }).connection.address).toBe(address);
  });
});
