import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { findPython } from '../../../scripts/setup.mjs';
import { signCallback } from '../../../simulator/callbacks.js';
import type { Simulator } from '../../../simulator/simulator.js';
import { SEED } from '../../unit/simulator/seed.js';
import { startReceiver, startSimulator } from '../../unit/simulator/vendorClient.js';

/*
 * The vendor's own SDK, unchanged, signs for itself and reads into its own models: a client of the simulator that no
 * one here wrote.
 */

const script = fileURLToPath(new URL('procedure.py', import.meta.url));
const KEY = { accessKey: 'VENDORSDKTESTKEY0001', secretKey: 'canary-secret-key-of-the-vendor-sdk' };
const PROJECT_ID = SEED.ruleRequest.obs_addr.project_id;
const AUTH_KEY = SEED.callbackRequest.auth_key;

type Responses = Record<string, Record<string, unknown>>;

const python = findPython('tools/requirements-checks.txt', "the test of the simulator with the vendor's SDK");

const start = () => startSimulator({ accessKeys: [KEY], buckets: [{ name: 'obsName', authorized: false }] });

async function runProcedure(simulator: Simulator, callbackUrl: string, key = KEY): Promise<Responses> {
  const { stdout } = await promisify(execFile)(python!, ['-X', 'utf8', script], {
    env: {
      ...process.env,
      NO_PROXY: '*',
      VENDOR_ENDPOINT: simulator.url,
      VENDOR_ACCESS_KEY: key.accessKey,
      VENDOR_SECRET_KEY: key.secretKey,
      VENDOR_CALLBACK_URL: callbackUrl,
      VENDOR_AUTH_KEY: AUTH_KEY,
    },
    timeout: 100_000,
  });
  return JSON.parse(stdout) as Responses;
}

describe.skipIf(!python)("the vendor's SDK", { timeout: 120_000 }, () => {
  it('goes through the whole procedure with signed calls, and reads every response', async () => {
    const simulator = await start();
    const receiver = await startReceiver();
    const responses = await runProcedure(simulator, receiver.url);

    const id = expect.stringMatching(/^[0-9a-f]{32}$/) as string;
    const seconds = expect.stringMatching(/^2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string;
    const varying = expect.stringMatching(/^2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,4})?Z$/) as string;
    const beijing = expect.stringMatching(/^2\d{3}\/\d\d\/\d\d \d\d:\d\d:\d\d GMT\+08:00$/) as string;
    const [app] = simulator.apps;
    const [job] = simulator.jobs;
    const [object] = simulator.objects('obsName');
    const appId = app?.appId ?? '';
    const ruleId = responses['createRule']?.['rule_id'];

    const appResponse = {
      app_name: 'rtctest',
      app_id: appId,
      state: { state: 'ACTIVATION', update_time: varying },
      scope: 'GLOBAL',
      tenant_name: 'domainname',
      domain: `${appId}.SparkRTC.myhuaweicloud.com`,
      create_time: varying,
    };
    const rule = {
      rule_id: ruleId,
      app_id: appId,
      obs_addr: { location: 'cn-north-4', project_id: PROJECT_ID, bucket: 'obsName', object: 'Record/' },
      record_formats: ['MP4'],
      hls_config: { record_cycle: 0, record_max_duration_to_merge_file: 0 },
      mp4_config: SEED.ruleResponse.mp4_config,
      create_time: seconds,
      update_time: seconds,
    };
    const callback = {
      app_id: appId,
      record_callback: {
        url: receiver.url,
        auth_key: AUTH_KEY,
        notify_event_subscription: SEED.callbackResponse.record_callback.notify_event_subscription,
        update_time: varying,
      },
    };
    const jobResponse = {
      app_id: appId,
      job_id: job?.job_id,
      stream_name: `s_${job?.job_id}_room001_user001`,
      room_id: 'room001',
      user_id: 'user001',
      is_record_audio: true,
      video_type: 'CAMERASTREAM',
      select_stream_type: 'HD',
      max_idle_time: 30,
      record_param: { record_rule_id: ruleId },
      create_time: seconds,
      update_time: seconds,
      start_time: seconds,
    };
    const running = { stop_time: '0001-01-01T00:00:00Z', stop_reason: null };
    const rejected = (status: number, code: string) => ({ status, error_code: code, request_id: id });
    expect(responses).toMatchObject({
      authorize: { status: 204 },
      buckets: {
        status: 200,
        count: 1,
        buckets: [{ bucket: 'obsName', location: 'cn-north-4', creation_date: beijing, is_authorized: true }],
      },
      createApp: { status: 201, app_id: appId },
      createAppAgain: rejected(400, 'RTC.00001020'),
      apps: { status: 200, count: 1, apps: [appResponse] },
      app: { status: 200, ...appResponse },
      createRule: { status: 201, ...rule },
      rules: { status: 200, rules: [rule] },
      rule: { status: 200, ...rule },
      updateRule: { status: 200, ...rule, mp4_config: { ...rule.mp4_config, record_cycle: 3600 } },
      updateCallback: { status: 200, ...callback },
      callback: { status: 200, ...callback },
      startJob: { status: 201, ...jobResponse, state: 'INIT', ...running },
      runningJob: { status: 200, ...jobResponse, state: 'RUNNING', ...running },
      stopJob: { status: 204 },
      stopJobAgain: rejected(400, 'RTC.00001009'),
      stoppedJob: { status: 200, ...jobResponse, state: 'STOPPED', stop_reason: 'TENANT_STOP', stop_time: seconds },
      absentJob: rejected(404, 'RTC.00001003'),
      objects: {
        status: 200,
        count: 1,
        objects: [{ file_name: object?.key, size: Math.ceil((object?.size ?? 0) / 1024), last_modified: beijing }],
      },
      noObjects: { status: 200, count: 0, objects: [] },
      deleteRule: { status: 204 },
    });
    for (const response of Object.values(responses))
      expect(response['request_id'] ?? response['x_request_id']).toEqual(id);

    // The events of the job that the SDK has started: signed with the key that the SDK has set.
    await expect
      .poll(() => receiver.types(), { timeout: 60_000 })
      .toEqual(['RECORD_NEW_FILE_START', 'RECORD_FILE_COMPLETE', 'CLOUD_RECORD_OVER']);
    for (const { headers, raw } of receiver.events()) {
      const [rand, timestamp] = [String(headers['x-rtc-rand']), String(headers['x-rtc-timestamp'])];
      expect(headers['x-rtc-signature']).toBe(signCallback(AUTH_KEY, rand, timestamp, raw));
    }
  });

  it.for([
    ['the secret key is another', { ...KEY, secretKey: 'not-this-one' }, 'verify aksk signature fail'],
    [
      'the access key is unknown',
      { ...KEY, accessKey: 'UNKNOWN' },
      'Get secretKey failed,ak:UNKNOWN,err:ak not exist',
    ],
  ] as const)('is rejected when %s', async ([, key, reason]) => {
    const responses = await runProcedure(await start(), 'http://127.0.0.1:9/', key);
    expect(responses).toEqual({
      authorize: {
        status: 401,
        error_code: 'APIGW.0301',
        error_msg: `Incorrect IAM authentication information: ${reason}`,
        request_id: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      },
    });
  });
});
