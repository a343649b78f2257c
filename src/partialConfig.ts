import { z } from 'zod';
import { authKey, ConfigurationError, endpoint, flag, readVariables, required, type Environment } from './config.js';
import type { IamCredentials } from './huawei/iam.js';

/*
 * Parts of the worker's environment, for commands that need no more of it: by the same names and under the same rules.
 */

const endpoints = {
  IAM_ENDPOINT: endpoint.default('https://iam.myhuaweicloud.com'),
  SPARKRTC_ENDPOINT: endpoint.default('https://rtc-api.myhuaweicloud.com'),
};

const iamUser = { HW_USER_NAME: required, HW_USER_PASSWORD: required, HW_DOMAIN_NAME: required };

/** What proves who we are to IAM and SparkRTC. */
export interface AccountConfig {
  credentials: IamCredentials;
  iamEndpoint: string;
  sparkRtcEndpoint: string;
}

/** @throws {ConfigurationError} */
export function loadAccountConfig(environment: Environment = process.env): AccountConfig {
  const env = read('The account', z.object({ ...endpoints, ...iamUser }), environment);
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
  const schema = z.object({
    OBS_ENDPOINT: endpoint.optional(),
    OBS_PATH_STYLE: flag,
    HW_ACCESS_KEY: z.string().optional(),
    HW_SECRET_KEY: z.string().optional(),
  });
  const env = read('OBS', schema, environment);
  const { HW_ACCESS_KEY: accessKey, HW_SECRET_KEY: secretKey } = env;
  if ((accessKey === undefined) !== (secretKey === undefined)) {
    throw incomplete('OBS', ['HW_ACCESS_KEY and HW_SECRET_KEY belong together: set both or neither']);
  }
  return {
    keys:
      accessKey !== undefined && secretKey !== undefined ? { accessKey, secretKey } : loadAccountConfig(environment),
    ...(env.OBS_ENDPOINT !== undefined && { endpoint: env.OBS_ENDPOINT }),
    pathStyle: env.OBS_PATH_STYLE,
  };
}

/** Where the vendor sends its callbacks. @throws {ConfigurationError} */
export function loadCallbackUrl(environment: Environment = process.env): string {
  return read('The callback', z.object({ CALLBACK_URL: endpoint }), environment).CALLBACK_URL;
}

/** The key that signs callbacks. @throws {ConfigurationError} */
export function loadCallbackAuthKey(environment: Environment = process.env): string {
  return read('The callback', z.object({ CALLBACK_AUTH_KEY: authKey }), environment).CALLBACK_AUTH_KEY;
}

/** Where IAM answers; needs no credentials. @throws {ConfigurationError} */
export function loadIamEndpoint(environment: Environment = process.env): string {
  return read('IAM', z.object({ IAM_ENDPOINT: endpoints.IAM_ENDPOINT }), environment).IAM_ENDPOINT;
}

function read<S extends z.ZodObject>(what: string, schema: S, environment: Environment): z.output<S> {
  const problems: string[] = [];
  const env = readVariables(schema, environment, problems);
  if (!env || problems.length > 0) throw incomplete(what, problems);
  return env;
}

function incomplete(what: string, problems: string[]): ConfigurationError {
  return new ConfigurationError(
    [`${what} cannot be used; the environment needs mending:`, ...problems.map((problem) => `  - ${problem}`)].join(
      '\n',
    ),
    problems,
  );
}
