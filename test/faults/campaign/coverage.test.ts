import { expect, it } from 'vitest';
import type { RecordedFile } from '../../../simulator/recorder.js';
import type { JobResponse } from '../../../simulator/job.js';
import type { RecordingResult } from '../../../src/client.js';
import { coverageOf } from './coverage.js';
import type { CellFacts, End } from './facts.js';
import { planRecording } from './plan.js';

const T0 = Date.parse('2026-01-01T00:00:00Z');
const at = (seconds: number) => T0 + seconds * 1000;
const iso = (seconds: number) => new Date(at(seconds)).toISOString();
const plan = { ...planRecording(1, 0), roomId: 'room', userId: 'user' };

/** `j1` is broken off after 10 s, `j2` is created 2 s later, records from 13 s on, and ends after 40 s. */
const gap = { from: iso(10), to: iso(12), reason: 'INTERNAL_ERROR' };

function job(jobId: string, stop: number): JobResponse {
  return { job_id: jobId, stream_name: `s_${jobId}_room_user`, stop_time: iso(stop) } as JobResponse;
}

function file(jobId: string, from: number, to: number, key?: string): RecordedFile {
  const streamName = `s_${jobId}_room_user`;
  return { streamName, format: 'MP4', from: at(from), to: at(to), ...(key !== undefined && { key }) };
}

function ended(objects: string[], gaps = [gap]): End {
  const files = objects.map((object) => ({ object }));
  const parts = [{ jobId: 'j1' }, { jobId: 'j2' }].slice(0, gaps.length + 1);
  return { kind: 'completed', result: { parts, gaps, files } as RecordingResult };
}

const stay = (joined: number, left?: number) => ({
  ...{ roomId: 'room', userId: 'user', joinedAt: at(joined) },
  ...(left !== undefined && { leftAt: at(left) }),
});

const facts: Pick<CellFacts, 'sessions' | 'recordedFiles' | 'jobs'> = {
  sessions: [stay(0, 40)],
  recordedFiles: [file('j1', 1, 6, 'a'), file('j1', 6, 10), file('j2', 13, 40, 'b')],
  jobs: [job('j1', 10), job('j2', 40)],
};

type Case = [what: string, changes: Partial<typeof facts>, end: End, expected: unknown];

it.each<Case>([
  ['the time between two parts', {}, ended(['a', 'b']), { live: 39, lost: [[10, 13]], unexplained: [] }],
  ['nothing of a recording in one part', {}, ended(['a'], []), { live: 0, lost: [], unexplained: [] }],
  ['nothing of one that was cancelled', {}, { kind: 'cancelled' }, { live: 0, lost: [], unexplained: [] }],
  [
    'no time in which the user was not live',
    { sessions: [stay(0, 11), stay(12, 40)] },
    ended(['a', 'b']),
    { live: 38, lost: [[10, 11, 12, 13]], unexplained: [] },
  ],
  [
    'time once, although the user has two sessions, and one without an end',
    { sessions: [stay(0, 30), stay(5)] },
    ended(['a', 'b']),
    { live: 39, lost: [[10, 13]], unexplained: [] },
  ],
  [
    'no time of other users and rooms',
    {
      sessions: [
        { ...stay(0), userId: 'other' },
        { ...stay(0), roomId: 'other' },
      ],
    },
    ended(['a', 'b']),
    { live: 0, lost: [[]], unexplained: [] },
  ],
  ['a file that the result does not name', {}, ended(['a']), { live: 39, lost: [[]], unexplained: [[10, 40]] }],
  [
    'what one format holds and the other does not',
    { recordedFiles: [...facts.recordedFiles, { ...file('j2', 11, 20, 'c'), format: 'HLS' as const }] },
    ended(['a', 'b', 'c']),
    { live: 39, lost: [[10, 11]], unexplained: [] },
  ],
  [
    'what another job of the recording holds',
    { recordedFiles: [...facts.recordedFiles, file('j3', 11, 20, 'c')] },
    ended(['a', 'b', 'c']),
    { live: 39, lost: [[10, 11]], unexplained: [] },
  ],
  [
    'time that is in no gap, but for its edges',
    { recordedFiles: [file('j1', 0, 6, 'a'), file('j2', 17.5, 40, 'b')] },
    ended(['a', 'b']),
    { live: 40, lost: [[]], unexplained: [[6, 17.5]] },
  ],
  [
    'the time until its last job has ended',
    { recordedFiles: [file('j1', 0, 10, 'a')], jobs: [job('j1', 10), job('j2', 14)] },
    ended(['a']),
    { live: 14, lost: [[10, 14]], unexplained: [] },
  ],
])('counts %s', (_what, changes, end, expected) => {
  const { live, lost, unexplained } = coverageOf({ ...facts, ...changes }, { plan, end });
  const seconds = ({ from, to }: { from: number; to: number }) => [(from - T0) / 1000, (to - T0) / 1000];
  expect({
    live: live / 1000,
    lost: lost.map((all) => all.flatMap(seconds)),
    unexplained: unexplained.map(seconds),
  }).toEqual(expected);
});
