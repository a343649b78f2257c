import { describe, expect, it } from 'vitest';
import type { RecordedFile } from '../../../simulator/recorder.js';
import type { Simulator } from '../../../simulator/simulator.js';
import type { Session } from '../../../simulator/users.js';
import { SEED } from './seed.js';
import { prepare, startReceiver, startSimulator, type Prepared, type ReceivedEvent } from './vendorClient.js';

const START = 'RECORD_NEW_FILE_START';
const COMPLETE = 'RECORD_FILE_COMPLETE';
const OVER = 'CLOUD_RECORD_OVER';

/** Whatever a test waits for happens within some hundred milliseconds. */
const soon = { timeout: 60_000, interval: 10 };

const hls = (config: object = {}) => ({ record_formats: ['HLS'], hls_config: config });

async function stateOf({ call, jobs }: Prepared, jobId: string) {
  return (await call('GET', `${jobs}/${jobId}`)).body;
}

async function isOver(prepared: Prepared, jobId: string) {
  await expect.poll(async () => (await stateOf(prepared, jobId)).state, soon).toBe('STOPPED');
  return stateOf(prepared, jobId);
}

/** One job from its start to its end, and what it left behind. */
async function record(simulator: Simulator, rule: object = {}, job: object = {}) {
  const receiver = await startReceiver();
  const prepared = await prepare(simulator, receiver.url, rule);
  const { body } = await prepared.startJob(job);
  const over = await isOver(prepared, body.job_id);
  await expect.poll(() => receiver.types().at(-1), soon).toMatch(/OVER$/);
  const events = receiver.events().map(({ event }) => event);
  const completed = events.filter(({ event_type }) => event_type === COMPLETE);
  return { over, events, completed, types: receiver.types(), appId: prepared.appId, jobId: body.job_id };
}

describe('the life of a job', () => {
  it('goes from INIT over RUNNING to STOPPED, with a file in the bucket and an event for each step', async () => {
    const simulator = await startSimulator({ timeScale: 200 });
    const receiver = await startReceiver();
    const prepared = await prepare(simulator, receiver.url);
    const { body: job } = await prepared.startJob();
    expect(job.state).toBe('INIT');
    await expect.poll(async () => (await stateOf(prepared, job.job_id)).state, soon).toBe('RUNNING');
    const over = await isOver(prepared, job.job_id);
    expect(over.stop_reason).toBe('EXCEED_MAX_IDLE_TIME');
    const seconds = (Date.parse(over.stop_time) - Date.parse(over.create_time)) / 1000;
    expect(seconds).toBe(90);

    await expect.poll(receiver.types, soon).toEqual([START, COMPLETE, OVER]);
    const [started, completed, ended] = receiver.events().map(({ event }) => event);
    const common = { job_id: job.job_id, stream_name: job.stream_name, app_id: prepared.appId, room_id: 'room001' };
    expect(started).toEqual({ ...common, event_type: START, record_format: 'MP4' });
    expect(ended).toEqual({ ...common, event_type: OVER, record_format: 'MP4' });
    const [object] = simulator.objects('obsName');
    expect(completed).toEqual({
      ...common,
      event_type: COMPLETE,
      record_format: 'MP4',
      download_url: `https://obsName.obs.cn-north-4.myhuaweicloud.com/${object?.key}`,
      file_size: object?.size,
      record_duration: 60,
      width: 1280,
      height: 720,
      start_time: completed?.start_time,
      end_time: completed?.end_time,
      obs_location: 'http://obs.cn-north-4.myhuaweicloud.com',
      obs_bucket: 'obsName',
      obs_object: object?.key,
    });
    expect(completed?.start_time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(object?.size).toBe(Math.round((59.8 * 26_254_952) / 65));
  });

  it('has a new file each cycle', async () => {
    const simulator = await startSimulator({ timeScale: 200, publishDurationMs: 150_000 });
    const { types, completed } = await record(simulator, { mp4_config: { record_cycle: 60 } });
    expect(types).toEqual([START, COMPLETE, START, COMPLETE, START, COMPLETE, OVER]);
    expect(completed.map((event) => event.record_duration)).toEqual([60, 60, 30]);
    expect(new Set(completed.map((event) => event.obs_object)).size).toBe(3);
    expect(simulator.objects('obsName')).toHaveLength(3);
  });

  it('writes HLS as a playlist with its segments beside it', async () => {
    const simulator = await startSimulator({ timeScale: 300 });
    const { completed, types } = await record(simulator, hls({ record_slice_duration: 20 }));
    expect(types).toEqual([START, COMPLETE, OVER]);
    const key = String(completed[0]?.obs_object);
    expect(key).toMatch(/\.m3u8$/);
    const segments = simulator.objects('obsName').filter((object) => object.key.endsWith('.ts'));
    expect(segments).toHaveLength(3);
    for (const { key: segment } of segments) expect(segment.startsWith(key.replace('.m3u8', '-'))).toBe(true);
    expect(segments.reduce((sum, { size }) => sum + size, 0)).toBe(completed[0]?.file_size);
    const playlist =
      simulator
        .objects('obsName')
        .find((object) => object.key === key)
        ?.content?.toString() ?? '';
    expect(playlist).toMatch(/^#EXTM3U\n/);
    expect(playlist).toContain('#EXT-X-TARGETDURATION:20');
    expect(playlist.match(/^[^#].*\.ts$/gm)).toEqual(segments.map((object) => object.key.split('/').at(-1)));
  });

  it('records both formats in parallel', async () => {
    const simulator = await startSimulator({ timeScale: 400 });
    const { types, completed } = await record(simulator, { record_formats: ['MP4', 'HLS'], hls_config: {} });
    expect(types).toEqual([START, START, COMPLETE, COMPLETE, OVER]);
    expect(completed.map((event) => event.record_format)).toEqual(['MP4', 'HLS']);
  });

  it('ends by DELETE, but not before it is initialised and not twice', async () => {
    const simulator = await startSimulator({ initDelayMs: 1000 });
    const receiver = await startReceiver();
    const prepared = await prepare(simulator, receiver.url);
    const { job_id: jobId } = (await prepared.startJob()).body;
    const stop = () => prepared.call('DELETE', `${prepared.jobs}/${jobId}`);
    expect(await stop()).toMatchObject({ status: 400, body: { error_code: 'RTC.00001022' } });
    await expect.poll(receiver.types, soon).toEqual([START]);
    expect((await stop()).status).toBe(204);
    expect(await stop()).toMatchObject({ status: 400, body: { error_code: 'RTC.00001009' } });
    expect(await stateOf(prepared, jobId)).toMatchObject({ state: 'STOPPED', stop_reason: 'TENANT_STOP' });
    await expect.poll(receiver.types, soon).toEqual([START, COMPLETE, OVER]);
    expect(simulator.objects('obsName')).toHaveLength(1);
  });

  it('ends by its idle limit when no one comes', async () => {
    const simulator = await startSimulator({ timeScale: 100, autoPublish: false });
    const { over, types } = await record(simulator, {}, { max_idle_time: 5 });
    expect(over.stop_reason).toBe('EXCEED_MAX_IDLE_TIME');
    expect(types).toEqual([OVER]);
    expect(simulator.objects('obsName')).toEqual([]);
  });

  it.each(['INIT', 'RUNNING'] as const)('waits for its publisher in %s', async (waitingState) => {
    const simulator = await startSimulator({ autoPublish: false, waitingState, initDelayMs: 10 });
    const prepared = await prepare(simulator);
    const { job_id: jobId } = (await prepared.startJob()).body;
    await expect.poll(async () => (await stateOf(prepared, jobId)).state, soon).toBe(waitingState);
    simulator.joinRoom('room001', 'user001');
    await expect.poll(async () => (await stateOf(prepared, jobId)).state, soon).toBe('RUNNING');
  });

  it('follows a publisher who joins, leaves and comes back', async () => {
    const simulator = await startSimulator({ initDelayMs: 0 });
    const receiver = await startReceiver();
    const prepared = await prepare(simulator, receiver.url);
    simulator.leaveRoom('room001', 'user001');
    await prepared.startJob();
    simulator.joinRoom('room001', 'someone-else');
    expect(simulator.jobs[0]?.state).toBe('INIT');
    simulator.joinRoom('room001', 'user001');
    await expect.poll(receiver.types, soon).toEqual([START]);
    simulator.leaveRoom('room001', 'user001');
    await expect.poll(receiver.types, soon).toEqual([START, COMPLETE]);
    simulator.joinRoom('room001', 'user001');
    await expect.poll(receiver.types, soon).toEqual([START, COMPLETE, START]);
    simulator.leaveRoom('room001', 'user001');
    await expect.poll(receiver.types, soon).toEqual([START, COMPLETE, START, COMPLETE]);
    const keys = receiver.events().flatMap(({ event }) => event.obs_object ?? []);
    expect(new Set(keys).size).toBe(2);
    expect(simulator.jobs[0]?.state).toBe('RUNNING');
  });

  it('finds a publisher who has joined before', async () => {
    const simulator = await startSimulator({ autoPublish: false });
    const prepared = await prepare(simulator);
    simulator.joinRoom('room001', 'user001');
    const { job_id: jobId } = (await prepared.startJob()).body;
    await expect.poll(async () => (await stateOf(prepared, jobId)).state, soon).toBe('RUNNING');
  });

  it('keeps a publisher who has joined by order, however long others publish', async () => {
    const simulator = await startSimulator({ timeScale: 500, publishDurationMs: 60_000 });
    const receiver = await startReceiver();
    const prepared = await prepare(simulator, receiver.url);
    await prepared.startJob();
    simulator.joinRoom('room001', 'user001');
    const joinedAt = simulator.clock.now();
    await expect.poll(() => simulator.clock.now() - joinedAt, soon).toBeGreaterThan(150_000);
    expect(receiver.types()).toEqual([START]);
    expect(simulator.jobs[0]?.state).toBe('RUNNING');
  });

  it('continues in the same file where the rule allows the interruption', async () => {
    const simulator = await startSimulator({ timeScale: 20 });
    const receiver = await startReceiver();
    const merging = { mp4_config: { record_max_duration_to_merge_file: 5 } };
    const prepared = await prepare(simulator, receiver.url, merging);
    await prepared.startJob();
    await expect.poll(receiver.types, soon).toEqual([START]);
    simulator.leaveRoom('room001', 'user001');
    simulator.joinRoom('room001', 'user001');
    simulator.leaveRoom('room001', 'user001');
    expect(simulator.objects('obsName')).toEqual([]);
    await expect.poll(receiver.types, soon).toEqual([START, COMPLETE]);
    expect(simulator.jobs[0]?.state).toBe('RUNNING');
  });

  it('loses the open file by an internal error', async () => {
    const simulator = await startSimulator({ timeScale: 100, internalErrorAfterMs: 20_000 });
    const { over, types } = await record(simulator);
    expect(over.stop_reason).toBe('INTERNAL_ERROR');
    expect(types).toEqual([START, OVER]);
    expect(simulator.objects('obsName')).toEqual([]);
    const [file] = simulator.recordedFiles;
    expect(file).toEqual({ streamName: over.stream_name, format: 'MP4', from: file?.from, to: file?.to });
    expect((file?.to ?? 0) - (file?.from ?? 0)).toBeGreaterThan(10_000);
  });

  it('knows what each file holds, and when its user was there', async () => {
    const simulator = await startSimulator({ timeScale: 100, autoPublish: false });
    const { startJob } = await prepare(simulator);
    await startJob();
    const { room_id: room = '', user_id: user = '' } = simulator.jobs[0] ?? {};
    simulator.joinRoom(room, user);
    await expect.poll(() => simulator.jobs[0]?.state, soon).toBe('RUNNING');
    expect(simulator.sessions[0]).not.toHaveProperty('leftAt');
    simulator.leaveRoom(room, user);
    await expect.poll(() => simulator.recordedFiles, soon).toHaveLength(1);
    const [{ from, to, key }] = simulator.recordedFiles as [RecordedFile];
    const [{ roomId, userId, leftAt = Infinity }] = simulator.sessions as [Session];
    expect([roomId, userId]).toEqual([room, user]);
    expect(to).toBeGreaterThan(from);
    expect(to).toBeGreaterThanOrEqual(leftAt);
    expect(simulator.objects('obsName')[0]?.key).toBe(key);
  });

  it('stays INIT until it is stopped, where jobs never start', async () => {
    const simulator = await startSimulator({ timeScale: 1000, jobsNeverStart: true });
    const prepared = await prepare(simulator);
    const { job_id: jobId } = (await prepared.startJob()).body;
    const bornAt = simulator.clock.now();
    await expect.poll(() => simulator.clock.now() - bornAt, soon).toBeGreaterThan(120_000);
    expect((await stateOf(prepared, jobId)).state).toBe('INIT');
    expect((await prepared.call('DELETE', `${prepared.jobs}/${jobId}`)).status).toBe(204);
    expect(simulator.jobs[0]?.stop_reason).toBe('TENANT_STOP');
  });

  it('leaves no file and tells no error when the bucket is not authorized', async () => {
    const simulator = await startSimulator({ timeScale: 300, buckets: [{ name: 'obsName', authorized: false }] });
    const { types } = await record(simulator);
    expect(types).toEqual([START, OVER]);
    expect(simulator.objects('obsName')).toEqual([]);
  });
});

describe('starting a job', () => {
  it('responds in the newer dialect, with its default, when no size is given in the older', async () => {
    const { startJob } = await prepare(await startSimulator());
    const none = { resolution: undefined, resolution_policy: undefined };
    const { body } = await startJob(none);
    expect(body).toMatchObject({ select_stream_type: 'FHD', max_idle_time: 30, state: 'INIT' });
    for (const field of ['resolution', 'push_param', 'record_files', 'job_unique_id'])
      expect(body).not.toHaveProperty(field);
    expect((await startJob({ ...none, select_stream_type: 'LD' })).body).toMatchObject({ select_stream_type: 'LD' });
  });

  it('can lack the state', async () => {
    const { startJob, call, jobs } = await prepare(await startSimulator({ omitStateAtCreation: true }));
    const { body } = await startJob();
    expect(body).not.toHaveProperty('state');
    expect((await call('GET', `${jobs}/${body.job_id}`)).body.state).toBe('INIT');
  });

  it('makes a second job for the same stream, or rejects it', async () => {
    const easy = await prepare(await startSimulator());
    expect([(await easy.startJob()).status, (await easy.startJob()).status]).toEqual([201, 201]);
    const strict = await prepare(await startSimulator({ rejectSecondJob: true }));
    expect((await strict.startJob()).status).toBe(201);
    expect(await strict.startJob()).toMatchObject({ status: 400, body: { error_code: 'RTC.00001006' } });
    expect((await strict.startJob({ video_type: 'SCREENSTREAM' })).status).toBe(201);
    expect((await strict.startJob({ user_id: 'user002' })).status).toBe(201);
  });

  it('is rejected over the quota', async () => {
    const { startJob } = await prepare(await startSimulator({ maxJobs: 1 }));
    await startJob();
    expect(await startJob()).toMatchObject({ status: 400, body: { error_code: 'RTC.00001007' } });
  });

  it('is a 404 when the rule or the application is gone', async () => {
    const simulator = await startSimulator();
    const { startJob, appId, ruleId } = await prepare(simulator);
    simulator.removeRule(appId, ruleId);
    expect((await startJob()).status).toBe(404);
    simulator.removeApp(appId);
    expect((await startJob()).status).toBe(404);
  });

  it('is known to its own application alone', async () => {
    const { startJob, call } = await prepare(await startSimulator());
    const { job_id: jobId } = (await startJob()).body;
    const { app_id: other } = (await call('POST', '/v2/apps', { app_name: 'other' })).body;
    expect((await call('GET', `/v2/apps/${other}/individual-stream-jobs/${jobId}`)).status).toBe(404);
  });

  it('obeys a changed rule only after a while', async () => {
    const simulator = await startSimulator({ timeScale: 500, publishDurationMs: 1000 });
    const { call, appId, startJob } = await prepare(simulator);
    const moved = { ...SEED.ruleRequest, obs_addr: { ...SEED.ruleRequest.obs_addr, object: 'Elsewhere/' } };
    const { body: rule } = await call('POST', `/v2/apps/${appId}/record-rules`, moved);
    expect(rule).toMatchObject({ obs_addr: { object: 'Elsewhere/' } });
    const changedAt = simulator.clock.now();
    const folders = () => simulator.objects('obsName').map(({ key }) => key.split('/')[0]);
    await startJob();
    await expect.poll(folders, soon).toEqual(['Record']);
    await expect.poll(() => simulator.clock.now() - changedAt, soon).toBeGreaterThan(300_000);
    await startJob();
    await expect.poll(folders, soon).toEqual(['Record', 'Elsewhere']);
  });
});

describe("an object's key", () => {
  const stream = 's_[0-9a-f]{32}_room001_user001';
  const stamp = String.raw`\d{4}(-\d\d){5}`;
  const file = `${stream}_${stamp}/${stream}_${stamp}`;
  const seed = String.raw`[0-9a-f]{24}\.SparkRTC\.myhuaweicloud\.com/live/continuous_record`;

  it.each([
    ["as in the vendor's example", {}, {}, `Record/Record/${seed}/mp4/${file}\\.mp4`],
    ['with the folder once', { prependObject: 'once' }, {}, `Record/${seed}/mp4/${file}\\.mp4`],
    ['with the format in capitals', { recordFormatCase: 'upper' }, {}, `Record/Record/${seed}/MP4/${file}\\.mp4`],
    ["with the newer SDK's prefix", { rulePrefix: 'sdk' }, {}, `Record/[0-9a-f]{24}/mp4/${file}\\.mp4`],
    [
      'with a prefix of one’s own',
      {},
      { mp4_config: { record_prefix: 'x/{stream}-{unknown}' } },
      `Record/x/${stream}-some-unknown\\.mp4`,
    ],
    [
      'without a folder',
      {},
      { obs_addr: { ...SEED.ruleRequest.obs_addr, object: undefined } },
      `Record/${seed}/mp4/${file}\\.mp4`,
    ],
  ] as const)('is made %s', async (_how, options, rule, expected) => {
    const simulator = await startSimulator({ timeScale: 100, publishDurationMs: 1000, ...options });
    const { startJob } = await prepare(simulator, undefined, rule);
    await startJob();
    await expect.poll(() => simulator.objects('obsName').length, soon).toBe(1);
    expect(simulator.objects('obsName')[0]?.key).toMatch(new RegExp(`^${expected}$`));
  });
});

describe('what no one documents', () => {
  it('can be ids that are numbers', async () => {
    const simulator = await startSimulator({ timeScale: 300, numericIds: true });
    const { events, appId, jobId } = await record(simulator, {}, { room_id: '100', user_id: '007' });
    expect(typeof appId).toBe('number');
    expect(typeof jobId).toBe('number');
    for (const event of events) expect(event).toMatchObject({ app_id: appId, job_id: jobId, room_id: 100 });
    expect(simulator.jobs[0]).toMatchObject({ room_id: '100', user_id: '007' });
  });

  it('can be another name of the last event and of the stream', async () => {
    const streamName = ({ roomId, userId }: { roomId: string; userId: string }) => `x_${roomId}_${userId}_av_m`;
    const simulator = await startSimulator({ timeScale: 300, overEventType: 'CLOUD_RECORD_SERVER_OVER', streamName });
    const { types, events } = await record(simulator);
    expect(types.at(-1)).toBe('CLOUD_RECORD_SERVER_OVER');
    for (const event of events) expect(event.stream_name).toBe('x_room001_user001_av_m');
  });
});

it("shows simulated time everywhere: a job's age is the Date header less its create_time", async () => {
  const simulator = await startSimulator({ timeScale: 2000 });
  const { startJob, call, jobs } = await prepare(simulator);
  const startedAt = simulator.clock.now();
  const { job_id: jobId } = (await startJob()).body;
  await expect.poll(() => simulator.clock.now() - startedAt, soon).toBeGreaterThan(400_000);
  const { headers, body } = await call('GET', `${jobs}/${jobId}`);
  const age = (Date.parse(headers.get('date') ?? '') - Date.parse(body.create_time)) / 1000;
  expect(age).toBeGreaterThan(300);
  expect(age).toBeLessThan((simulator.clock.now() - startedAt) / 1000 + 2);
});

it("can hold another client's job of any age", async () => {
  const simulator = await startSimulator();
  const receiver = await startReceiver();
  const { call, appId, jobs } = await prepare(simulator, receiver.url);
  const foreign = simulator.createForeignJob({ appId, roomId: 'room001', userId: 'user001', ageMs: 3_600_000 });
  const { body } = await call('GET', `${jobs}/${foreign.job_id}`);
  expect(body).toMatchObject({ state: 'RUNNING', room_id: 'room001', user_id: 'user001', video_type: 'CAMERASTREAM' });
  expect(simulator.clock.now() - Date.parse(body.create_time)).toBeGreaterThanOrEqual(3_600_000);
  simulator.endJob(foreign.job_id, 'EXCEED_MAX_IDLE_TIME');
  await expect.poll(receiver.types, soon).toEqual([OVER]);
  expect(receiver.events()[0]?.event satisfies ReceivedEvent | undefined).toMatchObject({ job_id: foreign.job_id });
});
