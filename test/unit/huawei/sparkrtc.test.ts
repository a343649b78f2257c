import { describe, expect, it, onTestFinished } from 'vitest';
import { tokenAuthenticator } from '../../../src/huawei/authenticator.js';
import { AbortedError, StatusError, InvalidResponseError } from '../../../src/huawei/errors.js';
import { HttpClient, type Observation } from '../../../src/huawei/http.js';
import { SparkRtcClient, type IndividualStreamJobRequest } from '../../../src/huawei/sparkrtc.js';
import { TokenProvider } from '../../../src/huawei/tokenProvider.js';
import { SEED } from '../simulator/seed.js';
import {
  everythingOf,
  failureOf,
  hang,
  json,
  noContent,
  scriptedServer,
  text,
  type Script,
} from './scriptedServer.js';

async function vendorThatResponds(...scripts: Script[]) {
  const server = await scriptedServer();
  server.respondWith(...scripts);
  const observations: Observation[] = [];
  const http = new HttpClient({ onResponse: (observation) => observations.push(observation) });
  onTestFinished(() => http.close());
  let issued = 0;
  const tokens = new TokenProvider({
    issue: () => Promise.resolve({ token: `canary-token-${++issued}`, expiresAt: new Date(Date.now() + 86_400_000) }),
  });
  const authenticator = tokenAuthenticator(tokens, http);
  return { server, observations, client: new SparkRtcClient({ endpoint: server.url, authenticator }) };
}

const APP_ID = SEED.appResponse.app_id;
const RULE_ID = SEED.ruleResponse.rule_id;

const seedRule = {
  obsAddr: {
    bucket: 'obsName',
    location: 'cn-north-4',
    object: 'Record/',
    projectId: '01234567890123456789012345678901',
  },
  recordFormats: ['MP4'],
  mp4Config: {},
};

const seedJob: IndividualStreamJobRequest = {
  roomId: 'room001',
  userId: 'user001',
  isRecordAudio: true,
  videoType: 'CAMERASTREAM',
  resolution: '1280*720',
  resolutionPolicy: 'DOWNWARD',
  maxIdleTime: 30,
  recordRuleId: RULE_ID,
};

describe('the vendor’s example', () => {
  it('creates the application', async () => {
    const { server, client } = await vendorThatResponds(json(201, SEED.appResponse));
    expect(await client.createApp('rtctest')).toEqual({ appId: APP_ID });
    expect(server.requests).toMatchObject([
      {
        method: 'POST',
        url: '/v2/apps',
        headers: { 'x-auth-token': 'canary-token-1', 'content-type': 'application/json' },
      },
    ]);
    expect(server.requests[0]?.body).toEqual(SEED.appRequest);
  });

  it('saves the recording template', async () => {
    const { server, client } = await vendorThatResponds(json(201, SEED.ruleResponse));
    expect(await client.saveRecordRule(APP_ID, seedRule)).toEqual({
      ruleId: RULE_ID,
      obsAddr: seedRule.obsAddr,
      recordFormats: ['MP4'],
      mp4Config: {
        recordCycle: 7200,
        recordMaxDurationToMergeFile: 0,
        recordPrefix: SEED.ruleResponse.mp4_config.record_prefix,
      },
      hlsConfig: { recordCycle: 0, recordMaxDurationToMergeFile: 0 },
      createTime: '2021-04-21T10:29:33Z',
      updateTime: '2021-04-21T10:29:33Z',
    });
    expect(server.requests).toMatchObject([{ method: 'POST', url: `/v2/apps/${APP_ID}/record-rules` }]);
    expect(server.requests[0]?.body).toEqual(SEED.ruleRequest);
  });

  describe('where the vendor requires record_cycle', () => {
    const missing = json(400, { error_code: 'RTC.00001005', error_msg: 'MissingParameter: record_cycle' });
    const cycles = (server: { requests: { body?: unknown }[] }) =>
      server.requests.map(({ body }) => (body as { mp4_config: { record_cycle?: number } }).mp4_config.record_cycle);

    it('sends the default once more, and at once from then on', async () => {
      const saved = json(201, SEED.ruleResponse);
      const { server, client } = await vendorThatResponds(missing, saved, saved);
      await client.saveRecordRule(APP_ID, seedRule);
      await client.saveRecordRule(APP_ID, seedRule);
      expect(cycles(server)).toEqual([undefined, 7200, 7200]);
    });

    it('reports the first error if that is rejected too', async () => {
      const other = json(400, { error_code: 'RTC.00001003', error_msg: 'another' });
      const { server, client } = await vendorThatResponds(missing, other, missing, other);
      const errors = [];
      for (let n = 0; n < 2; n++) errors.push(await failureOf(client.saveRecordRule(APP_ID, seedRule)));
      expect(errors).toMatchObject([{ errorCode: 'RTC.00001005' }, { errorCode: 'RTC.00001005' }]);
      expect(cycles(server)).toEqual([undefined, 7200, undefined, 7200]);
    });

    it('sends nothing more where the template has one', async () => {
      const { server, client } = await vendorThatResponds(missing);
      const rule = { ...seedRule, mp4Config: { recordCycle: 60 } };
      expect(await failureOf(client.saveRecordRule(APP_ID, rule))).toMatchObject({ errorCode: 'RTC.00001005' });
      expect(cycles(server)).toEqual([60]);
    });
  });

  it('replaces the template of the location by PUT, where the vendor says that it exists', async () => {
    const { server, client } = await vendorThatResponds(
      json(400, { error_code: 'RTC.00001019', error_msg: 'RecordRuleExist' }),
      json(200, { rules: [SEED.ruleResponse] }),
      json(200, SEED.ruleResponse),
    );
    expect(await client.saveRecordRule(APP_ID, seedRule)).toMatchObject({ ruleId: RULE_ID });
    expect(server.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `POST /v2/apps/${APP_ID}/record-rules`,
      `GET /v2/apps/${APP_ID}/record-rules`,
      `PUT /v2/apps/${APP_ID}/record-rules/${RULE_ID}`,
    ]);
  });

  it('sends its content type with every call', async () => {
    const { server, client } = await vendorThatResponds(json(200, { rules: [] }), noContent);
    await client.listRecordRules(APP_ID);
    await client.stopIndividualStreamJob(APP_ID, 'j1');
    const type = { headers: { 'content-type': 'application/json' } };
    expect(server.requests).toMatchObject([type, type]);
  });

  it('configures the callback', async () => {
    const { server, client } = await vendorThatResponds(
      json(200, SEED.callbackResponse),
      json(200, SEED.callbackResponse),
    );
    const { url, auth_key: authKey } = SEED.callbackRequest;
    expect(await client.saveRecordCallback(APP_ID, { url, authKey })).toBeUndefined();
    const { notify_event_subscription: notifyEventSubscription } = SEED.callbackResponse.record_callback;
    expect(await client.showRecordCallback(APP_ID)).toEqual({ url, authKey, notifyEventSubscription });
    expect(server.requests).toMatchObject([
      { method: 'PUT', url: `/v2/apps/${APP_ID}/record-callback` },
      { method: 'GET', url: `/v2/apps/${APP_ID}/record-callback` },
    ]);
    expect(server.requests[0]?.body).toEqual(SEED.callbackRequest);
    expect(server.requests[1]?.body).toBeUndefined();
  });

  it('starts the job', async () => {
    const { server, client } = await vendorThatResponds(
      json(201, SEED.jobResponse, { Date: 'Wed, 21 Apr 2021 10:51:56 GMT' }),
    );
    expect(await client.createIndividualStreamJob(APP_ID, seedJob)).toEqual({
      job: {
        jobId: '607f87cf00d861eeefffa6c88054cdab',
        jobUniqueId: 'a77bb33dbdc948d8',
        appId: APP_ID,
        roomId: 'room001',
        userId: 'user001',
        videoType: 'CAMERASTREAM',
        streamName: 's_607f87cf00d861eeefffa6c88054cdab_room001_user001',
        resolution: '1280*720',
        state: 'INIT',
        createTime: '2021-04-21T10:51:55Z',
        startTime: '2021-04-21T10:51:55Z',
      },
      date: Date.parse('2021-04-21T10:51:56Z'),
      requestId: 'req-1',
    });
    expect(server.requests).toMatchObject([
      { method: 'POST', url: `/v2/apps/${APP_ID}/individual-stream-jobs`, headers: { connection: 'close' } },
    ]);
    expect(server.requests[0]?.body).toEqual(SEED.jobRequest);
  });
});

describe('what the vendor’s newer papers say otherwise', () => {
  it('a job’s picture size has another name', async () => {
    const { server, client } = await vendorThatResponds(json(201, { job_id: 607 }));
    const request = { roomId: 'r', userId: 'u', selectStreamType: 'FHD', recordRuleId: 'rule' };
    // Ids may come as numbers, and a job that was just created may come without a state.
    expect((await client.createIndividualStreamJob(APP_ID, request)).job).toEqual({ jobId: '607', state: 'INIT' });
    expect(server.requests[0]?.body).toEqual({
      room_id: 'r',
      user_id: 'u',
      select_stream_type: 'FHD',
      record_param: { record_rule_id: 'rule' },
    });
  });

  it('a template for HLS has other settings, and its response may lack what was not set', async () => {
    const { server, client } = await vendorThatResponds(
      json(200, {
        rule_id: 42,
        obs_addr: { bucket: 'b', location: 'cn-north-4', object: null, project_id: 'p' },
        record_formats: ['HLS', 'MP4'],
        mp4_config: null,
        hls_config: { record_cycle: 0, record_slice_duration: 10 },
        create_time: '0001-01-01T00:00:00Z',
        surprise: { of: ['the', 'future'] },
      }),
    );
    const rule = {
      obsAddr: { bucket: 'b', location: 'cn-north-4', projectId: 'p' },
      recordFormats: ['HLS', 'MP4'],
      hlsConfig: {
        recordCycle: 0,
        recordSliceDuration: 10,
        recordMaxDurationToMergeFile: -1,
        recordPrefix: '{stream}',
      },
    };
    expect(await client.saveRecordRule(APP_ID, rule)).toEqual({
      ruleId: '42',
      obsAddr: { bucket: 'b', location: 'cn-north-4', projectId: 'p' },
      recordFormats: ['HLS', 'MP4'],
      hlsConfig: { recordCycle: 0, recordSliceDuration: 10 },
    });
    expect(server.requests[0]?.body).toEqual({
      obs_addr: { bucket: 'b', location: 'cn-north-4', project_id: 'p' },
      record_formats: ['HLS', 'MP4'],
      mp4_config: {},
      hls_config: {
        record_cycle: 0,
        record_slice_duration: 10,
        record_max_duration_to_merge_file: -1,
        record_prefix: '{stream}',
      },
    });
  });

  it('an application’s response holds keys, which are left behind', async () => {
    const app = {
      app_id: 'a1',
      app_name: 'rtctest',
      state: { state: 'ACTIVATION' },
      authentication: { app_key: 'canary' },
      callbacks: { record_callback: { auth_key: 'canary' } },
    };
    const { client } = await vendorThatResponds(json(200, app), json(200, { count: 1, apps: [app] }));
    const expected = { appId: 'a1', appName: 'rtctest', state: 'ACTIVATION' };
    expect(await client.showApp('a1')).toEqual(expected);
    expect(await client.listApps(0, 100)).toEqual({ count: 1, apps: [expected] });
  });

  it('nothing may be configured yet', async () => {
    const { client } = await vendorThatResponds(
      json(200, { app_id: 'a1', record_callback: {} }),
      json(200, { app_id: 'a1' }),
      json(200, { rules: null }),
      json(200, { count: 0, buckets: null }),
    );
    expect(await client.showRecordCallback('a1')).toEqual({});
    expect(await client.showRecordCallback('a1')).toEqual({});
    expect(await client.listRecordRules('a1')).toEqual([]);
    expect(await client.listBuckets()).toEqual([]);
  });
});

describe('a job', () => {
  const stopped = {
    ...SEED.jobResponse,
    state: 'STOPPED',
    stop_reason: 'EXCEED_MAX_IDLE_TIME',
    create_time: '2021-04-21T10:51:55.0718Z',
    stop_time: '2021-04-21T11:51:55Z',
  };

  it('is shown with the time of its creation on our clock, whatever the vendor’s clock says', async () => {
    const { server, client } = await vendorThatResponds(json(200, stopped, { Date: 'Wed, 21 Apr 2021 10:52:55 GMT' }));
    const before = Date.now();
    const { job, createdBetween } = await client.showIndividualStreamJob(APP_ID, 'j 1/ä');
    const after = Date.now();
    expect(job).toMatchObject({
      state: 'STOPPED',
      stopReason: 'EXCEED_MAX_IDLE_TIME',
      stopTime: '2021-04-21T11:51:55Z',
    });
    // By the vendor's clock it was made 59.929 s ago; stamps may be cut to whole seconds.
    expect(createdBetween?.from).toBeGreaterThanOrEqual(before - 60_929);
    expect(createdBetween?.until).toBeLessThanOrEqual(after - 58_929);
    expect((createdBetween?.until ?? 0) - (createdBetween?.from ?? 0)).toBeGreaterThanOrEqual(2_000);
    expect(server.requests).toMatchObject([
      { method: 'GET', url: `/v2/apps/${APP_ID}/individual-stream-jobs/j%201%2F%C3%A4` },
    ]);
  });

  it.each([
    ['time of creation', { create_time: null }, {}],
    ['time that can be read', { create_time: 'yesterday' }, {}],
  ])('has no known creation without a %s', async (_, fields, headers) => {
    const { client } = await vendorThatResponds(json(200, { ...stopped, ...fields }, headers));
    expect(await client.showIndividualStreamJob(APP_ID, 'j1')).not.toHaveProperty('createdBetween');
  });

  it('was created within a minute by our clock if the vendor tells no time', async () => {
    const { client } = await vendorThatResponds((response) => {
      response.sendDate = false;
      response.end(JSON.stringify(stopped));
    });
    const createdAt = Date.parse(stopped.create_time);
    expect((await client.showIndividualStreamJob(APP_ID, 'j1')).createdBetween).toEqual({
      from: createdAt - 60_000,
      until: createdAt + 60_000,
    });
  });

  it('has ids of more digits than a number holds, and no empty texts', async () => {
    const body = JSON.stringify({ ...stopped, job_id: 'ID', stream_name: '', job_unique_id: '' });
    const { client } = await vendorThatResponds((response) =>
      response.end(body.replace('"ID"', '12345678901234567890')),
    );
    const { job } = await client.showIndividualStreamJob(APP_ID, 'j1');
    expect(job.jobId).toBe('12345678901234567890');
    expect(job).not.toHaveProperty('streamName');
    expect(job).not.toHaveProperty('jobUniqueId');
  });

  it('is stopped', async () => {
    const { server, client } = await vendorThatResponds(noContent);
    expect(await client.stopIndividualStreamJob(APP_ID, 'j1')).toBeUndefined();
    expect(server.requests).toMatchObject([
      { method: 'DELETE', url: `/v2/apps/${APP_ID}/individual-stream-jobs/j1`, body: undefined },
    ]);
  });

  it('gives up when its caller does', async () => {
    const { client } = await vendorThatResponds(hang);
    const caller = AbortSignal.timeout(50);
    expect(await failureOf(client.showIndividualStreamJob(APP_ID, 'j1', caller))).toBeInstanceOf(AbortedError);
  });

  it('is not read from a response without its id', async () => {
    const { client } = await vendorThatResponds(json(201, { ...SEED.jobResponse, job_id: '' }));
    const error = await failureOf(client.createIndividualStreamJob(APP_ID, seedJob));
    expect(error).toBeInstanceOf(InvalidResponseError);
    expect(error).toMatchObject({ call: 'SparkRTC POST /v2/apps/{app_id}/individual-stream-jobs', status: 201 });
    expect((error as Error).message).toContain(`SparkRTC POST /v2/apps/${APP_ID}/individual-stream-jobs returned 201`);
  });
});

describe('the buckets', () => {
  it('are listed with what SparkRTC may do', async () => {
    const { server, client } = await vendorThatResponds(
      json(200, {
        count: 3,
        buckets: [
          { bucket: 'a', location: 'cn-north-4', is_authorized: true },
          { bucket: 'b', location: 'cn-north-4', is_authorized: false },
          { bucket: 'c', is_authorized: null },
        ],
      }),
    );
    expect(await client.listBuckets()).toEqual([
      { bucket: 'a', location: 'cn-north-4', isAuthorized: true },
      { bucket: 'b', location: 'cn-north-4', isAuthorized: false },
      { bucket: 'c' },
    ]);
    expect(server.requests).toMatchObject([{ method: 'GET', url: '/v2/rtc-ops/buckets' }]);
  });
});

describe('findApp', () => {
  const page = (from: number, to: number, count?: number) =>
    json(200, {
      count,
      apps: Array.from({ length: to - from }, (_, index) => ({
        app_id: `id${from + index}`,
        app_name: `n${from + index}`,
      })),
    });
  const urls = (...pages: number[]) => pages.map((number) => ({ url: `/v2/apps?offset=${number}&limit=100` }));

  it('walks the pages by their number', async () => {
    const { server, client } = await vendorThatResponds(page(0, 100, 250), page(100, 200, 250), page(200, 250, 250));
    expect(await client.findApp('n220')).toEqual({ appId: 'id220', appName: 'n220' });
    expect(server.requests).toMatchObject(urls(0, 1, 2));
  });

  it.each([
    ['all are seen', [page(0, 100, 150), page(100, 150, 150)], [0, 1]],
    ['a page is empty', [page(0, 100), page(0, 0)], [0, 1]],
    ['a page repeats', [page(0, 100, 1_000), page(0, 100, 1_000)], [0, 1]],
    ['there are none', [page(0, 0, 0)], [0]],
  ])('ends when %s', async (_, scripts, pages) => {
    const { server, client } = await vendorThatResponds(...scripts);
    expect(await client.findApp('unknown')).toBeUndefined();
    expect(server.requests).toMatchObject(urls(...pages));
  });

  it('ends even if every page is new', async () => {
    const scripts = Array.from({ length: 200 }, (_, index) => page(index, index + 1, 1_000_000));
    const { server, client } = await vendorThatResponds(...scripts);
    expect(await client.findApp('unknown')).toBeUndefined();
    expect(server.requests).toHaveLength(100);
  });

  it('does not find a deleted one', async () => {
    const apps = [
      { app_id: 'old', app_name: 'rtctest', state: { state: 'DELETED' } },
      { app_id: 'new', app_name: 'rtctest', state: { state: 'ACTIVATION' } },
    ];
    const { client } = await vendorThatResponds(json(200, { count: 2, apps }));
    expect(await client.findApp('rtctest')).toHaveProperty('appId', 'new');
  });
});

describe('a rejected token', () => {
  it.each([
    ['401', json(401, { error_code: 'APIGW.0301', error_msg: 'Incorrect IAM authentication information' })],
    ['400 RTC.00001001', json(400, { error_code: 'RTC.00001001', error_msg: 'AuthFailed' })],
  ])('(%s) is renewed and the call repeated once', async (_, rejection) => {
    const { server, client } = await vendorThatResponds(rejection, json(201, SEED.jobResponse));
    await client.createIndividualStreamJob(APP_ID, seedJob);
    expect(server.requests).toMatchObject([
      { headers: { 'x-auth-token': 'canary-token-1' } },
      { headers: { 'x-auth-token': 'canary-token-2' } },
    ]);
    expect(server.requests[1]?.body).toEqual(SEED.jobRequest);
  });

  it('is not renewed a second time', async () => {
    const rejection = json(401, { error_code: 'APIGW.0301', error_msg: 'no' });
    const { server, client } = await vendorThatResponds(rejection, rejection, rejection);
    expect(await failureOf(client.showApp('a1'))).toMatchObject({ status: 401, errorCode: 'APIGW.0301' });
    expect(server.requests).toHaveLength(2);
  });

  it('is no reason to repeat anything else', async () => {
    const { server, client } = await vendorThatResponds(json(503, {}), json(200, SEED.jobResponse));
    expect(await failureOf(client.showIndividualStreamJob(APP_ID, 'j1'))).toMatchObject({ status: 503 });
    expect(server.requests).toHaveLength(1);
  });
});

describe('secrets', () => {
  const key = 'canary-auth-key-0123456789abcdef';

  it.each([
    ['a rejection that echoes the token', json(400, { error_code: 'RTC.00001003', error_msg: 'bad canary-token-1' })],
    ['a page that echoes the token', text(200, 'text/html', '<p>canary-token-1</p>')],
  ])('are in no error: %s', async (_, script) => {
    const { client } = await vendorThatResponds(script);
    const error = await failureOf(client.showIndividualStreamJob(APP_ID, 'j1'));
    expect((error as Error).message).toContain('***');
    expect(everythingOf(error)).not.toContain('canary');
  });

  it.each([
    ['a rejection that echoes the key', json(400, { error_code: 'RTC.00001018', error_msg: `no such URL, ${key}` })],
    ['a response of another shape', json(200, { record_callback: [key, 'another-canary'] })],
    ['a response that is cut off', text(200, 'application/json', `{"record_callback":{"auth_key":"another-canary`)],
  ])('are in no error about the callback: %s', async (_, script) => {
    const { client } = await vendorThatResponds(script, script);
    const url = 'http://mydomain.com/callback';
    const error = await failureOf(client.saveRecordCallback(APP_ID, { url, authKey: key }));
    expect(everythingOf(error)).not.toContain('canary');
  });

  it('are in no error about another client’s callback', async () => {
    const { client } = await vendorThatResponds(json(200, { record_callback: { url: 7, auth_key: 'canary' } }));
    const error = await failureOf(client.showRecordCallback(APP_ID));
    expect(error).toBeInstanceOf(InvalidResponseError);
    expect(everythingOf(error)).not.toContain('canary');
  });
});

describe('an error', () => {
  it('names the call, what was called, the status, the vendor’s code and words, and the request', async () => {
    const { client, observations } = await vendorThatResponds(
      json(404, { error_code: 'RTC.00001003', error_msg: 'InvalidParameterValue: job not found' }),
    );
    const error = await failureOf(client.stopIndividualStreamJob('a1', 'j1'));
    expect(error).toBeInstanceOf(StatusError);
    expect(error).toMatchObject({
      call: 'SparkRTC DELETE /v2/apps/{app_id}/individual-stream-jobs/{job_id}',
      message:
        'SparkRTC DELETE /v2/apps/a1/individual-stream-jobs/j1 was rejected with 404 RTC.00001003: InvalidParameterValue: job not found (request id req-1).',
    });
    expect(observations).toMatchObject([
      { service: 'SparkRTC', call: 'DELETE /v2/apps/{app_id}/individual-stream-jobs/{job_id}', status: 404 },
    ]);
  });
});
