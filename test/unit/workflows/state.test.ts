import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../../src/contract/limits.js';
import { announcedCount, foundCount } from '../../../src/workflows/announcedFiles.js';
import { takeEvent } from '../../../src/workflows/events.js';
import { buildResult } from '../../../src/workflows/result.js';
import {
  addAmbiguousStart,
  adopt,
  beginStart,
  beginStep,
  unidentifiedJobs,
  markForeign,
  maxDurationEndsAt,
  endStep,
  isEndConfirmed,
  isRecording,
  jobOf,
  mayBeRunning,
  eventsOf,
  newState,
  applyJobState,
  ourJobs,
  requestStop,
  runningExtraJobs,
  settingsOf,
  stateForNextRun,
  ambiguousStarts,
  warn,
  type JobState,
  type RecordingState,
} from '../../../src/workflows/state.js';
import { givenJob, plainEvents, recordingState, startingState, T0 } from '../../support/given.js';
import { announced, fileEvent, keysOf, applyListings } from '../../support/listings.js';

const SECOND = 1_000;

const [begun, , over] = plainEvents();

/** What the vendor reports of the job; `NOT FOUND`: three responses in a row did not find it. */
const responseOf = (reported: string) => (reported === 'NOT FOUND' ? {} : { job: { ...givenJob(), state: reported } });

/** The job in each of its states; all began at T0. */
const starts = { triedAt: T0, ambiguous: [] };
const known = { ...starts, job: givenJob(), startedAt: T0 };
const running = { ...givenJob(), state: 'RUNNING' };
const stopped = { ...givenJob(), state: 'STOPPED' };
const endReported = { ...known, status: 'ended', by: 'callback', at: T0, confirmed: false } as const;
const STATES = {
  notStarted: { status: 'notStarted' },
  starting: { status: 'starting', ...starts },
  recording: { status: 'recording', ...known },
  ended: endReported,
  contradicted: { ...endReported, job: running, contradiction: 'RUNNING', wasRunning: true },
  confirmed: { ...endReported, by: 'reconciliation', job: stopped, confirmed: true },
} as const satisfies Record<string, JobState>;

/** What may happen to the job, at a time. Only a recording without a job adopts one. */
const TRANSITIONS = {
  beginStart: (state, now) => beginStart(state, now),
  startResponseLost: (state, now) => {
    if (state.job.status === 'starting') addAmbiguousStart(state, { from: now, until: now });
  },
  adopt: (state, now) => {
    if (!jobOf(state)) adopt(state, givenJob(), now, now);
  },
  adoptStopped: (state, now) => {
    if (!jobOf(state)) adopt(state, stopped, now, now);
  },
  requestStop: (state, now) => requestStop(state, 'stop', now),
  begun: (state, now) => void takeEvent(state, begun, now),
  over: (state, now) => void takeEvent(state, over, now),
  INIT: (state, now) => applyJobState(state, responseOf('INIT'), now),
  RUNNING: (state, now) => applyJobState(state, responseOf('RUNNING'), now),
  STOPPED: (state, now) => applyJobState(state, responseOf('STOPPED'), now),
  'NOT FOUND': (state, now) => applyJobState(state, responseOf('NOT FOUND'), now),
} satisfies Record<string, (state: RecordingState, now: number) => void>;

type Transition = keyof typeof TRANSITIONS;

describe('the states of the job', () => {
  const now = T0 + SECOND;
  const { starting, recording, ended, contradicted, confirmed } = STATES;
  const endedNow = { ...known, status: 'ended', by: 'reconciliation', at: now, confirmed: true } as const;

  /** What is not listed here changes nothing. */
  const CHANGES: Record<keyof typeof STATES, Partial<Record<Transition, JobState>>> = {
    notStarted: {
      beginStart: { status: 'starting', triedAt: now, ambiguous: [] },
      adopt: { ...recording, triedAt: now, startedAt: now },
      adoptStopped: { ...endedNow, job: stopped, triedAt: now, startedAt: now },
    },
    starting: {
      startResponseLost: { ...starting, ambiguous: [{ from: now, until: now }] },
      adopt: { ...recording, startedAt: now },
      adoptStopped: { ...endedNow, job: stopped, startedAt: now },
    },
    recording: {
      over: { ...ended, at: now },
      RUNNING: { ...recording, job: running, wasRunning: true },
      STOPPED: { ...endedNow, job: stopped },
      'NOT FOUND': endedNow,
    },
    ended: {
      INIT: { ...ended, contradiction: 'INIT' },
      RUNNING: contradicted,
      STOPPED: { ...ended, job: stopped, confirmed: true },
      'NOT FOUND': { ...ended, confirmed: true },
    },
    contradicted: {
      INIT: { ...ended, wasRunning: true, contradiction: 'INIT' },
      STOPPED: { ...ended, wasRunning: true, job: stopped, confirmed: true },
      'NOT FOUND': { ...ended, wasRunning: true, job: running, confirmed: true },
    },
    confirmed: {
      INIT: { ...confirmed, job: givenJob(), contradiction: 'INIT' },
      RUNNING: { ...confirmed, job: running, contradiction: 'RUNNING', wasRunning: true },
    },
  };

  const cases = (Object.keys(STATES) as (keyof typeof STATES)[]).flatMap((from) =>
    (Object.keys(TRANSITIONS) as Transition[]).map((transition) => [from, transition] as const),
  );

  it.each(cases)('%s, %s', (from, transition) => {
    const state: RecordingState = { ...startingState(), job: structuredClone<JobState>(STATES[from]) };
    TRANSITIONS[transition](state, now);
    expect(state.job).toStrictEqual(CHANGES[from][transition] ?? STATES[from]);
  });

  it.each<[keyof typeof STATES, string[]]>([
    ['notStarted', []],
    ['starting', []],
    ['recording', ['isRecording', 'mayBeRunning']],
    ['ended', []],
    ['contradicted', ['mayBeRunning']],
    ['confirmed', ['isEndConfirmed']],
  ])('%s is: %j', (name, holding) => {
    const state = { ...startingState(), job: STATES[name] };
    const predicates = { isRecording, mayBeRunning, isEndConfirmed };
    expect(Object.entries(predicates).flatMap(([is, holds]) => (holds(state) ? [is] : []))).toEqual(holding);
    const hasJob = !['notStarted', 'starting'].includes(name);
    expect(jobOf(state)?.jobId).toBe(hasJob ? 'j1' : undefined);
    expect(ourJobs(state)).toHaveLength(hasJob ? 1 : 0);
  });

  it('may be running again although the vendor has confirmed its end, and stays confirmed', () => {
    const state = { ...startingState(), job: structuredClone<JobState>(confirmed) };
    applyJobState(state, responseOf('RUNNING'), now);
    expect([isEndConfirmed(state), mayBeRunning(state), isRecording(state)]).toEqual([true, true, false]);
  });

  it('counts from the first start at the earliest, whenever it seems to have been created', () => {
    const state = startingState();
    adopt(state, givenJob(), T0 - 60 * SECOND, now);
    expect([state.startedAt, state.job]).toMatchObject([T0, { startedAt: T0 }]);
  });

  it('has ended as soon as it is ours, if its end was reported before', () => {
    for (const [found, isConfirmed] of [
      [givenJob(), false],
      [stopped, true],
    ] as const) {
      const state = startingState();
      takeEvent(state, over, T0);
      adopt(state, found, T0, now);
      expect(state.job).toStrictEqual({ ...ended, job: found, at: now, confirmed: isConfirmed });
    }
  });
});

describe('whatever happens to a job, in whatever order', () => {
  const transitions = fc.array(fc.constantFrom(...(Object.keys(TRANSITIONS) as Transition[])), { maxLength: 25 });
  /** In a new run, after any of the transitions. */
  const cuts = fc.uniqueArray(fc.nat(25), { maxLength: 3 });

  const ORDER = ['notStarted', 'starting', 'recording', 'ended'];

  it('never goes back, its first end counts, and a confirmed end stays confirmed', () => {
    fc.assert(
      fc.property(transitions, cuts, (happenings, newRuns) => {
        let state: RecordingState = { ...startingState(), job: { status: 'notStarted' } };
        let [isOver, firstEnd, lastResponse]: [boolean, object | undefined, string | undefined] = [
          false,
          undefined,
          undefined,
        ];
        happenings.forEach((happening, index) => {
          const now = T0 + index;
          const before = structuredClone(state);
          TRANSITIONS[happening](state, now);

          const isResponse = ['INIT', 'RUNNING', 'STOPPED', 'NOT FOUND'].includes(happening);
          const saysOver = jobOf(before) ? ['STOPPED', 'NOT FOUND'].includes(happening) : happening === 'adoptStopped';
          // Events before the first start belong to someone else's job.
          if (happening === 'over' && before.job.status !== 'notStarted') isOver = true;
          if (isResponse && firstEnd) lastResponse = happening;
          if (!firstEnd && jobOf(state) && (isOver || saysOver)) {
            firstEnd = { by: isOver ? 'callback' : 'reconciliation', at: now };
          }

          const { job } = state;
          expect(ORDER.indexOf(job.status)).toBeGreaterThanOrEqual(ORDER.indexOf(before.job.status));
          expect(job.status === 'ended').toBe(firstEnd !== undefined);
          if (job.status === 'ended') {
            expect(job).toMatchObject({ ...firstEnd });
            expect(job.contradiction).toBe(['INIT', 'RUNNING'].find((running) => running === lastResponse));
          }
          if ('triedAt' in before.job) expect(job).toMatchObject({ triedAt: before.job.triedAt });
          if ('startedAt' in before.job) expect(job).toMatchObject({ startedAt: before.job.startedAt });
          expect(ambiguousStarts(state)).toEqual(expect.arrayContaining(ambiguousStarts(before)));
          if (isEndConfirmed(before)) expect(isEndConfirmed(state)).toBe(true);
          if (before.stopRequested) expect(state.stopRequested).toEqual(before.stopRequested);
          const mayRun = firstEnd ? ['INIT', 'RUNNING'].includes(lastResponse ?? '') : jobOf(state) !== undefined;
          expect(mayBeRunning(state)).toBe(mayRun);

          // As Temporal does it: only what JSON can hold comes through, and nothing of the job is lost by it.
          const next = JSON.parse(JSON.stringify(stateForNextRun(state))) as RecordingState;
          expect(next).toEqual(state);
          if (newRuns.includes(index)) state = next;
        });
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('the response to a poll', () => {
  it('ends the recording with STOPPED, and with its reason', () => {
    const state = recordingState();
    applyJobState(state, { job: { ...stopped, stopReason: 'TENANT_STOP' } }, T0 + 9);
    expect(state.job).toMatchObject({ status: 'ended', by: 'reconciliation', at: T0 + 9 });
    expect(jobOf(state)?.stopReason).toBe('TENANT_STOP');
  });

  it('ends the recording of a job that is not known any more, with a warning', () => {
    const state = recordingState();
    applyJobState(state, {}, T0 + 6);
    expect(state.job).toMatchObject({ status: 'ended', by: 'reconciliation', at: T0 + 6 });
    expect(buildResult(state).warnings.join()).toContain('does not know job j1');
  });

  it('adds no warning if the end of a job was reported before SparkRTC no longer knew it', () => {
    const state = recordingState();
    takeEvent(state, over, T0);
    applyJobState(state, {}, T0 + 6);
    expect(state.warnings).toEqual([]);
  });

  it('is shown if it is the latest, and adds to what is known about the job', () => {
    const state = recordingState();
    applyJobState(state, { job: { jobId: 'j1', state: 'RUNNING', jobUniqueId: 'u1' } }, T0 + 1);
    expect(state.lastReconcile).toEqual({ at: T0 + 1, state: 'RUNNING' });
    expect(jobOf(state)).toEqual({ ...running, jobUniqueId: 'u1' });
    applyJobState(state, {}, T0 + 2);
    expect(state.lastReconcile).toEqual({ at: T0 + 2, error: 'notFound' });
    expect(jobOf(state)).toEqual({ ...running, jobUniqueId: 'u1' });
  });

  it('changes nothing if there is no job', () => {
    const state = startingState();
    applyJobState(state, responseOf('STOPPED'), T0);
    expect(state).toEqual(startingState());
  });
});

describe('the request to stop', () => {
  it('is that of the first request', () => {
    const state = recordingState();
    requestStop(state, 'maxDuration', T0 + 1);
    requestStop(state, 'stop', T0 + 2);
    expect(state.stopRequested).toEqual({ by: 'maxDuration', at: T0 + 1 });
  });
});

describe('which jobs may still be running', () => {
  it('is ours until its end is known, and every extra one whose end was not reported', () => {
    const state = recordingState();
    addAmbiguousStart(state, { from: T0, until: T0 + 1000 });
    const extra = { ...givenJob('j2'), state: 'RUNNING' };
    state.extraJobs.push(extra);
    expect(mayBeRunning(state)).toBe(true);
    expect(runningExtraJobs(state)).toEqual([extra]);

    takeEvent(state, over, T0 + 5);
    extra.state = 'STOPPED';
    expect(mayBeRunning(state)).toBe(false);
    expect(runningExtraJobs(state)).toEqual([]);
  });

  it('is no extra one whose end was reported', () => {
    const state = recordingState();
    state.extraJobs.push({ ...givenJob('j2'), state: 'RUNNING' });
    takeEvent(state, plainEvents('j2')[2], T0 + 5);
    expect(runningExtraJobs(state)).toEqual([]);
  });

  it('is not ours when SparkRTC has reported that it is stopped', () => {
    const state = recordingState();
    applyJobState(state, responseOf('STOPPED'), T0 + 5);
    expect(state.lastReconcile?.state).toBe('STOPPED');
    expect(mayBeRunning(state)).toBe(false);
  });

  it('is not learned from a response that is older than the end', () => {
    const state = recordingState();
    applyJobState(state, responseOf('RUNNING'), T0 + 4);
    takeEvent(state, over, T0 + 5);
    expect(state.job).not.toHaveProperty('contradiction');
    expect(mayBeRunning(state)).toBe(false);
  });

  it('is ours again when SparkRTC contradicts the reported end', () => {
    const state = recordingState();
    takeEvent(state, over, T0 + 5);
    applyJobState(state, responseOf('RUNNING'), T0 + 6);
    expect(mayBeRunning(state)).toBe(true);
  });
});

describe('is it known how the job ended', () => {
  it.each<[string, (state: RecordingState) => void, boolean]>([
    ['nothing was reported', () => undefined, false],
    ['a poll reports that it runs', (s) => applyJobState(s, responseOf('RUNNING'), T0), false],
    ['a poll reports that it has stopped', (s) => applyJobState(s, responseOf('STOPPED'), T0), true],
    ['the vendor does not know it any more', (s) => applyJobState(s, {}, T0), true],
    ['only an event reported the end', (s) => void takeEvent(s, over, T0), false],
  ])('when %s', (_when, arrange, isKnown) => {
    const state = recordingState();
    arrange(state);
    expect(isEndConfirmed(state)).toBe(isKnown);
  });

  it('is not so while there is no job', () => {
    expect(isEndConfirmed(startingState())).toBe(false);
  });
});

describe('whether an event of the job has come', () => {
  it('is so with its first event, and with no event of another job', () => {
    const state = startingState();
    takeEvent(state, begun, T0);
    takeEvent(state, plainEvents('j2')[0], T0);
    expect(eventsOf(state, jobOf(state)?.jobId) !== undefined).toBe(false);
    const other = structuredClone(state);
    adopt(other, givenJob('j3'), T0, T0);
    expect(eventsOf(other, jobOf(other)?.jobId) !== undefined).toBe(false);
    adopt(state, givenJob(), T0, T0);
    expect(eventsOf(state, jobOf(state)?.jobId) !== undefined).toBe(true);
  });
});

describe('when does the longest duration end', () => {
  it('is counted from the start of the job, and never before there is one', () => {
    expect(maxDurationEndsAt(recordingState({ maxDuration: '2 hours' })) - T0).toBe(7_200 * SECOND);
    expect(maxDurationEndsAt(startingState({ maxDuration: '2 hours' }))).toBe(Infinity);
    expect(maxDurationEndsAt(newState())).toBe(Infinity);
  });
});

describe('what polls have found', () => {
  it('keeps the time at which the state has changed', () => {
    const state = recordingState();
    const running = { job: { ...givenJob(), state: 'RUNNING' } };
    applyJobState(state, running, T0 + SECOND);
    applyJobState(state, running, T0 + 2 * SECOND);
    expect(state.lastReconcile).toEqual({ state: 'RUNNING', at: T0 + SECOND });
  });
});

describe('whose job is it', () => {
  it('keeps events of unknown jobs only while a start has no response', () => {
    const state = startingState();
    takeEvent(state, plainEvents('stranger')[0], T0);
    adopt(state, givenJob('j1'), T0, T0);
    expect(eventsOf(state, 'stranger')).toBeUndefined();

    const ambiguous = startingState();
    addAmbiguousStart(ambiguous, { from: T0, until: T0 + 1000 });
    takeEvent(ambiguous, plainEvents('stranger')[0], T0);
    adopt(ambiguous, givenJob('j1'), T0, T0);
    expect(unidentifiedJobs(ambiguous)).toEqual(['stranger']);
    markForeign(ambiguous, 'stranger');
    expect(unidentifiedJobs(ambiguous)).toEqual([]);
    expect(takeEvent(ambiguous, plainEvents('stranger')[2], T0)).toBe(false);
  });

  it('exists only while a start has no response, and never for a job that is ours', () => {
    const state = startingState();
    for (const jobId of ['j1', 'j2', 'j3']) takeEvent(state, plainEvents(jobId)[0], T0);
    expect(unidentifiedJobs(state)).toEqual([]);

    addAmbiguousStart(state, { from: T0, until: T0 + 1000 });
    expect(unidentifiedJobs(state)).toEqual(['j1', 'j2', 'j3']);
    adopt(state, givenJob('j1'), T0, T0);
    state.extraJobs.push(givenJob('j3'));
    expect(unidentifiedJobs(state)).toEqual(['j2']);
  });

  it('is decided for one job at a time', () => {
    const state = startingState();
    addAmbiguousStart(state, { from: T0, until: T0 + 1000 });
    for (const jobId of ['j1', 'j2']) takeEvent(state, plainEvents(jobId)[0], T0);
    markForeign(state, 'j1');
    expect(unidentifiedJobs(state)).toEqual(['j2']);
  });

  it('is remembered of the last 50 jobs that were not ours', () => {
    const state = startingState();
    for (let n = 0; n <= 50; n++) markForeign(state, `other${n}`);
    expect(takeEvent(state, plainEvents('other1')[0], T0)).toBe(false);
    expect(takeEvent(state, plainEvents('other0')[0], T0)).toBe(true);
  });
});

describe('a new run', () => {
  it('has no participant, no output location and no job', () => {
    expect(newState()).toMatchObject({
      participantJoined: false,
      outputLocations: [],
      foreignJobs: [],
      jobEvents: [],
    });
  });

  it('has no settings until its input has been checked', () => {
    expect(() => settingsOf(newState())).toThrow('has not been checked');
    const state = recordingState();
    expect(settingsOf(state)).toBe(state.settings);
  });
});

describe('the warnings', () => {
  it('are kept once each, 2,000 at most', () => {
    const state = recordingState();
    const warnings = Array.from({ length: 2_001 }, (_, n) => `warning ${n}`);
    warn(state, 'warning 0', ...warnings);
    expect(state.warnings).toEqual(warnings.slice(0, 2_000));
  });
});

describe('the steps', () => {
  it('are listed in the order of their start, with their times', () => {
    const state = newState();
    endStep(beginStep(state, 'authenticate', T0), 'done', T0 + 1_000);
    endStep(beginStep(state, 'ensureApplication', T0 + 2_000), 'failed', T0 + 3_000);
    beginStep(state, 'ensureRecordRule', T0 + 4_000);
    expect(state.steps).toEqual([
      {
        step: 'authenticate',
        state: 'done',
        startedAt: '2026-01-01T12:00:00.000Z',
        endedAt: '2026-01-01T12:00:01.000Z',
      },
      {
        step: 'ensureApplication',
        state: 'failed',
        startedAt: '2026-01-01T12:00:02.000Z',
        endedAt: '2026-01-01T12:00:03.000Z',
      },
      { step: 'ensureRecordRule', state: 'running', startedAt: '2026-01-01T12:00:04.000Z' },
    ]);
  });

  it('keep their first start while they run, and start again after they ended', () => {
    const state = newState();
    const first = beginStep(state, 'authenticate', T0);
    beginStep(state, 'ensureApplication', T0);
    expect(beginStep(state, 'authenticate', T0 + 1_000)).toBe(first);
    endStep(first, 'done', T0 + 2_000);
    beginStep(state, 'authenticate', T0 + 3_000);
    expect(state.steps).toEqual([
      { step: 'ensureApplication', state: 'running', startedAt: '2026-01-01T12:00:00.000Z' },
      { step: 'authenticate', state: 'running', startedAt: '2026-01-01T12:00:03.000Z' },
    ]);
  });
});

describe('what one run passes to the next', () => {
  /** Names so long that the room for them is taken up before their number. */
  const longKeys = (job: string) => keysOf(400, 1_000).map((key) => `${job}/${key}`);

  it('is the number of all files, and no more names than fit', () => {
    const state = recordingState();
    state.extraJobs.push({ ...givenJob('j2'), state: 'RUNNING' });
    const shown = keysOf(2_100);
    for (const obsObject of shown) takeEvent(state, { ...fileEvent, obsObject }, T0);
    applyListings(state, shown);
    for (const jobId of ['j1', 'j2']) {
      for (const obsObject of longKeys(jobId)) takeEvent(state, { ...plainEvents(jobId)[1], obsObject }, T0);
    }

    // Twice: the next run hands on too.
    const once = stateForNextRun(state);
    for (const obsObject of longKeys('j3')) takeEvent(once, { ...fileEvent, obsObject }, T0);
    const twice = stateForNextRun(once);

    expect([foundCount(once), announcedCount(once)]).toEqual([2_100, 2_900 + 400]);
    expect([foundCount(twice), announcedCount(twice)]).toEqual([2_100, 3_300]);
    for (const { found, jobEvents } of [stateForNextRun(state), twice]) {
      expect(Object.keys(found)).toHaveLength(2_000);
      expect(bytesOf(jobEvents)).toBeLessThan(700 * 1024);
      expect(jobEvents.flatMap((one) => Object.keys(one.missing)).length).toBeGreaterThan(500);
    }
  });

  it('has those of the found files that a result shows: the first by name', () => {
    const keys = keysOf(2_100);
    const state = announced([...keys.slice(1_000).reverse(), ...keys.slice(0, 1_000)]);
    applyListings(state, keys);
    expect(Object.keys(stateForNextRun(state).found)).toEqual(keys.slice(0, 2_000).map((key) => `obsName/${key}`));
  });

  it('changes nothing in the result, wherever the events are cut', () => {
    const keys = keysOf(40);
    const events = fc.shuffledSubarray(keys, { minLength: 1 });
    const cuts = fc.array(fc.tuple(fc.nat(40), fc.boolean()), { maxLength: 5 });
    const bucket = fc.subarray(keys);
    fc.assert(
      fc.property(events, cuts, bucket, (order, runs, there) => {
        const straight = announced(order);
        let state = recordingState();
        order.forEach((obsObject, n) => {
          for (const [at, lookFirst] of runs) {
            if (at !== n) continue;
            if (lookFirst) applyListings(state, there);
            // As Temporal does it: only what JSON can hold comes through.
            state = JSON.parse(JSON.stringify(stateForNextRun(state))) as RecordingState;
          }
          takeEvent(state, { ...fileEvent, obsObject }, T0);
        });
        const end = buildResult(state, applyListings(state, there).listing);
        const wanted = buildResult(straight, applyListings(straight, there).listing);
        expect({ ...end, warnings: end.warnings.toSorted() }).toEqual({
          ...wanted,
          warnings: wanted.warnings.toSorted(),
        });
      }),
    );
  });
});
