import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { configureRecordCallback } from '../../../src/activities/configureRecordCallback.js';
import { Memory } from '../../../src/activities/memory.js';
import { createHuaweiClients } from '../../../src/huawei/clients.js';
import { json, scriptedServer } from '../huawei/scriptedServer.js';

const AUTH_KEY = '0123456789abcdef0123456789abcdef';

/** Step 4 for the application `rtctest`, whose present callback is this one. */
async function configureOver(url: string, authKey = AUTH_KEY) {
  const server = await scriptedServer();
  const callback = json(200, { app_id: 'app1', record_callback: { url, auth_key: authKey } });
  server.respondWith(
    json(201, { token: { expires_at: '2099-01-01T00:00:00.000000Z' } }, { 'X-Subject-Token': 'token' }),
    callback,
    callback,
  );
  const { sparkRtc } = createHuaweiClients({
    credentials: { userName: 'user', password: 'password', domainName: 'domain' },
    iamEndpoint: server.url,
    sparkRtcEndpoint: server.url,
  });
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const ours = { url: 'https://recorder.example.com/callback', authKey: AUTH_KEY };
  const request = { appId: 'app1', appName: 'rtctest', lookUp: 'vendor' as const };
  const step = configureRecordCallback(sparkRtc, ours, new Memory());
  const { warnings } = await environment.run<[typeof request], { warnings: string[] }, typeof step>(step, request);
  return { warnings, writes: server.requests.filter(({ method }) => method === 'PUT').length };
}

describe('step 4', () => {
  it.each([
    'https://recorder.example.com/callback/rtctest',
    'https://Recorder.Example.com:443/callback/rtctest',
    'HTTPS://recorder.example.com/callback/rtctest',
  ])('leaves the same URL as it is: %s', async (url) => {
    expect(await configureOver(url)).toEqual({ warnings: [], writes: 0 });
  });

  it('replaces another key without a warning', async () => {
    const replaced = await configureOver('https://recorder.example.com/callback/rtctest', 'f'.repeat(32));
    expect(replaced).toEqual({ warnings: [], writes: 1 });
  });

  it.each(['https://other.example.com/hook?key=canary', 'https://recorder.example.com/Callback/rtctest'])(
    'replaces another URL with a warning that has no secret: %s',
    async (url) => {
      const { warnings, writes } = await configureOver(url);
      expect(writes).toBe(1);
      expect(warnings).toEqual([expect.stringContaining(`was changed from ${new URL(url).origin}`)]);
      expect(warnings[0]).not.toContain('canary');
    },
  );

  it.each(['https://recorder.example.com/callback/another', 'https://Recorder.Example.com:443/callback/another'])(
    'rejects a second name for an application that already reports to this receiver: %s',
    async (url) => {
      await expect(configureOver(url)).rejects.toMatchObject({
        type: 'RequestRejected',
        message: expect.stringContaining('another') as string,
      });
    },
  );
});
