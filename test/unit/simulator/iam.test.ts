import { describe, expect, it } from 'vitest';
import { SEED } from './seed.js';
import { PASSWORD, send, signIn, startSimulator, TOKEN_REQUEST, withField } from './vendorClient.js';

const MICROSECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

const changed = (path: string, value: unknown) => withField(TOKEN_REQUEST, path, value);
const wrongPassword = changed('auth.identity.password.user.password', 'wrong');

describe('POST /v3/auth/tokens', () => {
  it('gives the token in the header, and its times in microseconds', async () => {
    const simulator = await startSimulator();
    const { status, headers, body } = await send(`${simulator.url}/v3/auth/tokens`, 'POST', TOKEN_REQUEST);
    expect(status).toBe(201);
    expect(headers.get('x-subject-token')).toBeTruthy();
    expect(body.token).toMatchObject({
      methods: ['password'],
      domain: { name: 'domainname' },
      user: { name: 'username' },
    });
    expect(body.token.issued_at).toMatch(MICROSECONDS);
    expect(body.token.expires_at).toMatch(MICROSECONDS);
    expect(Date.parse(body.token.expires_at) - Date.parse(body.token.issued_at)).toBe(24 * 3_600_000);
    expect(body.token.catalog).toEqual([]);
    const short = await send(`${simulator.url}/v3/auth/tokens?nocatalog=1`, 'POST', TOKEN_REQUEST);
    expect(short.body.token).not.toHaveProperty('catalog');
  });

  it.each([
    ['no JSON', '{', 400],
    ['no auth', {}, 400],
    ['another method', changed('auth.identity.methods', ['token']), 400],
    ['no domain', changed('auth.identity.password.user.domain', undefined), 400],
    ['the password as a number', changed('auth.identity.password.user.password', 1), 400],
    ['a wrong password', wrongPassword, 401],
    ['an unknown user', changed('auth.identity.password.user.name', 'unknown'), 401],
    ['a wrong domain', changed('auth.identity.password.user.domain.name', 'other'), 401],
    ['a wrong scope', changed('auth.scope.domain.name', 'other'), 401],
  ])('rejects %s with a nested error', async (_what, request, status) => {
    const simulator = await startSimulator();
    const response = await send(`${simulator.url}/v3/auth/tokens`, 'POST', request);
    expect(response.status).toBe(status);
    expect(response.body.error).toMatchObject({
      code: status,
      title: status === 400 ? 'Bad Request' : 'Unauthorized',
    });
    expect(response.headers.has('x-subject-token')).toBe(false);
  });

  it('locks the account after five wrong passwords, for 15 simulated minutes', async () => {
    const simulator = await startSimulator({ timeScale: 2000 });
    const url = `${simulator.url}/v3/auth/tokens`;
    for (let i = 0; i < 4; i += 1) await send(url, 'POST', wrongPassword);
    expect((await send(url, 'POST', TOKEN_REQUEST)).status).toBe(201);
    for (let i = 0; i < 5; i += 1) {
      expect((await send(url, 'POST', wrongPassword)).body.error.message).toBe('The username or password is wrong.');
    }
    const locked = await send(url, 'POST', TOKEN_REQUEST);
    expect(locked.status).toBe(401);
    expect(locked.body).toEqual({ error: { code: 401, message: 'The account is locked.', title: 'Unauthorized' } });
    await expect.poll(async () => (await send(url, 'POST', TOKEN_REQUEST)).status, { timeout: 3000 }).toBe(201);
  });
});

describe('a token', () => {
  const apps = '/v2/apps';

  it('is needed, and has to be good', async () => {
    const simulator = await startSimulator();
    for (const headers of [{}, { 'x-auth-token': 'made-up' }]) {
      const { status, body, headers: received } = await send(`${simulator.url}${apps}`, 'GET', undefined, headers);
      expect(status).toBe(401);
      expect(body).toMatchObject({ error_code: 'APIGW.0301', request_id: received.get('x-request-id') });
    }
  });

  it('dies after its simulated lifetime', async () => {
    const simulator = await startSimulator({ timeScale: 100, tokenLifetimeMs: 30_000 });
    const call = await signIn(simulator);
    expect((await call('GET', apps)).status).toBe(200);
    await expect.poll(async () => (await call('GET', apps)).status).toBe(401);
  });

  it('dies after so many uses, where that is requested', async () => {
    const simulator = await startSimulator({ tokenUses: 2 });
    const call = await signIn(simulator);
    const statuses = [await call('GET', apps), await call('GET', apps), await call('GET', apps)].map(
      ({ status }) => status,
    );
    expect(statuses).toEqual([200, 200, 401]);
  });

  it('dies when all are revoked; a new one lives', async () => {
    const simulator = await startSimulator();
    const call = await signIn(simulator);
    simulator.revokeTokens();
    expect((await call('GET', apps)).status).toBe(401);
    expect((await (await signIn(simulator))('GET', apps)).status).toBe(200);
  });
});

describe('POST /v3.0/OS-CREDENTIAL/securitytokens', () => {
  const path = '/v3.0/OS-CREDENTIAL/securitytokens';
  const asking = (seconds?: unknown) => ({
    auth: { identity: { methods: ['token'], token: { duration_seconds: seconds } } },
  });

  it('gives temporary keys for a token', async () => {
    const simulator = await startSimulator();
    const call = await signIn(simulator);
    const { status, body } = await call('POST', path, asking(3600));
    expect(status).toBe(201);
    expect(Object.keys(body.credential).sort()).toEqual(['access', 'expires_at', 'secret', 'securitytoken']);
    expect(body.credential.expires_at).toMatch(MICROSECONDS);
    const lifetime = Date.parse(body.credential.expires_at) - simulator.clock.now();
    expect(lifetime).toBeGreaterThan(3590_000);
    expect(lifetime).toBeLessThanOrEqual(3600_000);
    const { access, secret, securitytoken } = body.credential;
    expect(simulator.secrets).toEqual(expect.arrayContaining([access, secret, securitytoken]));
  });

  it.each([899, 86_401, '3600', 1000.5])('rejects a lifetime of %j', async (seconds) => {
    const call = await signIn(await startSimulator());
    expect((await call('POST', path, asking(seconds))).status).toBe(400);
  });

  it('rejects who has no token', async () => {
    const simulator = await startSimulator();
    const { status, body } = await send(`${simulator.url}${path}`, 'POST', asking(900));
    expect(status).toBe(401);
    expect(body.error.title).toBe('Unauthorized');
  });
});

it('names every secret that it was given or gave, and keeps them out of its record of requests', async () => {
  const simulator = await startSimulator({ accessKeys: [{ accessKey: 'ak-of-a-test', secretKey: 'sk-of-a-test' }] });
  const call = await signIn(simulator);
  const { body } = await call('POST', '/v2/apps', SEED.appRequest);
  const key = SEED.callbackRequest.auth_key;
  await call('PUT', `/v2/apps/${body.app_id}/record-callback`, { url: 'http://127.0.0.1:9/', auth_key: key });
  expect(simulator.secrets).toEqual(expect.arrayContaining([PASSWORD]));
  expect(simulator.secrets).toEqual(expect.arrayContaining(['ak-of-a-test', 'sk-of-a-test']));
  expect(simulator.requests.map(({ path }) => path)).toHaveLength(3);
  expect(simulator.requests[0]?.body).toMatchObject({
    auth: { identity: { password: { user: { name: 'username', password: '***' } } } },
  });
  expect(JSON.stringify(simulator.requests)).not.toContain(key);
});
