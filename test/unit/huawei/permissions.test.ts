import { readFile } from 'node:fs/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createHuaweiClients } from '../../../src/huawei/clients.js';
import { PASSWORD, startSimulator } from '../simulator/vendorClient.js';
import { failureOf } from './scriptedServer.js';

/** The first policy of the page: the published actions. */
const page = await readFile(new URL('../../../docs/reference.md', import.meta.url), 'utf8');
const policy = /## Permissions of the user[^]*?```json\n([^]*?)```/.exec(page)?.[1] ?? '';
const { Statement } = JSON.parse(policy) as { Statement: { Action: string[] }[] };
const ACTIONS = Statement.flatMap(({ Action }) => Action);

const rule = {
  obsAddr: { bucket: 'obsName', location: 'cn-north-4', object: 'Record/', projectId: '0'.repeat(32) },
  recordFormats: ['MP4'],
};

/** Every call that recordings make with applications and templates, as a user with these actions. */
async function makeAllCalls(allowedActions: string[]): Promise<void> {
  const { url } = await startSimulator({ allowedActions, rejectExistingRule: true });
  const credentials = { userName: 'username', password: PASSWORD, domainName: 'domainname' };
  const { sparkRtc, close } = createHuaweiClients({ credentials, iamEndpoint: url, sparkRtcEndpoint: url });
  onTestFinished(close);
  await sparkRtc.findApp('rtctest');
  const { appId } = await sparkRtc.createApp('rtctest');
  await sparkRtc.showApp(appId);
  await sparkRtc.saveRecordRule(appId, rule);
  // A template that exists is looked for and changed.
  await sparkRtc.saveRecordRule(appId, { ...rule, recordFormats: ['HLS'] });
  await sparkRtc.saveRecordCallback(appId, { url: 'http://127.0.0.1:9/', authKey: 'k'.repeat(32) }).catch(() => {});
  await sparkRtc.listBuckets();
}

describe('the policy of the page', () => {
  it('lets all calls through', async () => {
    await expect(makeAllCalls(ACTIONS)).resolves.toBeUndefined();
  });

  it.each(ACTIONS)('needs %s', async (missing) => {
    const failure = await failureOf(makeAllCalls(ACTIONS.filter((action) => action !== missing)));
    expect(failure).toMatchObject({ status: 403, errorCode: 'RTC.00001021' });
    expect(String(failure)).toContain(`lacks the action ${missing}`);
  });
});
