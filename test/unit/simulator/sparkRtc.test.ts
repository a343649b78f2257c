import { describe, expect, it } from 'vitest';
import { RateLimits } from '../../../simulator/rateLimits.js';
import { beijingStamp, fractionStamp } from '../../../simulator/stamps.js';
import { SEED } from './seed.js';
import { prepare, signIn, startReceiver, startSimulator, withField } from './vendorClient.js';

const { ruleRequest, jobRequest } = SEED;

describe('applications', () => {
  it('exist once by name, and can be shown', async () => {
    const call = await signIn(await startSimulator());
    const created = await call('POST', '/v2/apps', { app_name: 'rtctest' });
    const again = await call('POST', '/v2/apps', { app_name: 'rtctest' });
    expect(again.status).toBe(400);
    expect(again.body).toEqual({ error_code: 'RTC.00001020', error_msg: 'AppExist: app rtctest exists' });
    const shown = await call('GET', `/v2/apps/${created.body.app_id}`);
    expect(shown.status).toBe(200);
    expect(shown.body).toMatchObject({
      app_name: 'rtctest',
      app_id: created.body.app_id,
      state: { state: 'ACTIVATION' },
    });
  });

  it('are listed by page number, not by offset', async () => {
    const call = await signIn(await startSimulator());
    for (let i = 0; i < 5; i += 1) await call('POST', '/v2/apps', { app_name: `app${i}` });
    const names = async (query: string) => {
      const { body } = await call('GET', `/v2/apps?${query}`);
      expect(body.count).toBe(5);
      return body.apps.map((app) => app.app_name);
    };
    expect(await names('limit=2')).toEqual(['app0', 'app1']);
    expect(await names('limit=2&offset=1')).toEqual(['app2', 'app3']);
    expect(await names('limit=2&offset=2')).toEqual(['app4']);
    expect(await names('limit=2&offset=3')).toEqual([]);
    expect(await names('app_name=app3')).toHaveLength(5);
  });

  it('are filtered by state', async () => {
    const simulator = await startSimulator();
    const { call, appId } = await prepare(simulator);
    simulator.setAppState(appId, 'DEACTIVATION');
    expect((await call('GET', '/v2/apps?state=ACTIVATION')).body).toEqual({ count: 0, apps: [] });
    expect((await call('GET', '/v2/apps?state=DEACTIVATION')).body.count).toBe(1);
  });

  it.each(['limit=0', 'limit=101', 'limit=x', 'offset=-1', 'state=GONE'])(
    'reject to be listed with %s',
    async (query) => {
      const call = await signIn(await startSimulator());
      const { status, body } = await call('GET', `/v2/apps?${query}`);
      expect([status, body.error_code]).toEqual([400, 'RTC.00001003']);
      expect(body.error_msg).toContain(query.split('=')[0]);
    },
  );

  it('are 20 at most', async () => {
    const call = await signIn(await startSimulator());
    const responses = [];
    for (let i = 0; i < 21; i += 1) responses.push(await call('POST', '/v2/apps', { app_name: `app${i}` }));
    expect(responses.filter(({ status }) => status === 201)).toHaveLength(20);
    expect(responses[20]).toMatchObject({ status: 400, body: { error_code: 'RTC.00001017' } });
  });
});

describe('a request that does not fit', () => {
  const rule = (path: string, value: unknown) => withField(ruleRequest, path, value);
  const job = (path: string, value: unknown) => withField(jobRequest, path, value);
  const cases: [path: string, what: string, body: unknown, code: string, field: string][] = [
    ['', 'no name', {}, 'RTC.00001005', 'app_name'],
    ['', 'an empty name', { app_name: '' }, 'RTC.00001003', 'app_name'],
    ['', 'a name that is none', { app_name: 7 }, 'RTC.00001003', 'app_name'],
    ['', 'broken JSON', '{"app_name"', 'RTC.00001002', 'body'],
    ['', 'a list', '[]', 'RTC.00001002', 'body'],
    ['record-rules', 'no bucket', rule('obs_addr.bucket', undefined), 'RTC.00001005', 'obs_addr.bucket'],
    ['record-rules', 'no project', rule('obs_addr.project_id', undefined), 'RTC.00001005', 'obs_addr.project_id'],
    ['record-rules', 'another region', rule('obs_addr.location', 'cn-east-2'), 'RTC.00001012', 'location'],
    ['record-rules', 'no format', rule('record_formats', []), 'RTC.00001003', 'record_formats'],
    ['record-rules', 'an unknown format', rule('record_formats', ['FLV']), 'RTC.00001003', 'record_formats.0'],
    ['record-rules', 'MP4 without its part', rule('mp4_config', undefined), 'RTC.00001005', 'mp4_config'],
    ['record-rules', 'HLS without its part', rule('record_formats', ['HLS']), 'RTC.00001005', 'hls_config'],
    ['record-rules', 'a short MP4 cycle', rule('mp4_config.record_cycle', 59), 'RTC.00001003', 'record_cycle'],
    ['record-rules', 'a long MP4 cycle', rule('mp4_config.record_cycle', 10_801), 'RTC.00001003', 'record_cycle'],
    ['record-rules', 'MP4 cycle 0', rule('mp4_config.record_cycle', 0), 'RTC.00001003', 'record_cycle'],
    ['record-rules', 'HLS cycle 1', rule('hls_config', { record_cycle: 1 }), 'RTC.00001003', 'record_cycle'],
    ['record-rules', 'HLS cycle 43201', rule('hls_config', { record_cycle: 43_201 }), 'RTC.00001003', 'record_cycle'],
    ['record-rules', 'slices of 1 s', rule('hls_config', { record_slice_duration: 1 }), 'RTC.00001003', 'slice'],
    ['record-rules', 'slices of 61 s', rule('hls_config', { record_slice_duration: 61 }), 'RTC.00001003', 'slice'],
    [
      'record-rules',
      'MP4 merging -1',
      rule('mp4_config.record_max_duration_to_merge_file', -1),
      'RTC.00001003',
      'merge',
    ],
    [
      'record-rules',
      'merging 301',
      rule('mp4_config.record_max_duration_to_merge_file', 301),
      'RTC.00001003',
      'merge',
    ],
    ['record-callback', 'no URL', {}, 'RTC.00001005', 'url'],
    ['record-callback', 'another scheme', { url: 'ftp://127.0.0.1/' }, 'RTC.00001003', 'url'],
    [
      'record-callback',
      'a key of 31',
      { url: 'http://127.0.0.1/', auth_key: 'x'.repeat(31) },
      'RTC.00001003',
      'auth_key',
    ],
    [
      'record-callback',
      'a key of 65',
      { url: 'http://127.0.0.1/', auth_key: 'x'.repeat(65) },
      'RTC.00001003',
      'auth_key',
    ],
    ['individual-stream-jobs', 'no room', job('room_id', undefined), 'RTC.00001005', 'room_id'],
    ['individual-stream-jobs', 'a room with a space', job('room_id', 'a b'), 'RTC.00001003', 'room_id'],
    ['individual-stream-jobs', 'a user of 65', job('user_id', 'u'.repeat(65)), 'RTC.00001003', 'user_id'],
    ['individual-stream-jobs', 'a hologram', job('video_type', 'HOLOGRAM'), 'RTC.00001003', 'video_type'],
    ['individual-stream-jobs', 'idle 4 s', job('max_idle_time', 4), 'RTC.00001003', 'max_idle_time'],
    ['individual-stream-jobs', 'idle 43201 s', job('max_idle_time', 43_201), 'RTC.00001003', 'max_idle_time'],
    ['individual-stream-jobs', 'audio "yes"', job('is_record_audio', 'yes'), 'RTC.00001003', 'is_record_audio'],
    ['individual-stream-jobs', 'no rule', job('record_param', undefined), 'RTC.00001005', 'record_param'],
    ['individual-stream-jobs', 'size 1280x720', job('resolution', '1280x720'), 'RTC.00001003', 'resolution'],
    ['individual-stream-jobs', 'both dialects', job('select_stream_type', 'HD'), 'RTC.00001004', 'select_stream_type'],
    ['individual-stream-jobs', 'size XXL', job('select_stream_type', 'XXL'), 'RTC.00001003', 'select_stream_type'],
  ];

  it.each(cases)('/%s with %s is rejected and the field named', async (path, _what, body, code, field) => {
    const { call, appId } = await prepare(await startSimulator());
    const url = path === '' ? '/v2/apps' : `/v2/apps/${appId}/${path}`;
    const response = await call(path === 'record-callback' ? 'PUT' : 'POST', url, body);
    expect([response.status, response.body.error_code]).toEqual([400, code]);
    expect(response.body.error_msg).toContain(field);
    expect(response.body).not.toHaveProperty('request_id');
    expect(response.headers.get('x-request-id')).toBeTruthy();
  });

  it('is one of another content type', async () => {
    const call = await signIn(await startSimulator({ requireContentType: false }));
    const response = await call('POST', '/v2/apps', SEED.appRequest, { 'content-type': 'text/plain' });
    expect([response.status, response.body.error_code]).toEqual([400, 'RTC.00001002']);
  });

  it.each(['GET', 'POST'])('is a %s without the documented content type', async (method) => {
    const call = await signIn(await startSimulator());
    const body = method === 'POST' ? SEED.appRequest : undefined;
    const response = await call(method, '/v2/apps', body, { 'content-type': 'text/plain' });
    expect([response.status, response.body.error_code]).toEqual([400, 'RTC.00001005']);
  });

  it('takes each limit of a range', async () => {
    const { call, appId } = await prepare(await startSimulator());
    const configs = [
      { mp4_config: { record_cycle: 60, record_max_duration_to_merge_file: 300 } },
      { mp4_config: { record_cycle: 10_800 } },
      { record_formats: ['HLS'], hls_config: { record_cycle: 43_200, record_slice_duration: 2 } },
      { record_formats: ['HLS'], hls_config: { record_slice_duration: 60, record_max_duration_to_merge_file: -1 } },
    ];
    for (const config of configs) {
      expect((await call('POST', `/v2/apps/${appId}/record-rules`, { ...ruleRequest, ...config })).status).toBe(200);
    }
  });
});

it.each([
  ['GET', '/v2/apps/nope', undefined],
  ['GET', '/v2/apps/nope/record-rules', undefined],
  ['POST', '/v2/apps/nope/record-rules', ruleRequest],
  ['PUT', '/v2/apps/nope/record-callback', SEED.callbackRequest],
  ['POST', '/v2/apps/nope/individual-stream-jobs', jobRequest],
  ['GET', '/v2/apps/{app}/record-rules/nope', undefined],
  ['DELETE', '/v2/apps/{app}/record-rules/nope', undefined],
  ['POST', '/v2/apps/{app}/individual-stream-jobs', jobRequest],
  ['GET', '/v2/apps/{app}/individual-stream-jobs/nope', undefined],
  ['DELETE', '/v2/apps/{app}/individual-stream-jobs/nope', undefined],
])('%s %s is a 404 with the generic code', async (method, path, body) => {
  const { call, appId } = await prepare(await startSimulator());
  const response = await call(method, path.replace('{app}', appId), body);
  expect([response.status, response.body.error_code]).toEqual([404, 'RTC.00001003']);
});

it('knows no other paths', async () => {
  const call = await signIn(await startSimulator());
  for (const [method, path] of [
    ['GET', '/v2/nothing'],
    ['PATCH', '/v2/apps'],
  ] as const) {
    const { status, body } = await call(method, path);
    expect([status, body.error_code]).toEqual([404, 'APIGW.0101']);
  }
});

it('rejects work for an application that is switched off', async () => {
  const simulator = await startSimulator();
  const { startJob, appId } = await prepare(simulator);
  simulator.setAppState(appId, 'DEACTIVATION');
  expect(await startJob()).toMatchObject({ status: 400, body: { error_code: 'RTC.00001016' } });
});

describe('record rules', () => {
  it('are one for each location: the second replaces the first', async () => {
    const { call, appId, ruleId } = await prepare(await startSimulator());
    const second = await call('POST', `/v2/apps/${appId}/record-rules`, {
      ...ruleRequest,
      record_formats: ['HLS'],
      hls_config: {},
    });
    expect(second.status).toBe(200);
    expect(second.body.rule_id).toBe(ruleId);
    expect(second.body.hls_config).toMatchObject({ record_cycle: 0, record_slice_duration: 10 });
    expect((await call('GET', `/v2/apps/${appId}/record-rules`)).body.rules).toEqual([second.body]);
    expect((await call('GET', `/v2/apps/${appId}/record-rules?offset=1`)).body.rules).toEqual([]);
    expect((await call('GET', `/v2/apps/${appId}/record-rules/${ruleId}`)).body).toEqual(second.body);
  });

  it('are changed by PUT and removed by DELETE', async () => {
    const { call, appId, ruleId } = await prepare(await startSimulator());
    const path = `/v2/apps/${appId}/record-rules/${ruleId}`;
    const changedRule = await call('PUT', path, { ...ruleRequest, mp4_config: { record_cycle: 600 } });
    expect(changedRule).toMatchObject({ status: 200, body: { rule_id: ruleId, mp4_config: { record_cycle: 600 } } });
    expect((await call('DELETE', path)).status).toBe(204);
    expect((await call('GET', path)).status).toBe(404);
    expect((await call('GET', `/v2/apps/${appId}/record-rules`)).body.rules).toEqual([]);
  });

  it("have the newer SDK's default prefix, where that is requested", async () => {
    const { call, appId } = await prepare(await startSimulator({ rulePrefix: 'sdk' }));
    const { body } = await call('GET', `/v2/apps/${appId}/record-rules`);
    expect(body.rules[0]?.mp4_config.record_prefix).toBe(
      '{app_id}/{record_format}/{stream}_{file_start_time}/{stream}_{file_start_time}',
    );
  });
});

describe('PUT record-callback', () => {
  it.each([
    ['post-empty', 'POST', ''],
    ['post-json', 'POST', '{}'],
    ['get', 'GET', ''],
    ['head', 'HEAD', ''],
  ] as const)('tries the URL by %s', async (probe, method, raw) => {
    const receiver = await startReceiver([404]);
    await prepare(await startSimulator({ probe }), receiver.url);
    expect(receiver.received).toMatchObject([{ method, raw }]);
    expect(receiver.received[0]?.headers).not.toHaveProperty('x-rtc-signature');
  });

  it('rejects a URL that is out of reach or fails', async () => {
    const { call, appId } = await prepare(await startSimulator());
    const failing = await startReceiver([500]);
    for (const url of ['http://127.0.0.1:9/callback', failing.url]) {
      const response = await call('PUT', `/v2/apps/${appId}/record-callback`, { url });
      expect([response.status, response.body.error_code]).toEqual([400, 'RTC.00001018']);
    }
    expect((await call('GET', `/v2/apps/${appId}/record-callback`)).body).toEqual({
      app_id: appId,
      record_callback: {},
    });
  });

  it('is shown again with its key', async () => {
    const receiver = await startReceiver();
    const { call, appId } = await prepare(await startSimulator({ probe: 'none' }), receiver.url);
    const { body } = await call('GET', `/v2/apps/${appId}/record-callback`);
    expect(body.record_callback).toMatchObject({ url: receiver.url, auth_key: SEED.callbackRequest.auth_key });
    expect(receiver.received).toEqual([]);
  });
});

describe('rtc-ops', () => {
  it('tells which buckets are authorized', async () => {
    const call = await signIn(
      await startSimulator({ buckets: [{ name: 'open' }, { name: 'shut', authorized: false }] }),
    );
    const { body } = await call('GET', '/v2/rtc-ops/buckets');
    expect(body.count).toBe(2);
    expect(body.buckets).toMatchObject([
      { bucket: 'open', location: 'cn-north-4', is_authorized: true },
      { bucket: 'shut', is_authorized: false },
    ]);
    expect(body.buckets[0]?.creation_date).toMatch(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d GMT\+08:00$/);
  });

  it('lists objects and folders, sizes in KB', async () => {
    const simulator = await startSimulator();
    const call = await signIn(simulator);
    simulator.putObject('obsName', 'a/1.mp4', { size: 2049 });
    simulator.putObject('obsName', 'b/2.mp4', { size: 1 });
    const list = (query: string) =>
      call('GET', `/v2/rtc-ops/buckets/objects?bucket=obsName&location=cn-north-4&${query}`);
    expect((await list('type=objects&prefix=a/')).body).toMatchObject({
      count: 1,
      objects: [{ file_name: 'a/1.mp4', size: 3 }],
    });
    expect((await list('type=folders')).body.objects).toMatchObject([{ file_name: 'a/' }, { file_name: 'b/' }]);
    expect((await list('type=others')).body.error_code).toBe('RTC.00001003');
    expect((await list('')).body.error_code).toBe('RTC.00001005');
  });
});

describe('rate limits', () => {
  const configuration = '/v2/apps/a/record-rules';
  const jobs = '/v2/apps/a/individual-stream-jobs/j';
  const ops = '/v2/rtc-ops/buckets';

  it.each([
    [configuration, 60, 60_000],
    [jobs, 10, 1000],
    [ops, 2, 1000],
  ])('%s: %i calls in %i ms', (path, calls, perMs) => {
    const limits = new RateLimits();
    for (let i = 0; i < calls; i += 1) expect(limits.count(path, i)).toBeUndefined();
    expect(limits.count(path, perMs - 1)).toContain(`limit:${calls}`);
    expect(limits.count(path, perMs)).toBeUndefined();
    expect(limits.count(path, perMs)).toContain(`limit:${calls}`);
  });

  it('are counted apart, and together for all that is configuration', () => {
    const limits = new RateLimits();
    for (let i = 0; i < 60; i += 1) limits.count(i % 2 ? '/v2/apps' : '/v2/apps/a/record-callback', 0);
    expect(limits.count(configuration, 0)).toBeDefined();
    expect(limits.count(jobs, 0)).toBeUndefined();
  });

  it('return 429 without a Retry-After, where they are on', async () => {
    const call = await signIn(await startSimulator({ rateLimits: true }));
    const responses = [await call('GET', ops), await call('GET', ops), await call('GET', ops)];
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(responses[2]?.body).toMatchObject({
      error_code: 'APIGW.0308',
      request_id: responses[2]?.headers.get('x-request-id'),
    });
    expect(responses[2]?.headers.has('retry-after')).toBe(false);
    const free = await signIn(await startSimulator());
    for (let i = 0; i < 5; i += 1) expect((await free('GET', ops)).status).toBe(200);
  });
});

it('writes times as the vendor does', () => {
  const at = Date.UTC(2021, 3, 7, 12, 5, 18);
  expect(fractionStamp(at + 71.8)).toBe('2021-04-07T12:05:18.0718Z');
  expect(fractionStamp(at + 500)).toBe('2021-04-07T12:05:18.5Z');
  expect(fractionStamp(at)).toBe('2021-04-07T12:05:18Z');
  expect(beijingStamp(at)).toBe('2021/04/07 20:05:18 GMT+08:00');
});
