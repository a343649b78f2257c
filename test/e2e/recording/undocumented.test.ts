import { expect, it, vi } from 'vitest';
import type { SimulatorOptions } from '../../../simulator/options.js';
import type { Recording, RecordingInput } from '../../../src/client.js';
import type { RecordingResult } from '../../../src/contract/result.js';
import { startRig, type RecordingRig } from '../../support/recordingRig.js';

/*
 * What no one says of the vendor's services, or what its papers say in two ways: a recording ends right with each
 * response. The first row of the table is the simulator's usual response to all of them, so that the others show only
 * what differs from it.
 */

/** For what is waited for; far more than it ever takes. */
const LIMIT = { timeout: 60_000, interval: 50 };

vi.setConfig({ testTimeout: 90_000, maxConcurrency: 8 });

interface Case {
  simulator?: SimulatorOptions;
  input?: Partial<RecordingInput>;
  /** What happens while the recording is open. */
  meanwhile?: (rig: RecordingRig, recording: Recording) => Promise<unknown>;
  /** Where it differs from a recording that goes well. */
  expected?: Partial<RecordingResult>;
}

type Faults = NonNullable<SimulatorOptions['faults']>;

const JOB_START = 'POST /v2/apps/*/individual-stream-jobs';
const allLost: Faults = [{ callback: '*', effect: { kind: 'drop' }, times: 'always' }];
const throttled = (headers: Record<string, string>): Faults => {
  const body = { error_code: 'APIGW.0308', error_msg: 'The throttling threshold has been reached' };
  return [JOB_START, 'POST /v2/apps', 'GET /v2/apps/*/individual-stream-jobs/*'].map((match) => ({
    match,
    effect: { kind: 'respond', status: 429, body, headers },
  }));
};

/** Ends are learned by asking, soon. */
const asking: Partial<RecordingInput> = { reconcileInterval: '1 second', settleTimeout: '1 second' };
const unannounced = (simulator: SimulatorOptions): Case => ({
  simulator: { ...simulator, faults: allLost },
  input: asking,
  expected: { endedBy: 'reconciliation' },
});

const jobStates = (rig: RecordingRig) => rig.simulator.jobs.map(({ state }) => state);

const askedFor = (rig: RecordingRig) =>
  rig.simulator.requests.filter(({ method, path }) => method === 'GET' && /individual-stream-jobs\/./.test(path))
    .length;

/** The vendor has ended the job, no one has notified us, and only now we stop it. */
const stopTooLate = async (rig: RecordingRig, recording: Recording) => {
  await vi.waitFor(() => expect(jobStates(rig)).toEqual(['STOPPED']), LIMIT);
  await recording.stop();
};
const stopAtOnce = async (rig: RecordingRig, recording: Recording) => {
  await vi.waitFor(() => expect(rig.simulator.jobs).toHaveLength(1), LIMIT);
  await recording.stop();
};
/** The user publishes when the job is already waiting for him, and its state has been polled. */
const joinLate = async (rig: RecordingRig, recording: Recording) => {
  await vi.waitFor(() => expect(askedFor(rig)).toBeGreaterThan(0), LIMIT);
  rig.simulator.joinRoom('room001', 'user001');
  await vi.waitFor(() => expect(rig.simulator.callbacks).toHaveLength(1), LIMIT);
  rig.simulator.leaveRoom('room001', 'user001');
  await vi.waitFor(() => expect(rig.simulator.objects('obsName')).toHaveLength(1), LIMIT);
  await recording.stop();
};

const GUESSES: Record<string, Case> = {
  'everything as usual': {},

  // The callback URL is tried with a request of unknown shape.
  'the probe is an empty POST that wants a 200': { simulator: { probe: 'post-empty', probeWants: '200' } },
  'the probe is a POST of an empty object that wants a 200': { simulator: { probe: 'post-json', probeWants: '200' } },
  'the probe is a GET that wants a 200': { simulator: { probe: 'get', probeWants: '200' } },
  'the probe is a HEAD that wants a 200': { simulator: { probe: 'head', probeWants: '200' } },
  'there is no probe': { simulator: { probe: 'none' } },

  // The life of a job.
  'a job that waits is INIT': {
    simulator: { autoPublish: false },
    input: { maxIdleTime: 600, reconcileInterval: '1 second' },
    meanwhile: joinLate,
    expected: { endedBy: 'stop', stopReason: 'TENANT_STOP' },
  },
  'a job that waits is RUNNING': {
    simulator: { autoPublish: false, waitingState: 'RUNNING' },
    input: { maxIdleTime: 600, reconcileInterval: '1 second' },
    meanwhile: joinLate,
    expected: { endedBy: 'stop', stopReason: 'TENANT_STOP' },
  },
  'a job cannot be stopped at first': {
    simulator: { initDelayMs: 30_000 },
    input: { maxIdleTime: 600 },
    meanwhile: stopAtOnce,
    expected: {
      ...{ endedBy: 'stop', stopReason: 'TENANT_STOP', outcome: 'empty', fileCount: 0 },
      warnings: [expect.stringContaining('did not publish in') as string],
    },
  },
  'a second job of the same stream is rejected': { simulator: { rejectSecondJob: true } },
  'the response to a start without a response is that the job runs': {
    // Ownership is decided by the vendor's clock.
    simulator: {
      rejectSecondJob: true,
      timeScale: 1,
      publishDurationMs: 3_000,
      faults: [
        { match: JOB_START, effect: { kind: 'resetAfter' } },
        { callback: 'RECORD_NEW_FILE_START', effect: { kind: 'delay', ms: 2_000 } },
      ],
    },
  },
  'the stop of a job that is over is rejected': {
    simulator: { faults: allLost },
    input: { reconcileInterval: '10 minutes', settleTimeout: '1 second' },
    meanwhile: stopTooLate,
    expected: { endedBy: 'stop', stopReason: 'EXCEED_MAX_IDLE_TIME' },
  },
  'the stop of a job that is over finds no job': {
    simulator: { faults: allLost, stopOfFinishedJob: 'notFound' },
    input: { reconcileInterval: '10 minutes', settleTimeout: '1 second' },
    meanwhile: stopTooLate,
    expected: { endedBy: 'stop', stopReason: 'EXCEED_MAX_IDLE_TIME' },
  },

  // How responses are written.
  'a new job has no state': { simulator: { omitStateAtCreation: true } },
  'ids are numbers': { simulator: { numericIds: true } },
  'times that have not come are absent': { simulator: { unsetTimes: 'absent' } },
  'times that have not come are null': { simulator: { unsetTimes: 'null' } },
  'times have nanoseconds': { simulator: { fractionDigits: 9 } },
  'a job without a response is known by a time with milliseconds': {
    simulator: {
      fractionDigits: 3,
      timeScale: 1,
      publishDurationMs: 3_000,
      faults: [{ match: JOB_START, effect: { kind: 'resetAfter' } }],
    },
  },
  'responds have no request id': { simulator: { requestIds: false } },
  'the picture is requested by a word': {
    input: { selectStreamType: 'HD', resolution: undefined, resolutionPolicy: undefined },
  },

  // Refusals.
  'a dead token is rejected by the gateway': { simulator: { tokenUses: 3 } },
  'a dead token is rejected by the service': { simulator: { tokenUses: 3, authRejectedBy: 'service' } },
  'tokens live shorter than a recording': { simulator: { tokenLifetimeMs: 5_000 } },
  'a 429 does not say when to come back': { simulator: { faults: throttled({}) } },
  'a 429 says after how many seconds to come back': { simulator: { faults: throttled({ 'retry-after': '1' }) } },
  'a 429 says to come back at once': { simulator: { faults: throttled({ 'retry-after': '0' }) } },
  'a 429 names a date that has passed': {
    simulator: { faults: throttled({ 'retry-after': new Date(0).toUTCString() }) },
  },
  'the user may not request buckets': {
    simulator: { mayAskForBuckets: false },
    expected: { warnings: [expect.stringContaining('could not be checked') as string] },
  },

  // Callbacks.
  'each callback comes three times': {
    simulator: { faults: [{ callback: '*', effect: { kind: 'repeat', times: 3 }, times: 'always' }] },
  },
  'callbacks come in another order': { simulator: { shuffleCallbacks: true } },
  'no callback comes': unannounced({}),
  'a callback that did not get 200 never comes again': {
    simulator: { callbackRetryDelaysMs: [] },
  },
  'the response to a callback is hardly waited for': {
    simulator: { callbackTimeoutMs: 20, callbackRetryDelaysMs: Array<number>(20).fill(200) },
  },
  'callbacks are stamped in milliseconds': { simulator: { timestampForm: 'milliseconds' } },
  'the end has its newer name': { simulator: { overEventType: 'CLOUD_RECORD_SERVER_OVER' } },
  'callbacks have no optional field': { simulator: { eventFields: 'fewest' } },
  'callbacks have all optional fields': { simulator: { eventFields: 'most' } },
  'the ids in the name of the stream hold its separator': { input: { roomId: 'room_0_1', userId: 's_user_01' } },
  'the name of the stream is of another shape': {
    simulator: { streamName: ({ jobId }) => `live-${jobId}` },
  },

  // Where files lie that no one announced: the seed's rule has a template of its own, the newer SDK another.
  'files lie where the seed says, in the folder and once more': unannounced({ recordFormatCase: 'upper' }),
  'files lie where the seed says, format in lower case': unannounced({ prependObject: 'once' }),
  'files lie where the seed says, format in upper case': unannounced({
    prependObject: 'once',
    recordFormatCase: 'upper',
  }),
  'files lie where the newer SDK says, format in lower case': unannounced({ rulePrefix: 'sdk' }),
  'files lie where the newer SDK says, format in upper case': unannounced({
    rulePrefix: 'sdk',
    recordFormatCase: 'upper',
  }),
};

/**
 * Everything at once that the usual responses are not, as far as it goes together; callbacks come, in disorder and
 * repeatedly.
 */
const UNUSUAL: SimulatorOptions = {
  probe: 'head',
  probeWants: '200',
  initDelayMs: 5_000,
  waitingState: 'RUNNING',
  rejectSecondJob: true,
  stopOfFinishedJob: 'notFound',
  omitStateAtCreation: true,
  numericIds: true,
  unsetTimes: 'absent',
  fractionDigits: 9,
  requestIds: false,
  tokenUses: 3,
  authRejectedBy: 'service',
  mayAskForBuckets: false,
  shuffleCallbacks: true,
  timestampForm: 'milliseconds',
  overEventType: 'CLOUD_RECORD_SERVER_OVER',
  eventFields: 'fewest',
  rulePrefix: 'sdk',
  recordFormatCase: 'upper',
  streamName: ({ jobId }) => `live-${jobId}`,
};
const repeated: Faults = [{ callback: '*', effect: { kind: 'repeat', times: 2 }, times: 'always' }];
const unchecked = { warnings: [expect.stringContaining('could not be checked') as string] };

const ALL_AT_ONCE: Record<string, Case> = {
  'all that is unusual at once': {
    simulator: { ...UNUSUAL, faults: [...throttled({ 'retry-after': '1' }), ...repeated] },
    expected: unchecked,
  },
  'all that is unusual at once, and no callback': {
    simulator: { ...UNUSUAL, faults: [...throttled({}), ...allLost] },
    input: asking,
    expected: { ...unchecked, endedBy: 'reconciliation' },
  },
};

it.concurrent.for(Object.entries({ ...GUESSES, ...ALL_AT_ONCE }))(
  'a recording ends right where %s',
  async ([, { simulator = {}, input, meanwhile, expected }], test) => {
    const rig = await startRig({ simulator }, test);
    const recording = await rig.start(input);
    await meanwhile?.(rig, recording);
    const result = await recording.result();

    expect(result).toMatchObject({
      outcome: 'recorded',
      endedBy: 'callback',
      stopReason: 'EXCEED_MAX_IDLE_TIME',
      fileCount: 1,
      warnings: [],
      jobId: rig.simulator.jobs[0]?.job_id,
      ...expected,
    });
    expect(result.files.map(({ object }) => object)).toEqual(rig.simulator.objects('obsName').map(({ key }) => key));
    expect(jobStates(rig)).toEqual(['STOPPED']);
  },
);
