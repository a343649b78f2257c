import { describe, expect, it } from 'vitest';
import type { Job } from '../../../src/contract/activityTypes.js';
import type { RecordingInput } from '../../../src/contract/input.js';
import {
  beginNextPart,
  endWithLastPart,
  gapsOf,
  isGivenUp,
  partsOf,
  pauseBeforeNextPart,
  shouldResume,
} from '../../../src/workflows/parts.js';
import { buildResult } from '../../../src/workflows/result.js';
import {
  adopt,
  applyJobState,
  jobOf,
  ourJobs,
  requestStop,
  type RecordingState,
} from '../../../src/workflows/state.js';
import { takeEvent } from '../../../src/workflows/events.js';
import { statusOf } from '../../../src/workflows/visibility.js';
import { givenJob, plainEvents, recordingState, T0 } from '../../support/given.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const vendorTime = (at: number) => new Date(at).toISOString();

/** The vendor confirms that the job has ended. */
function end(state: RecordingState, at: number, overrides: Partial<Job> = {}): void {
  const job = { ...jobOf(state)!, state: 'STOPPED', stopReason: 'INTERNAL_ERROR', stopTime: vendorTime(at) };
  applyJobState(state, { job: { ...job, ...overrides } }, at);
}

function begin(state: RecordingState, jobId: string, at: number): void {
  beginNextPart(state, at);
  adopt(state, { ...givenJob(jobId), startTime: vendorTime(at) }, at, at);
}

/** Jobs of these lengths (milliseconds), one after another; each was broken off. */
function brokenAfter(lengths: number[], input: Partial<RecordingInput> = {}): RecordingState {
  const state = recordingState({ maxDuration: '30 days', ...input });
  jobOf(state)!.startTime = vendorTime(T0);
  let now = T0;
  lengths.forEach((length, index) => {
    if (index > 0) begin(state, `j${index + 1}`, now);
    end(state, (now += length));
  });
  return state;
}

describe('a job that has ended', () => {
  it.each<[string, boolean, (state: RecordingState) => void, Partial<RecordingInput>?]>([
    ['was broken off', true, (s) => end(s, T0 + MINUTE)],
    ['was broken off, and an event came before', true, (s) => (over(s), end(s, T0 + MINUTE))],
    ['is known only by an event', false, (s) => over(s)],
    ['is still recording', false, () => undefined],
    ['was stopped by someone else', false, (s) => end(s, T0 + MINUTE, { stopReason: 'TENANT_STOP' })],
    ['was ended by the idle limit', false, (s) => end(s, T0 + MINUTE, { stopReason: 'EXCEED_MAX_IDLE_TIME' })],
    ['is not known any more', false, (s) => applyJobState(s, {}, T0 + MINUTE)],
    ['was broken off while it was to be stopped', false, (s) => (requestStop(s, 'stop', T0), end(s, T0 + MINUTE))],
    ['was broken off, and the stop came late', false, (s) => (over(s), requestStop(s, 'stop', T0), end(s, T0))],
    ['was broken off after a contradiction', true, (s) => (over(s), contradict(s), end(s, T0 + MINUTE))],
    ['was broken off at maxDuration', false, (s) => end(s, T0 + 2 * MINUTE), { maxDuration: '1 minute' }],
    ['was broken off, and that is an end', false, (s) => end(s, T0 + MINUTE), { resumeAfterError: false }],
  ])('is followed by another one? It %s: %s', (_what, expected, arrange, input) => {
    const state = recordingState(input);
    arrange(state);
    const now = state.job.status === 'ended' ? state.job.at : T0;
    expect(shouldResume(state, now)).toBe(expected);
    expect(isGivenUp(state)).toBe(false);
  });

  const over = (state: RecordingState) => takeEvent(state, plainEvents().at(-1), T0);
  const contradict = (state: RecordingState) =>
    applyJobState(state, { job: { ...jobOf(state)!, state: 'RUNNING' } }, T0);
});

describe('the pause before the next part', () => {
  it.each<[string, number[], number | undefined]>([
    ['the first one', [SECOND], 0],
    ['two in a row', [SECOND, SECOND], 5],
    ['three', [SECOND, SECOND, SECOND], 15],
    ['four', Array<number>(4).fill(SECOND), 45],
    ['five', Array<number>(5).fill(SECOND), 120],
    ['ten', Array<number>(10).fill(SECOND), 120],
    ['eleven: there is no next one', Array<number>(11).fill(SECOND), undefined],
    ['a long one', [10 * MINUTE], 0],
    ['a long one after short ones', [SECOND, SECOND, SECOND, 10 * MINUTE], 0],
    ['a short one after a long one', [10 * MINUTE, SECOND], 5],
    ['one that is not long enough', [SECOND, 10 * MINUTE - SECOND], 5],
    ['a long one after ten', [...Array<number>(10).fill(SECOND), 10 * MINUTE], 0],
  ])('is right after %s', (_what, lengths, seconds) => {
    const state = brokenAfter(lengths);
    expect(pauseBeforeNextPart(state)).toBe(seconds === undefined ? undefined : seconds * SECOND);
    expect(isGivenUp(state)).toBe(seconds === undefined);
  });

  it('counts the time of the vendor, not that of a late poll', () => {
    const state = brokenAfter([SECOND]);
    begin(state, 'j2', T0 + MINUTE);
    end(state, T0 + 30 * MINUTE, { stopTime: vendorTime(T0 + 2 * MINUTE) });
    expect(pauseBeforeNextPart(state)).toBe(5 * SECOND);
  });

  it('ends with the last of very many parts, so that the state stays small', () => {
    const state = brokenAfter(Array<number>(500).fill(10 * MINUTE));
    expect(state.parts).toHaveLength(499);
    expect(isGivenUp(state)).toBe(true);
  });
});

describe('the parts of a recording', () => {
  it('have the gaps between them, by the times of the vendor', () => {
    const state = brokenAfter([MINUTE]);
    begin(state, 'j2', T0 + 63 * SECOND);
    end(state, T0 + 5 * MINUTE, { stopReason: 'EXCEED_MAX_IDLE_TIME' });
    expect(partsOf(state, [{ jobId: 'j1' }, { jobId: 'j2' }, { jobId: 'j2' }, {}])).toEqual([
      {
        ...{ jobId: 'j1', startTime: vendorTime(T0), stopTime: vendorTime(T0 + MINUTE) },
        ...{ stopReason: 'INTERNAL_ERROR', fileCount: 1 },
      },
      {
        ...{ jobId: 'j2', startTime: vendorTime(T0 + 63 * SECOND), stopTime: vendorTime(T0 + 5 * MINUTE) },
        ...{ stopReason: 'EXCEED_MAX_IDLE_TIME', fileCount: 2 },
      },
    ]);
    expect(gapsOf(state)).toEqual([
      { from: vendorTime(T0 + MINUTE), to: vendorTime(T0 + 63 * SECOND), reason: 'INTERNAL_ERROR' },
    ]);
  });

  it('have a gap by our own times where the vendor gives none', () => {
    const state = recordingState();
    end(state, T0 + MINUTE);
    delete jobOf(state)!.stopTime;
    beginNextPart(state, T0 + MINUTE);
    expect(gapsOf(state)).toEqual([]);
    adopt(state, givenJob('j2'), T0 + 61 * SECOND, T0 + 61 * SECOND);
    expect(gapsOf(state)).toEqual([
      { from: vendorTime(T0 + MINUTE), to: vendorTime(T0 + 61 * SECOND), reason: 'INTERNAL_ERROR' },
    ]);
  });

  it('keep their events and their files, whichever comes last', () => {
    const state = brokenAfter([MINUTE]);
    begin(state, 'j2', T0 + 61 * SECOND);
    for (const event of [...plainEvents('j2'), ...plainEvents('j1')]) takeEvent(state, event, T0 + 5 * MINUTE);
    end(state, T0 + 5 * MINUTE, { stopReason: 'TENANT_STOP' });
    expect(statusOf(state)).toMatchObject({
      jobId: 'j2',
      startedAt: vendorTime(T0),
      files: [{ jobId: 'j2' }, { jobId: 'j1' }],
      parts: [
        { jobId: 'j1', fileCount: 1 },
        { jobId: 'j2', fileCount: 1 },
      ],
    });
    // Not announced: the stream's name in the key tells whose it is.
    const file = { bucket: 'obsName', object: 'Record/s_j1_room001_user001_9.mp4', format: 'MP4', size: 1 };
    const listing = { files: [file], fileCount: 1, totalSize: 1, missing: [], warnings: [] };
    expect(buildResult(state, listing)).toMatchObject({
      outcome: 'partial',
      jobId: 'j2',
      stopReason: 'TENANT_STOP',
      files: [{ jobId: 'j1' }],
      parts: [{ fileCount: 1 }, { fileCount: 0 }],
      gaps: [{}],
    });
  });

  it('show in the status that the next one is awaited, and the stop ends that', () => {
    const state = brokenAfter([SECOND, SECOND]);
    beginNextPart(state, T0 + MINUTE);
    state.phase = 'waitingForNextPart';
    expect(statusOf(state)).toMatchObject({
      waitsFor: expect.stringContaining('at 2026-01-01 12:01:05 UTC') as string,
    });
    requestStop(state, 'stop', T0 + MINUTE);
    endWithLastPart(state);
    expect(buildResult(state)).toMatchObject({ outcome: 'partial', endedBy: 'stop', jobId: 'j2', parts: [{}, {}] });
    expect(ourJobs(state).map(({ jobId }) => jobId)).toEqual(['j2', 'j1']);
    expect(shouldResume(state, T0 + MINUTE)).toBe(false);
  });
});
