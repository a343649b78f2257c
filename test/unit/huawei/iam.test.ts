import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { HuaweiError, StatusError, InvalidResponseError } from '../../../src/huawei/errors.js';
import { HttpClient } from '../../../src/huawei/http.js';
import { IamClient } from '../../../src/huawei/iam.js';
import { SEED } from '../simulator/seed.js';
import { everythingOf, failureOf, json, scriptedServer, type Script } from './scriptedServer.js';

const PASSWORD = 'canary"p\\ss/wörd';

async function iamThatResponds(...scripts: Script[]) {
  const server = await scriptedServer();
  server.respondWith(...scripts);
  const http = new HttpClient();
  onTestFinished(() => http.close());
  const clientOf = (credentials: ConstructorParameters<typeof IamClient>[0]['credentials']) =>
    new IamClient({ endpoint: server.url, credentials, http });
  return { server, clientOf, iam: clientOf({ userName: 'recorder', password: PASSWORD, domainName: 'acme' }) };
}

const tokenResponse = {
  token: {
    expires_at: '2020-01-04T09:05:22.701000Z',
    issued_at: '2020-01-03T09:05:22.701000Z',
    methods: ['password'],
    domain: { name: 'acme', id: 'd1' },
    roles: [],
    user: { name: 'recorder' },
  },
};

/** When the vendor, by its own clock, gave these responses. */
const ISSUED_AT = '2020-01-03T09:05:22Z';
const byVendorsClock = { Date: new Date(ISSUED_AT).toUTCString() };

/** Stops our clock, so that times can be compared to the millisecond. */
function ourTime(time: string): void {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date(time) });
  onTestFinished(() => void vi.useRealTimers());
}

const keysResponse = {
  credential: {
    access: 'AK1',
    secret: 'canary-secret',
    securitytoken: 'canary-security-token',
    expires_at: '2020-01-03T10:05:22.701000Z',
  },
};

describe('issueToken', () => {
  it('sends what the vendor’s example sends, and takes the token from the header', async () => {
    ourTime(ISSUED_AT);
    const headers = { 'X-Subject-Token': 't1', ...byVendorsClock };
    const { server, clientOf } = await iamThatResponds(json(201, tokenResponse, headers));
    const iam = clientOf({ userName: 'username', password: 'password', domainName: 'domainname' });
    expect(await iam.issueToken()).toEqual({ token: 't1', expiresAt: new Date('2020-01-04T09:05:22.701Z') });
    expect(server.requests).toMatchObject([
      { method: 'POST', url: '/v3/auth/tokens?nocatalog=1', headers: { 'content-type': 'application/json' } },
    ]);
    expect(server.requests[0]?.body).toEqual(SEED.tokenRequest);
  });

  it('tells the end of the token by our clock, however far the vendor’s is from it', async () => {
    ourTime('2020-01-03T12:00:00Z');
    const headers = { 'X-Subject-Token': 't1', ...byVendorsClock };
    const { iam } = await iamThatResponds(json(201, tokenResponse, headers));
    expect((await iam.issueToken()).expiresAt).toEqual(new Date('2020-01-04T12:00:00.701Z'));
  });

  it('uses the expiry as it is if the response has no date', async () => {
    const { iam } = await iamThatResponds((response, socket) => {
      response.sendDate = false;
      json(201, tokenResponse, { 'X-Subject-Token': 't1' })(response, socket);
    });
    expect((await iam.issueToken()).expiresAt).toEqual(new Date('2020-01-04T09:05:22.701Z'));
  });

  it('tells a rejected password with IAM’s words, but without the password', async () => {
    const words = `The username or password ${PASSWORD} is wrong.`;
    const { iam } = await iamThatResponds(json(401, { error: { code: 401, message: words, title: 'Unauthorized' } }));
    const error = await failureOf(iam.issueToken());
    expect(error).toBeInstanceOf(StatusError);
    expect(error).toMatchObject({ status: 401, call: 'IAM POST /v3/auth/tokens' });
    expect((error as Error).message).toContain('The username or password *** is wrong');
    expect(everythingOf(error)).not.toContain('canary');
  });

  it.each([
    ['no token in the header', json(201, tokenResponse)],
    ['no time', json(201, { token: {} }, { 'X-Subject-Token': 'canary' })],
    ['a time that is none', json(201, { token: { expires_at: 'canary' } }, { 'X-Subject-Token': 'canary' })],
  ])('cannot read a response with %s', async (_, script) => {
    const { iam } = await iamThatResponds(script);
    const error = await failureOf(iam.issueToken());
    expect(error).toBeInstanceOf(InvalidResponseError);
    expect(error).toMatchObject({ status: 201, requestId: 'req-1' });
    expect(everythingOf(error)).not.toContain('canary');
  });
});

describe('issueTemporaryKeys', () => {
  it('asks with the token for keys of one hour', async () => {
    ourTime('2020-01-03T00:00:00Z');
    const { server, iam } = await iamThatResponds(json(201, keysResponse, byVendorsClock));
    expect(await iam.issueTemporaryKeys('t1')).toEqual({
      accessKey: 'AK1',
      secretKey: 'canary-secret',
      securityToken: 'canary-security-token',
      expiresAt: new Date('2020-01-03T01:00:00.701Z'),
    });
    expect(server.requests).toMatchObject([
      {
        method: 'POST',
        url: '/v3.0/OS-CREDENTIAL/securitytokens',
        headers: { 'x-auth-token': 't1' },
        body: { auth: { identity: { methods: ['token'], token: { duration_seconds: 3600 } } } },
      },
    ]);
  });

  it('shows nothing of a response that lacks a key', async () => {
    const { iam } = await iamThatResponds(json(201, { credential: { ...keysResponse.credential, access: '' } }));
    const error = await failureOf(iam.issueTemporaryKeys('canary-token'));
    expect(error).toBeInstanceOf(HuaweiError);
    expect(everythingOf(error)).not.toContain('canary');
  });
});
