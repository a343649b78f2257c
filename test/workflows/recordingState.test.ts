import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { announcedFiles, listingRequest } from '../../src/workflows/announcements.js';
import { buildResult } from '../../src/workflows/ending.js';
import { takeEvent } from '../../src/workflows/events.js';
import {
  addExtraJob,
  adopt,
  candidates,
  disown,
  mayBeRunning,
  newsOf,
  noteAnswer,
  runningExtraJobs,
  warn,
} from '../../src/workflows/recordingState.js';
import { statusOf } from '../../src/workflows/status.js';
import { givenJob, plainEvents, recordingState, startingState, T0 } from './given.js';

describe('taking an event', () => {
  it('counts the events that came before the job was known', () => {
    const state = startingState();
    for (const event of plainEvents()) takeEvent(state, event, T0 + 5);
    expect(state.over).toBeUndefined();

    adopt(state, givenJob(), T0, T0 + 10);

    expect(state.over).toEqual({ by: 'callback', at: T0 + 10 });
    expect([...announcedFiles(state).keys()]).toEqual(['obsName/Record/s_j1_room001_user001_0.mp4']);
  });

  it.each([
    ['another app', { appId: 'app2' }],
    ['another room', { roomId: 'room002' }],
    ['another job', { jobId: 'j2', streamName: 's_j2_room001_user001' }],
    ['an unknown type', { eventType: 'RTC_USER_ROLE_CHANGED' }],
    ['no job', { jobId: undefined, streamName: undefined }],
  ])('ignores an event of %s', (_what, change) => {
    const state = recordingState();
    const before = structuredClone({ ...state, news: [] });
    expect(takeEvent(state, { ...plainEvents()[2], ...change }, T0 + 5)).toBe(false);
    expect({ ...state, news: [] }).toEqual(before);
  });

  it('ignores whatever comes before the first try to start a job: it is of an earlier recording', () => {
    const state = startingState();
    delete state.startTriedAt;
    expect(takeEvent(state, plainEvents()[2], T0)).toBe(false);
  });

  it('takes both names of the end, and an event that names only our stream', () => {
    for (const change of [{ eventType: 'CLOUD_RECORD_SERVER_OVER' }, { jobId: undefined }]) {
      const state = recordingState();
      takeEvent(state, { ...plainEvents()[2], ...change }, T0 + 5);
      expect(state.over).toEqual({ by: 'callback', at: T0 + 5 });
    }
  });

  it('takes numeric ids as text', () => {
    const state = startingState({ roomId: '100' });
    adopt(state, { ...givenJob('7'), roomId: '100' }, T0, T0);
    expect(takeEvent(state, { eventType: 'CLOUD_RECORD_OVER', jobId: 7, roomId: 100 }, T0)).toBe(true);
  });

  it('never throws, whatever was sent', () => {
    fc.assert(
      fc.property(fc.anything(), (sent) => {
        const state = recordingState();
        takeEvent(state, sent, T0);
        expect(state.over).toBeUndefined();
      }),
    );
  });

  it('comes to the same in any order and with any repetition', () => {
    const events = plainEvents('j1', 3);
    const straight = recordingState();
    for (const event of events) takeEvent(straight, event, T0);
    const wanted = sorted(straight);

    const anyOrder = fc
      .tuple(
        fc.shuffledSubarray(events, { minLength: events.length }),
        fc.array(fc.constantFrom(...events), { maxLength: 10 }),
      )
      .map(([all, repeated]) => [...all, ...repeated]);
    fc.assert(
      fc.property(anyOrder, (received) => {
        const state = recordingState();
        for (const event of received) takeEvent(state, event, T0);
        expect(sorted(state)).toEqual(wanted);
      }),
    );
  });

  function sorted(state: ReturnType<typeof recordingState>) {
    return {
      news: newsOf(state, 'j1'),
      request: new Set(listingRequest(state).announced.map((file) => file.object)),
      over: state.over,
    };
  }
});

describe('whose job is it', () => {
  it('keeps news of unknown jobs only while a start is unanswered', () => {
    const state = startingState();
    takeEvent(state, plainEvents('stranger')[0], T0);
    adopt(state, givenJob('j1'), T0, T0);
    expect(candidates(state)).toEqual([]);
    expect(newsOf(state, 'stranger')).toBeUndefined();

    const unanswered = startingState();
    unanswered.unanswered.push({ from: T0, until: T0 + 1000 });
    takeEvent(unanswered, plainEvents('stranger')[0], T0);
    adopt(unanswered, givenJob('j1'), T0, T0);
    expect(candidates(unanswered)).toEqual(['stranger']);
    disown(unanswered, 'stranger');
    expect(candidates(unanswered)).toEqual([]);
    expect(takeEvent(unanswered, plainEvents('stranger')[2], T0)).toBe(false);
  });

  it('remembers at most 50 jobs that are not known to be ours', () => {
    const state = startingState();
    for (let n = 0; n < 80; n++) takeEvent(state, plainEvents(`other${n}`)[0], T0);
    expect(state.news).toHaveLength(50);
  });
});

describe('what the vendor answers', () => {
  it('ends the wait with STOPPED', () => {
    const state = recordingState();
    noteAnswer(state, { job: { ...givenJob(), state: 'STOPPED', stopReason: 'TENANT_STOP' } }, T0 + 9);
    expect(state.over).toEqual({ by: 'reconciliation', at: T0 + 9 });
    expect(state.job?.stopReason).toBe('TENANT_STOP');
  });

  it('takes one 404 for a mistake and three in a row for the end', () => {
    const state = recordingState();
    noteAnswer(state, {}, T0 + 1);
    noteAnswer(state, {}, T0 + 2);
    noteAnswer(state, { job: { ...givenJob(), state: 'RUNNING' } }, T0 + 3);
    noteAnswer(state, {}, T0 + 4);
    noteAnswer(state, {}, T0 + 5);
    expect(state.over).toBeUndefined();
    noteAnswer(state, {}, T0 + 6);
    expect(state.over).toEqual({ by: 'reconciliation', at: T0 + 6 });
    expect(buildResult(state).warnings.join()).toContain('does not know job j1');
  });

  it('lets a stop be sent again when the job runs on', () => {
    const state = recordingState();
    state.stop = { sentAt: T0, questions: 0 };
    for (let n = 1; n <= 2; n++) noteAnswer(state, { job: { ...givenJob(), state: 'RUNNING' } }, T0 + n);
    expect(state.stop).toBeDefined();
    noteAnswer(state, { job: { ...givenJob(), state: 'RUNNING' } }, T0 + 3);
    expect(state.stop).toBeUndefined();
  });
});

describe('which jobs may be running still', () => {
  it('is ours until its end is known, and every extra one that nobody saw ending', () => {
    const state = recordingState();
    state.unanswered.push({ from: T0, until: T0 + 1000 });
    const extra = { ...givenJob('j2'), state: 'RUNNING' };
    addExtraJob(state, extra);
    expect(mayBeRunning(state)).toBe(true);
    expect(runningExtraJobs(state)).toEqual([extra]);

    takeEvent(state, plainEvents('j1')[2], T0 + 5);
    extra.state = 'STOPPED';
    expect(mayBeRunning(state)).toBe(false);
    expect(runningExtraJobs(state)).toEqual([]);
  });

  it('is ours again when the vendor contradicts the end that was told', () => {
    const state = recordingState();
    takeEvent(state, plainEvents('j1')[2], T0 + 5);
    noteAnswer(state, { job: { ...givenJob(), state: 'RUNNING' } }, T0 + 6);
    expect(mayBeRunning(state)).toBe(true);
  });
});

describe('the status', () => {
  it('shows what is known, and every warning once', () => {
    const state = recordingState();
    takeEvent(state, plainEvents()[1], T0 + 5);
    warn(state, 'one', 'two', 'one');
    expect(statusOf(state)).toMatchObject({
      jobId: 'j1',
      fileCount: 1,
      files: [{ object: 'Record/s_j1_room001_user001_0.mp4', duration: 60 }],
      lastEvent: { eventType: 'RECORD_FILE_COMPLETE', at: '2026-01-01T12:00:00.005Z' },
      warnings: ['one', 'two'],
    });
  });
});
