import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { ensureApplication } from '../../../src/activities/ensureApplication.js';
import { Memory } from '../../../src/activities/memory.js';
import { createHuaweiClients } from '../../../src/huawei/clients.js';
import { json, scriptedServer, type Script } from '../huawei/scriptedServer.js';

/** Step 2 at a vendor with these responses. */
async function ensureAt(request: { appId?: string }, ...scripts: Script[]) {
  const server = await scriptedServer();
  const token = json(201, { token: { expires_at: '2099-01-01T00:00:00.000000Z' } }, { 'X-Subject-Token': 'token' });
  server.respondWith(token, ...scripts);
  const { sparkRtc } = createHuaweiClients({
    credentials: { userName: 'user', password: 'password', domainName: 'domain' },
    iamEndpoint: server.url,
    sparkRtcEndpoint: server.url,
  });
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const wanted = { appName: 'rtctest', lookUp: 'vendor' as const, ...request };
  return environment.run(ensureApplication(sparkRtc, new Memory()), wanted);
}

const appOf = (state?: string) => ({ app_id: 'app1', app_name: 'rtctest', ...(state && { state: { state } }) });

const rejection = (message: string) => ({
  type: 'RequestRejected',
  nonRetryable: true,
  message: expect.stringContaining(message) as string,
});

const UNUSABLE = [
  ['DEACTIVATION', 'The application "rtctest" (app1) is disabled (DEACTIVATION). Enable it'],
  ['ARREARS', 'The application "rtctest" (app1) is suspended because the account is in arrears (ARREARS). Settle'],
] as const;

describe('step 2 with the name of an application', () => {
  const ensure = (state?: string) => ensureAt({}, json(200, { count: 1, apps: [appOf(state)] }));

  it.each(['ACTIVATION', undefined])('uses one whose state is %s', async (state) => {
    expect(await ensure(state)).toEqual({ appId: 'app1', warnings: [] });
  });

  it.each(UNUSABLE)('fails at once with one whose state is %s', async (state, message) => {
    await expect(ensure(state)).rejects.toMatchObject(rejection(message));
  });
});

describe('step 2 with the id of an application', () => {
  const ensure = (app: Script, mode: Script = json(200, { mode: 'AUTO_RECORD_OFF' })) =>
    ensureAt({ appId: 'app1' }, app, mode);

  it('looks it up', async () => {
    expect(await ensure(json(200, appOf('ACTIVATION')))).toEqual({ appId: 'app1', warnings: [] });
  });

  it('warns if it records every stream itself', async () => {
    const mode = json(200, { mode: 'AUTO_INDIVIDUAL_RECORD', record_rule_id: 'rule1' });
    const { warnings } = (await ensure(json(200, appOf()), mode)) as { warnings: string[] };
    expect(warnings).toEqual([expect.stringContaining('recorded twice: application app1')]);
  });

  it('needs no right to read that mode', async () => {
    const denied = json(400, { error_code: 'RTC.00001021', error_msg: 'no permission' });
    expect(await ensure(json(200, appOf()), denied)).toEqual({ appId: 'app1', warnings: [] });
  });

  it.each([
    ['unknown', json(404, { error_code: 'RTC.00001003', error_msg: 'no such app' })],
    ['deleted', json(200, appOf('DELETED'))],
  ])('fails at once with one that is %s, and creates none', async (_what, response) => {
    await expect(ensure(response)).rejects.toMatchObject(rejection('no application with the id "app1"'));
  });

  it.each(UNUSABLE)('fails at once with one whose state is %s', async (state, message) => {
    await expect(ensure(json(200, appOf(state)))).rejects.toMatchObject(rejection(message));
  });
});
