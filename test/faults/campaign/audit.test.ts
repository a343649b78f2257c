import { describe, expect, it } from 'vitest';
import type { SentCallback } from '../../../simulator/callbacks.js';
import type { JobResponse } from '../../../simulator/job.js';
import type { RecordingResult } from '../../../src/client.js';
import { audit } from './audit.js';
import type { CellFacts, End, RecordingFacts } from './facts.js';
import { planDisturbances, planLostResponse, planRecording, type RecordingPlan } from './plan.js';
import { Random } from './random.js';

const OPENED = 1000;
const CLOSED = 9000;

const plan: RecordingPlan = {
  ...planRecording(1, 0),
  roomId: 'room',
  userId: 'user',
  videoType: 'CAMERASTREAM',
  caller: { does: 'nothing' },
};

function job(jobId: string, overrides: Partial<JobResponse> = {}): JobResponse {
  return {
    room_id: 'room',
    user_id: 'user',
    video_type: 'CAMERASTREAM',
    job_id: jobId,
    stream_name: `s_${jobId}_room_user`,
    state: 'STOPPED',
    stop_reason: 'EXCEED_MAX_IDLE_TIME',
    ...overrides,
  } as JobResponse;
}

const object = (jobId: string) => `Record/s_${jobId}_room_user_1.mp4`;

function completed(overrides: Partial<RecordingResult> = {}): End {
  const file = { bucket: 'obsName', object: object('j1'), format: 'MP4', size: 1 };
  const result = {
    outcome: 'recorded',
    endedBy: 'callback',
    files: [file],
    fileCount: 1,
    totalSize: 1,
    warnings: [],
  } as const;
  const parts = [{ jobId: 'j1', fileCount: 1 }];
  return {
    kind: 'completed',
    result: { ...result, files: [file], parts, gaps: [], warnings: [], jobId: 'j1', ...overrides },
  };
}

function sent(jobId: string, status: SentCallback['status'], at: number, respondedAt = at): SentCallback {
  return { event: { event_type: 'RECORD_NEW_FILE_START', job_id: jobId }, status, at, respondedAt };
}

/** One plain recording, and what is different in it. */
function cell(recording: Partial<RecordingFacts> = {}, around: Partial<CellFacts> = {}): CellFacts {
  return {
    recordings: [
      {
        plan,
        end: completed(),
        runningAtEnd: [],
        openedAt: OPENED,
        closedAt: CLOSED,
        startedJobs: ['j1'],
        storedEvents: [],
        ...recording,
      },
    ],
    jobs: [job('j1')],
    strangers: new Set(),
    requests: [],
    callbacks: [],
    objects: [object('j1')],
    sessions: [],
    recordedFiles: [],
    disturbances: [],
    exposedSecrets: [],
    ...around,
  };
}

const withLostJob = { jobs: [job('j1'), job('j2')], objects: [object('j1'), object('j2')] };
const broken = { jobs: [job('j1', { stop_reason: 'INTERNAL_ERROR' })] };

/** What the file of a job holds, in seconds. */
const held = (jobId: string, from: number, to: number) => ({
  ...{ streamName: `s_${jobId}_room_user`, format: 'MP4' as const, key: object(jobId) },
  ...{ from: from * 1000, to: to * 1000 },
});

const NO_CALLS: RecordingPlan['calls'] = { start: [], show: [], stop: [], listing: [] };
const withCalls = (calls: Partial<RecordingPlan['calls']>) => ({ calls: { ...NO_CALLS, ...calls } });
const RESET = { kind: 'resetBefore' } as const;
const REPEAT = { kind: 'repeat', times: 2 } as const;

/** `j1` broke off after 6 s, and `j2` recorded from so many seconds on; the user stayed. Times are seconds. */
function continued(nextFileAt: number, changes: Partial<RecordingPlan> = {}, around: Partial<CellFacts> = {}) {
  const seconds = (time: number) => new Date(time * 1000).toISOString();
  const parts = [
    { jobId: 'j1', fileCount: 1, stopReason: 'INTERNAL_ERROR' },
    { jobId: 'j2', fileCount: 1, stopReason: 'EXCEED_MAX_IDLE_TIME' },
  ];
  const files = ['j1', 'j2'].map((jobId) => ({ bucket: 'obsName', object: object(jobId), format: 'MP4', size: 1 }));
  const gaps = [{ from: seconds(6), to: seconds(nextFileAt - 1), reason: 'INTERNAL_ERROR' }];
  return cell(
    {
      plan: { ...plan, calls: NO_CALLS, events: {}, ...changes },
      end: completed({ outcome: 'partial', parts, files, fileCount: 2, gaps, jobId: 'j2' }),
      startedJobs: ['j1', 'j2'],
    },
    {
      jobs: [
        job('j1', { stop_reason: 'INTERNAL_ERROR', stop_time: seconds(6) }),
        job('j2', { stop_time: seconds(100) }),
      ],
      objects: [object('j1'), object('j2')],
      sessions: [{ roomId: 'room', userId: 'user', joinedAt: 0, leftAt: 100_000 }],
      recordedFiles: [held('j1', 0, 6), held('j2', nextFileAt, 100)],
      ...around,
    },
  );
}

const killed = (from: number, to: number, kind: CellFacts['disturbances'][number]['kind'] = 'worker killed') => ({
  disturbances: [{ kind, from: from * 1000, to: to * 1000 }],
});
const stopped: RecordingPlan = { ...plan, caller: { does: 'stop', afterMs: 0 } };
const none: Partial<RecordingResult> = { outcome: 'empty', files: [], fileCount: 0 };

describe('the audit', () => {
  it.each<[string, CellFacts]>([
    ['a plain recording', cell()],
    ['a job that no one could hear of', cell({}, withLostJob)],
    [
      'one whose only event came after the end',
      cell({}, { ...withLostJob, callbacks: [sent('j2', 200, CLOSED + 1)] }),
    ],
    ['an event accepted after the end', cell({}, { callbacks: [sent('j1', 200, OPENED + 1, CLOSED + 1)] })],
    ['one whose only event was never taken', cell({}, { ...withLostJob, callbacks: [sent('j2', 503, OPENED + 1)] })],
    ['a stop before anything was recorded', cell({ plan: stopped, end: completed(none) }, { objects: [] })],
    ['a job that the vendor broke off', cell({ end: completed({ outcome: 'partial' }) }, broken)],
    [
      'a cancel that was requested',
      cell({ plan: { ...plan, caller: { does: 'cancel', afterMs: 0 } }, end: { kind: 'cancelled' } }),
    ],
    [
      "a stranger's job that runs on",
      cell({}, { jobs: [job('j1'), job('s1', { state: 'RUNNING' })], strangers: new Set(['s1']) }),
    ],
    ['15 s that a break-off lost', continued(21)],
    ['25 s without the end event', continued(31, { events: { CLOUD_RECORD_OVER: { kind: 'drop' } } })],
    ['more, if the reason of the end cannot be read', continued(60, withCalls({ show: [RESET] }))],
    ['more, if the second attempt of a start fails', continued(60, withCalls({ start: [RESET, RESET] }))],
    ['more, if a worker was killed shortly before', continued(60, {}, killed(-6, -3))],
  ])('has nothing against %s', (_case, facts) => {
    expect(audit(facts).violations).toEqual([]);
  });

  it.each<[string, string, CellFacts]>([
    ['never ends', 'did not end', cell({ end: { kind: 'open', waitsFor: [] } })],
    ['fails', 'justifies this failure', cell({ end: { kind: 'failed', type: 'JobRejected', message: '' } })],
    ['is cancelled by no one', 'no one had requested that', cell({ end: { kind: 'cancelled' } })],
    ['leaves its job running', 'ran on', cell({ runningAtEnd: ['j1'] })],
    ['has a job that never ends', 'for good', cell({}, { jobs: [job('j1', { state: 'RUNNING' })] })],
    ['does not name a file', 'not in the result', cell({}, { objects: [object('j1'), `${object('j1')}-2.mp4`] })],
    ['names a file that is not there', 'not in the bucket', cell({}, { objects: [] })],
    ['counts segments wrong', 'segments', cell({}, { objects: [object('j1'), 'Record/s_j1_room_user_1-0.ts'] })],
    ['counts files wrong', 'counts 2 files', cell({ end: completed({ fileCount: 2 }) })],
    [
      'is recorded without a file',
      'there is no file',
      cell({ end: completed({ files: [], fileCount: 0 }) }, { objects: [] }),
    ],
    ['is partial without a fault', 'no fault', cell({ end: completed({ outcome: 'partial' }) })],
    ['hides that it was broken off', 'broke the job off', cell({}, broken)],
    ['is empty although the user published', 'empty', cell({ end: completed(none) }, { objects: [] })],
    [
      'does not name its second job',
      'j2 is not named',
      cell({ startedJobs: ['j1', 'j2'] }, { jobs: [job('j1'), job('j2')] }),
    ],
    [
      'has a job that no one heard of and yet was stopped',
      'j2 was stopped',
      cell({}, { jobs: [job('j1'), job('j2', { stop_reason: 'TENANT_STOP' })] }),
    ],
    ['forgets a callback', 'not in the history', cell({}, { callbacks: [sent('j1', 200, OPENED + 1)] })],
    [
      'could have known of its second job',
      'j2 is not named',
      cell({}, { jobs: [job('j1'), job('j2')], callbacks: [sent('j2', 200, OPENED + 1)] }),
    ],
    [
      "stops a stranger's job",
      "a stranger's job was stopped",
      cell(
        {},
        {
          jobs: [job('j1'), job('s1')],
          strangers: new Set(['s1']),
          requests: [{ method: 'DELETE', path: '/v2/a/s1', query: {}, at: 0 }],
        },
      ),
    ],
    ['loses more by a break-off', '15001 ms of the user are in no file after', continued(21.001)],
    ['loses more without the end event', '25001 ms', continued(31.001, { events: { '*': { kind: 'drop' } } })],
    ['loses more although the event came twice', '16000 ms', continued(22, { events: { '*': REPEAT } })],
    ['loses more where only the first start failed', '16000 ms', continued(22, withCalls({ start: [RESET] }))],
    ['loses more after revoked tokens', '16000 ms', continued(22, {}, killed(6, 7, 'tokens revoked'))],
    ['loses more long after a worker was killed', '16000 ms', continued(22, {}, killed(-6, -4.5))],
    [
      'loses what is in no gap',
      'in no gap',
      continued(10, {}, { recordedFiles: [held('j1', 0, 0.5), held('j2', 10, 100)] }),
    ],
    [
      'does not continue',
      'no job followed',
      cell(
        {
          end: completed({ outcome: 'partial', parts: [{ jobId: 'j1', fileCount: 1, stopReason: 'INTERNAL_ERROR' }] }),
        },
        broken,
      ),
    ],
    ['tells a secret', '1 secrets', cell({}, { exposedSecrets: ['secret'] })],
  ])('finds a recording that %s', (_case, words, facts) => {
    expect(
      audit(facts)
        .violations.map(({ what }) => what)
        .join('\n'),
    ).toContain(words);
  });

  it('measures what each break-off lost', () => {
    expect(audit(continued(9.5)).coverage).toEqual({ live: 100, lost: [3.5], lostWithExcuse: [] });
    expect(audit(continued(9.5, {}, killed(6, 7))).coverage).toEqual({ live: 100, lost: [], lostWithExcuse: [3.5] });
    expect(audit(cell()).coverage).toEqual({ live: 0, lost: [], lostWithExcuse: [] });
  });

  it('counts', () => {
    const named = completed({ warnings: ['Job j2 of a start whose response was lost turned up later'], files: [] });
    const facts = cell(
      { end: named, plan: { ...plan, stranger: 'older' }, storedEvents: [{ jobId: 'j2' }] },
      { jobs: [job('j1'), job('j2'), job('j3')] },
    );
    expect(audit(facts)).toMatchObject({ ends: { recorded: 1 }, extraJobs: 1, unheardJobs: 1, besideStrangers: 1 });
  });
});

describe('a plan', () => {
  const numbers = Array.from({ length: 300 }, (_, index) => index);

  it('is the same for the same seed and number', () => {
    const once = numbers.map((index) => planRecording(7, index));
    expect(numbers.toReversed().map((index) => planRecording(7, index))).toEqual(once.toReversed());
    expect(planRecording(8, 0)).not.toEqual({ ...planRecording(7, 0), seed: 8 });
    expect(planLostResponse(7, 1, 'worker killed')).toEqual(planLostResponse(7, 1, 'worker killed'));
    const [a, b] = [planDisturbances(7, 1), planDisturbances(7, 1)];
    expect(numbers.map(() => a.next().value)).toEqual(numbers.map(() => b.next().value));
  });

  it('has each stream once', () => {
    const streams = numbers
      .map((index) => planRecording(7, index))
      .map((one) => `${one.roomId} ${one.userId} ${one.videoType}`);
    expect(new Set(streams).size).toBe(numbers.length);
  });

  it('brings every kind of call, event and caller into trouble', () => {
    const plans = numbers.map((index) => planRecording(7, index));
    expect(new Set(plans.map(({ caller }) => caller.does))).toEqual(
      new Set(['nothing', 'stop', 'cancel', 'maxDuration', 'participant']),
    );
    for (const kind of ['start', 'show', 'stop'] as const) {
      const kinds = new Set(plans.flatMap(({ calls }) => calls[kind].map((effect) => effect.kind)));
      expect(kinds.size, kind).toBe(8);
    }
    const events = new Set(
      plans.flatMap(({ events }) => Object.entries(events).map(([type, { kind }]) => `${type} ${kind}`)),
    );
    expect(events.size).toBe(3 * 3 + 1);
  });
});

it('draws evenly', () => {
  const random = new Random('evenly');
  const draws = Array.from({ length: 10_000 }, () => random.next());
  expect(Math.min(...draws)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...draws)).toBeLessThan(1);
  for (const tenth of Array.from({ length: 10 }, (_, index) => index / 10)) {
    expect(draws.filter((draw) => draw >= tenth && draw < tenth + 0.1).length).toBeGreaterThan(900);
  }
});
