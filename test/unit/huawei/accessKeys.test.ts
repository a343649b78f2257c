import { describe, expect, it, onTestFinished } from 'vitest';
import type { SimulatorOptions } from '../../../simulator/options.js';
import type { Simulator } from '../../../simulator/simulator.js';
import type { HuaweiCredentials } from '../../../src/huawei/authentication.js';
import { createHuaweiClients } from '../../../src/huawei/clients.js';
import { CredentialsRejectedError } from '../../../src/huawei/errors.js';
import { PASSWORD, signIn, startSimulator } from '../simulator/vendorClient.js';
import { everythingOf, failureOf } from './scriptedServer.js';

const KEY = { accessKey: 'ACCESSKEYTEST0000001', secretKey: 'canary-secret-key-of-the-access-key-test' };
const PROJECT = { ...KEY, projectId: '01234567890123456789012345678901' };

function clientsOf({ url }: Simulator, credentials: HuaweiCredentials) {
  const endpoints = { iamEndpoint: url, sparkRtcEndpoint: url, obsEndpoint: url, obsPathStyle: true };
  const clients = createHuaweiClients({ credentials, ...endpoints });
  onTestFinished(() => clients.close());
  return clients;
}

/** The clients with these credentials, by default keys only, against a simulator that knows the key. */
async function given(credentials: HuaweiCredentials = PROJECT, options: SimulatorOptions = {}) {
  const simulator = await startSimulator({ accessKeys: [KEY], ...options });
  const paths = () => simulator.requests.map(({ method, path }) => `${method} ${path}`);
  return { simulator, paths, ...clientsOf(simulator, credentials) };
}

describe('keys and a project', () => {
  it('sign every call, after one that proves them, and IAM is never called', async () => {
    const { authenticator, sparkRtc, obs, paths } = await given();
    expect(authenticator.isProven()).toBe(false);
    expect(await authenticator.prove()).toEqual({});
    expect(authenticator.isProven()).toBe(true);
    const { appId } = await sparkRtc.createApp('räume');
    expect(await sparkRtc.findApp('räume')).toMatchObject({ appId });
    expect(await sparkRtc.showApp(appId)).toMatchObject({ appId });
    expect(await obs.listPage({ bucket: 'obsName', location: 'cn-north-4' })).toEqual({ objects: [], folders: [] });
    expect(paths()).toEqual([
      'GET /v2/apps',
      'POST /v2/apps',
      'GET /v2/apps',
      `GET /v2/apps/${appId}`,
      'GET /obsName/',
    ]);
  });

  it('are proven by the first call, if that comes before step 1', async () => {
    const { sparkRtc, paths } = await given();
    await Promise.all([sparkRtc.listApps(0, 100), sparkRtc.listBuckets()]);
    expect(paths()[0]).toBe('GET /v2/apps');
    expect(paths().slice(1).sort()).toEqual(['GET /v2/apps', 'GET /v2/rtc-ops/buckets']);
  });

  it.each(['gateway', 'service'] as const)(
    'that are wrong are tried once by any number of calls, and are in no error (rejected by the %s)',
    async (authRejectedBy) => {
      const secretKey = 'canary-wrong-secret-key';
      const { authenticator, sparkRtc, paths } = await given({ ...PROJECT, secretKey }, { authRejectedBy });
      const calls = Array.from({ length: 20 }, () => [authenticator.prove(), sparkRtc.listApps(0, 1)]).flat();
      for (const error of await Promise.all(calls.map(failureOf))) {
        expect(error).toBeInstanceOf(CredentialsRejectedError);
        expect(everythingOf(error)).not.toContain('canary');
      }
      await failureOf(sparkRtc.listBuckets());
      expect(paths()).toEqual(['GET /v2/apps']);
    },
  );

  it('that are rejected later are proven again, and then not tried any more', async () => {
    const { simulator, authenticator, sparkRtc, paths } = await given();
    await authenticator.prove();
    const reject = { kind: 'respond', status: 401, body: { error_code: 'APIGW.0301', error_msg: 'no' } } as const;
    simulator.addFault({ match: 'GET /v2/**', times: 1, effect: reject });
    await failureOf(sparkRtc.listBuckets());
    expect(authenticator.isProven()).toBe(false);
    await sparkRtc.listBuckets();
    expect(authenticator.isProven()).toBe(true);
    simulator.addFault({ match: 'GET /v2/**', times: 9, effect: reject });
    for (let i = 0; i < 5; i++) await failureOf(sparkRtc.listBuckets());
    expect(paths()).toHaveLength(6);
  });
});

it('temporary keys are used with their security token for SparkRTC and OBS', async () => {
  const issuer = await startSimulator();
  const call = await signIn(issuer);
  const identity = { methods: ['token'], token: { duration_seconds: 900 } };
  const { credential } = (await call('POST', '/v3.0/OS-CREDENTIAL/securitytokens', { auth: { identity } })).body;
  const { access: accessKey, secret: secretKey, securitytoken: securityToken } = credential;
  const temporary = { accessKey, secretKey, projectId: PROJECT.projectId };
  const { sparkRtc, obs } = clientsOf(issuer, { ...temporary, securityToken });
  expect(await sparkRtc.listApps(0, 1)).toMatchObject({ apps: [] });
  expect(await obs.listPage({ bucket: 'obsName', location: 'cn-north-4' })).toMatchObject({ objects: [] });
  await expect(clientsOf(issuer, temporary).sparkRtc.listApps(0, 1)).rejects.toThrow('X-Security-Token');
});

it('a user with keys uses a token for SparkRTC and the keys for OBS', async () => {
  const user = { userName: 'username', password: PASSWORD, domainName: 'domainname' };
  const { sparkRtc, obs, paths } = await given({ ...user, ...KEY });
  await sparkRtc.listApps(0, 1);
  await obs.listPage({ bucket: 'obsName', location: 'cn-north-4' });
  expect(paths()).toEqual(['POST /v3/auth/tokens', 'GET /v2/apps', 'GET /obsName/']);
});
