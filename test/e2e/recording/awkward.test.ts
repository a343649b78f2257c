import { expect, it, vi, type TestContext } from 'vitest';
import type { SimulatorOptions } from '../../../simulator/options.js';
import { startRig } from '../../support/recordingRig.js';

/*
 * Every switch of the simulator at its most awkward at once, as far as a recording can still succeed. One at a time:
 * undocumented.test.ts.
 */

vi.setConfig({ testTimeout: 120_000 });

type Faults = NonNullable<SimulatorOptions['faults']>;

const CALLS = ['POST /v2/apps', 'GET /v2/apps/*/record-rules', 'GET /v2/apps/*/individual-stream-jobs/*'];

/** The response to the start is lost; some calls are throttled at first, and then fail in the vendor's database. */
const faults: Faults = [
  { match: 'POST /v2/apps/*/individual-stream-jobs', effect: { kind: 'resetAfter' } },
  ...CALLS.map((match) => ({ match, effect: { kind: 'reject', code: 'APIGW.0308' } }) as const),
  ...CALLS.map((match) => ({ match, effect: { kind: 'reject', code: 'RTC.00002002' } }) as const),
];

const AWKWARD: SimulatorOptions = {
  // The job of the lost response is ours by its time, which is the real one.
  timeScale: 1,

  // IAM and the gateway.
  tokenUses: 3,
  tokenLifetimeMs: 5_000,
  authRejectedBy: 'service',
  mayAskForBuckets: false,
  rateLimits: true,
  maxApps: 1,
  maxJobs: 1,
  requestIds: false,
  requireContentType: true,

  // The room: the user comes when the limit has passed, and again when it has passed once more; others are there.
  publishDelayMs: 6_000,
  publishDurationMs: 2_000,
  publishTimes: 2,
  publishPauseMs: 6_000,
  othersStayMs: 18_000,
  initDelayMs: 2_000,
  waitingState: 'RUNNING',
  rejectSecondJob: true,
  stopOfFinishedJob: 'notFound',

  // The rule and the callback.
  requireRecordCycle: true,
  rejectExistingRule: true,
  storedFolder: 'normalized',
  rulePrefix: 'sdk',
  recordFormatCase: 'upper',
  probe: 'head',
  probeWants: '200',
  subscription: 'sdk',
  callbackRetryDelaysMs: [],
  shuffleCallbacks: true,
  overEventType: 'none',
  eventFields: 'fewest',
  eventObject: 'slashAndEncoded',

  // How things are written.
  dateHeader: false,
  numericIds: 'large',
  timestampForm: 'isoBasic',
  knowsResolution: false,
  omitStateAtCreation: true,
  streamNameIn: 'none',
  unsetTimes: 'absent',
  fractionDigits: 9,

  // OBS.
  obsRedirects: 3,
  listDelayMs: 1_000,
  obsWrongSignatures: 1,
};

async function recordingEndsRight(simulator: SimulatorOptions, test: TestContext): Promise<void> {
  const rig = await startRig({ simulator: { ...simulator, faults } }, test);
  const recording = await rig.start({
    roomId: '12345678901234567890',
    userId: '98765432109876543210_1',
    recordRule: {
      obsAddr: { bucket: 'obsName', location: 'cn-north-4', object: '/Record', projectId: '0123' },
      recordFormats: ['HLS', 'MP4'],
      hlsConfig: {},
      mp4Config: {},
    },
    maxIdleTime: 5,
    reconcileInterval: '1 second',
  });
  const result = await recording.result();

  expect(result).toMatchObject({ outcome: 'recorded', stopReason: 'EXCEED_MAX_IDLE_TIME', fileCount: 4 });
  const stored = rig.simulator.objects('obsName').map(({ key }) => key);
  expect(result.files.map(({ object }) => object).sort()).toEqual(stored.filter((key) => !key.endsWith('.ts')).sort());
  expect(rig.simulator.jobs).toMatchObject([{ job_id: result.jobId, state: 'STOPPED' }]);
  // A start and an end of each file; none is sent again.
  expect(rig.simulator.callbacks.map(({ status }) => status)).toEqual(Array<number>(8).fill(200));
}

it('a recording ends right where everything is awkward', (test) => recordingEndsRight(AWKWARD, test));
