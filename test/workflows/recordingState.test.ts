import { describe, expect, it } from 'vitest';
import { buildResult } from '../../src/workflows/ending.js';
import { takeEvent } from '../../src/workflows/events.js';
import {
  addExtraJob,
  adopt,
  beginStep,
  candidates,
  disown,
  endStep,
  mayBeRunning,
  newsOf,
  newState,
  noteAnswer,
  runningExtraJobs,
  settingsOf,
  stateSinceEnd,
  warn,
} from '../../src/workflows/recordingState.js';
import { givenJob, plainEvents, recordingState, startingState, T0 } from './given.js';

describe('whose job is it', () => {
  it('keeps news of unknown jobs only while a start is unanswered', () => {
    const state = startingState();
    takeEvent(state, plainEvents('stranger')[0], T0);
    adopt(state, givenJob('j1'), T0, T0);
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

  it('is a question only while a start is unanswered, and never of a job that is ours', () => {
    const state = startingState();
    for (const jobId of ['j1', 'j2', 'j3']) takeEvent(state, plainEvents(jobId)[0], T0);
    expect(candidates(state)).toEqual([]);

    state.unanswered.push({ from: T0, until: T0 + 1000 });
    expect(candidates(state)).toEqual(['j1', 'j2', 'j3']);
    adopt(state, givenJob('j1'), T0, T0);
    addExtraJob(state, givenJob('j3'));
    expect(candidates(state)).toEqual(['j2']);
  });

  it('is answered for one job at a time', () => {
    const state = startingState();
    state.unanswered.push({ from: T0, until: T0 + 1000 });
    for (const jobId of ['j1', 'j2']) takeEvent(state, plainEvents(jobId)[0], T0);
    disown(state, 'j1');
    expect(candidates(state)).toEqual(['j2']);
  });

  it('is remembered of the last 50 jobs that were not ours', () => {
    const state = startingState();
    for (let n = 0; n <= 50; n++) disown(state, `other${n}`);
    expect(takeEvent(state, plainEvents('other1')[0], T0)).toBe(false);
    expect(takeEvent(state, plainEvents('other0')[0], T0)).toBe(true);
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

  it('is not ours when the vendor has said so itself', () => {
    const state = recordingState();
    noteAnswer(state, { job: { ...givenJob(), state: 'STOPPED' } }, T0 + 5);
    expect(stateSinceEnd(state)).toBe('STOPPED');
    expect(mayBeRunning(state)).toBe(false);
  });

  it('is not told by an answer that is older than the end', () => {
    const state = recordingState();
    noteAnswer(state, { job: { ...givenJob(), state: 'RUNNING' } }, T0 + 4);
    takeEvent(state, plainEvents('j1')[2], T0 + 5);
    expect(stateSinceEnd(state)).toBeUndefined();
    expect(mayBeRunning(state)).toBe(false);
  });

  it('is ours again when the vendor contradicts the end that was told', () => {
    const state = recordingState();
    takeEvent(state, plainEvents('j1')[2], T0 + 5);
    noteAnswer(state, { job: { ...givenJob(), state: 'RUNNING' } }, T0 + 6);
    expect(mayBeRunning(state)).toBe(true);
  });
});

describe('a new run', () => {
  it('has seen no participant, no place and no job', () => {
    expect(newState()).toMatchObject({ participantJoined: false, places: [], strangers: [], news: [] });
  });

  it('has no settings to go by until its input has been checked', () => {
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
  it('are listed in the order in which they were begun, with their times', () => {
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

  it('go on from their first beginning while they run, and begin anew after they ended', () => {
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
