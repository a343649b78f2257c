import { describe, expect, it } from 'vitest';
import type { Listing } from '../../../src/contract/activityTypes.js';
import { listingRequest, applyListing } from '../../../src/workflows/announcedFiles.js';
import { takeEvent } from '../../../src/workflows/events.js';
import { buildResult, isComplete, isSettled } from '../../../src/workflows/result.js';
import {
  adopt,
  jobOf,
  newState,
  applyJobState,
  requestStop,
  addAmbiguousStart,
  type RecordingState,
} from '../../../src/workflows/state.js';
import { givenJob, plainEvents, recordingState, T0 } from '../../support/given.js';

const SECOND = 1_000;

function listingOf(objects: string[], rest: Partial<Listing> = {}): Listing {
  const files = objects.map((object) => ({ bucket: 'obsName', object, format: 'MP4', size: 10 }));
  return {
    files,
    fileCount: files.length,
    totalSize: 10 * files.length,
    missing: [],
    warnings: [],
    ...rest,
  };
}

/** Every event has come. */
function afterEvents(files: number): RecordingState {
  const state = recordingState();
  for (const event of plainEvents('j1', files)) takeEvent(state, event, T0 + SECOND);
  return state;
}

/** A poll has reported how the job ended, too. */
function over(files: number): RecordingState {
  const state = afterEvents(files);
  applyJobState(
    state,
    { job: { ...givenJob(), state: 'STOPPED', stopReason: 'EXCEED_MAX_IDLE_TIME' } },
    T0 + 2 * SECOND,
  );
  return state;
}

const key = (n: number) => `Record/s_j1_room001_user001_${n}.mp4`;

/** The state after a listing that showed this. */
function afterListing(state: RecordingState, listing: Listing): RecordingState {
  applyListing(state, listingRequest(state), listing);
  return state;
}

describe('is there nothing left to wait for', () => {
  it('is so when the end was reported, something was recorded and the bucket shows what was announced', () => {
    const listing = listingOf([key(0), key(1)]);
    expect(isSettled(afterListing(over(2), listing), listing)).toBe(true);
  });

  it('is so when only a poll found the end, and no file was started after the last complete one', () => {
    const listing = listingOf([key(0), key(1)]);
    const state = afterListing(over(2), listing);
    state.jobEvents[0]!.ended = false;
    expect(isSettled(state, listing)).toBe(true);
    takeEvent(state, plainEvents()[0], T0);
    expect(isSettled(state, listing)).toBe(false);
  });

  it.each<[string, (state: RecordingState) => Listing]>([
    ['an announced file is missing', () => listingOf([key(0)], { missing: [1] })],
    ['a file is there that was not announced', () => listingOf([key(0), key(1), key(2)])],
    [
      'a file was started and is not complete',
      (state) => (takeEvent(state, plainEvents()[0], T0), listingOf([key(0), key(1)])),
    ],
    [
      'no poll has reported how the job ended',
      (state) => (Object.assign(state, afterEvents(2)), listingOf([key(0), key(1)])),
    ],
    ['nothing was announced', (state) => ((state.jobEvents[0]!.missing = {}), listingOf([]))],
    [
      'no event of a second job of ours has come',
      (state) => (state.extraJobs.push(givenJob('j2')), listingOf([key(0), key(1)])),
    ],
    [
      'the end of a second job of ours was not reported',
      (state) => {
        state.extraJobs.push(givenJob('j2'));
        takeEvent(state, plainEvents('j2')[0], T0);
        return listingOf([key(0), key(1)]);
      },
    ],
    [
      'a job that may be ours has not been examined',
      (state) => {
        addAmbiguousStart(state, { from: T0, until: T0 + SECOND });
        takeEvent(state, plainEvents('j2')[0], T0);
        return listingOf([key(0), key(1)]);
      },
    ],
  ])('is not so when %s', (_why, arrange) => {
    const state = over(2);
    const listing = arrange(state);
    expect(isSettled(afterListing(state, listing), listing)).toBe(false);
  });

  it('is not so when a file was announced since the listing', () => {
    const listing = listingOf([key(0)]);
    const state = afterListing(over(1), listing);
    expect(isSettled(state, listing)).toBe(true);
    takeEvent(state, plainEvents('j1', 2)[2], T0);
    expect(isSettled(state, listing)).toBe(false);
  });

  it('may be so for the files before the reason of the end is known', () => {
    const listing = listingOf([key(0), key(1)]);
    const state = afterListing(afterEvents(2), listing);
    expect(isComplete(state, listing)).toBe(true);
    expect(isSettled(state, listing)).toBe(false);
    applyJobState(state, {}, T0 + 2 * SECOND);
    expect(isSettled(state, listing)).toBe(true);
  });
});

describe('the result', () => {
  it('has everything that is known about the recording', () => {
    const state = over(1);
    applyJobState(
      state,
      {
        job: {
          ...givenJob(),
          state: 'STOPPED',
          jobUniqueId: 'u1',
          startTime: '2026-01-01T12:00:00Z',
          stopTime: '2026-01-01T12:01:30Z',
          stopReason: 'TENANT_STOP',
        },
      },
      T0 + 3 * SECOND,
    );
    state.warnings = ['the callback URL was replaced'];
    const listing = listingOf([key(0)], { warnings: ['the folder holds more'] });
    expect(buildResult(afterListing(state, listing), listing)).toStrictEqual({
      outcome: 'recorded',
      endedBy: 'callback',
      files: [
        {
          bucket: 'obsName',
          object: key(0),
          format: 'MP4',
          size: 10,
          jobId: 'j1',
          duration: 60,
          startTime: '2026-01-01T12:00:00Z',
          endTime: '2026-01-01T12:01:00Z',
          width: 1280,
          height: 720,
        },
      ],
      fileCount: 1,
      totalSize: 10,
      parts: [
        {
          jobId: 'j1',
          startTime: '2026-01-01T12:00:00Z',
          stopTime: '2026-01-01T12:01:30Z',
          stopReason: 'TENANT_STOP',
          fileCount: 1,
        },
      ],
      gaps: [],
      warnings: ['the callback URL was replaced', 'the folder holds more'],
      appId: 'app1',
      ruleId: 'rule1',
      jobId: 'j1',
      jobUniqueId: 'u1',
      streamName: 's_j1_room001_user001',
      startTime: '2026-01-01T12:00:00Z',
      stopTime: '2026-01-01T12:01:30Z',
      stopReason: 'TENANT_STOP',
    });
  });

  it('leaves out what nothing reported', () => {
    const state = newState();
    adopt(state, { jobId: 'j1', state: 'RUNNING' }, T0, T0);
    expect(buildResult(state)).toStrictEqual({
      outcome: 'empty',
      endedBy: 'reconciliation',
      files: [],
      fileCount: 0,
      totalSize: 0,
      warnings: [],
      parts: [{ jobId: 'j1', fileCount: 0 }],
      gaps: [],
      jobId: 'j1',
    });
  });

  it('of a recording that was stopped before it had a job is empty', () => {
    const state = newState();
    requestStop(state, 'stop', T0);
    expect(buildResult(state)).toStrictEqual({
      outcome: 'empty',
      endedBy: 'stop',
      files: [],
      parts: [],
      gaps: [],
      fileCount: 0,
      totalSize: 0,
      warnings: [],
    });
  });

  it('shows of a file what its event reports, and no more', () => {
    const state = recordingState();
    takeEvent(state, { eventType: 'RECORD_FILE_COMPLETE', jobId: 'j1', obsBucket: 'obsName', obsObject: key(0) }, T0);
    const [file] = listingOf([key(0)]).files;
    expect(buildResult(state, listingOf([key(0)])).files).toStrictEqual([{ ...file, jobId: 'j1' }]);
  });

  it('knows an announced file whose bucket was not reported by its key', () => {
    const state = recordingState();
    takeEvent(state, { ...plainEvents()[1], obsBucket: undefined }, T0);
    const result = buildResult(state, listingOf([key(0), key(1)]));
    expect(result).toMatchObject({ outcome: 'recorded', warnings: [] });
    expect(result.files.map(({ duration }) => duration)).toEqual([60, undefined]);
  });

  it('names a missing file whose bucket was not reported', () => {
    const state = recordingState();
    takeEvent(state, { eventType: 'RECORD_FILE_COMPLETE', jobId: 'j1', obsObject: key(0) }, T0);
    expect(buildResult(state, listingOf([])).warnings).toEqual([
      expect.stringContaining(`(unknown bucket)/${key(0)}`),
    ]);
  });

  it('calls no file missing that was announced after the listing that showed it', () => {
    const listing = listingOf([key(0)]);
    const state = afterListing(recordingState(), listing);
    takeEvent(state, plainEvents()[1], T0);
    expect(buildResult(state, listing)).toMatchObject({
      outcome: 'recorded',
      warnings: [],
      files: [{ duration: 60 }],
    });
  });

  it('is recorded when every announced file was found, and has what the event reported', () => {
    const listing = listingOf([key(0)]);
    expect(buildResult(afterListing(over(1), listing), listing)).toMatchObject({
      outcome: 'recorded',
      endedBy: 'callback',
      files: [{ object: key(0), size: 10, duration: 60, width: 1280, height: 720, startTime: '2026-01-01T12:00:00Z' }],
      fileCount: 1,
      totalSize: 10,
      warnings: [],
      jobId: 'j1',
      stopReason: 'EXCEED_MAX_IDLE_TIME',
    });
  });

  it('is partial and names what is missing', () => {
    const listing = listingOf([key(0)], { missing: [1] });
    const result = buildResult(afterListing(over(2), listing), listing);
    expect(result.outcome).toBe('partial');
    expect(result.warnings).toEqual([`Announced, but not in the bucket: obsName/${key(1)}`]);
  });

  it('is partial after INTERNAL_ERROR, although every file is there', () => {
    const state = over(1);
    jobOf(state)!.stopReason = 'INTERNAL_ERROR';
    expect(buildResult(state, listingOf([key(0)]))).toMatchObject({
      outcome: 'partial',
      fileCount: 1,
      warnings: [expect.stringContaining('INTERNAL_ERROR')],
    });
  });

  it.each<[string, (state: RecordingState) => void]>([
    ['begun', (s) => void takeEvent(s, plainEvents()[0], T0)],
    ['announced without a name', (s) => void takeEvent(s, { jobId: 'j1', eventType: 'RECORD_FILE_COMPLETE' }, T0)],
    [
      'begun by a second job of ours',
      (s) => {
        s.extraJobs.push(givenJob('j2'));
        takeEvent(s, plainEvents('j2')[0], T0);
      },
    ],
  ])('is partial when a file was %s and none is to be found', (_what, arrange) => {
    const state = recordingState();
    arrange(state);
    expect(buildResult(state, listingOf([]))).toMatchObject({
      outcome: 'partial',
      warnings: [expect.stringContaining('none was found')],
    });
    expect(buildResult(state, listingOf([key(0)]))).toMatchObject({ outcome: 'recorded', warnings: [] });
  });

  it('is partial when more files were announced than could be looked for', () => {
    const state = recordingState();
    state.missingDropped = 7;
    expect(buildResult(state, listingOf([key(0)]))).toMatchObject({
      outcome: 'partial',
      warnings: [expect.stringMatching(/^7 more files/)],
    });
  });

  it('is empty when nothing was announced and nothing found, and recorded when only the bucket shows a file', () => {
    expect(buildResult(recordingState(), listingOf([])).outcome).toBe('empty');
    expect(buildResult(recordingState(), listingOf([key(0)])).outcome).toBe('recorded');
  });

  it('names the first request to stop as the reason of the end', () => {
    const state = recordingState();
    requestStop(state, 'maxDuration', T0);
    requestStop(state, 'stop', T0);
    expect(buildResult(state).endedBy).toBe('maxDuration');
  });

  it('names no request to stop that came after the end', () => {
    const state = over(1);
    requestStop(state, 'stop', T0);
    expect(buildResult(state).endedBy).toBe('callback');
  });

  it('warns if the vendor does not confirm the resolution, but not of a job without files', () => {
    const state = over(1);
    if ('job' in state.job) delete state.job.job.resolution;
    const warning = 'SparkRTC did not confirm the resolution 1280*720: the files may have another.';
    expect(buildResult(state, listingOf([key(1)])).warnings).toContain(warning);
    expect(buildResult(recordingState()).warnings).not.toContain(warning);
  });

  it.each<[string, object, string, RegExp[]]>([
    ['can be played', { media: { playable: true, duration: 60 } }, 'recorded', []],
    ['is a little shorter than announced', { media: { playable: true, duration: 58.1 } }, 'recorded', []],
    ['was not inspected', {}, 'recorded', []],
    [
      'cannot be played',
      { media: { playable: false, reason: 'it is cut' } },
      'partial',
      [/_0\.mp4 cannot be played: it is cut\.$/],
    ],
    [
      'is much shorter',
      { media: { playable: true, duration: 40 } },
      'recorded',
      [/lasts 40 s, but 60 s were announced/],
    ],
    ['is much longer', { media: { playable: true, duration: 120 } }, 'recorded', [/lasts 120 s, but 60 s/]],
    ['has another size', { size: 990 }, 'recorded', [/has 990 bytes, but 500 were announced/]],
    ['is an HLS playlist of another size', { size: 990, format: 'HLS' }, 'recorded', []],
  ])('of a file that %s', (_, found, outcome, warnings) => {
    const state = recordingState();
    for (const event of plainEvents('j1', 1)) takeEvent(state, { ...event, fileSize: 500 }, T0);
    const listing = listingOf([key(0)]);
    const files = listing.files.map((file) => ({ ...file, size: 500, ...found }));
    const result = buildResult(afterListing(state, listing), { ...listing, files });
    expect(result).toMatchObject({ outcome, warnings: warnings.map((text) => expect.stringMatching(text) as string) });
    expect(result.warnings).toHaveLength(warnings.length);
  });

  it('warns once of files of which nothing can be said, and of those beyond the list', () => {
    const listing = listingOf([key(0)], { fileCount: 2_500 });
    const inspected = { ...listing, unchecked: { count: 1, reason: 'OBS GET /obsName was rejected with 403.' } };
    const { outcome, warnings } = buildResult(recordingState(), inspected);
    expect(outcome).toBe('recorded');
    expect(warnings).toEqual([
      'Whether 1 of the files can be played is unknown: OBS GET /obsName was rejected with 403.',
      'Whether the last 2499 of the files can be played was not checked.',
    ]);
    expect(buildResult(recordingState({ checkMedia: false }), inspected).warnings).toEqual([]);
  });

  it('cuts files and warnings at 2,000 and still counts all', () => {
    const state = recordingState();
    state.warnings = Array.from({ length: 2500 }, (_, n) => `warning ${n}`);
    const many = Array.from({ length: 2500 }, (_, n) => key(n));
    const result = buildResult(state, listingOf(many));
    expect(result.files).toHaveLength(2000);
    expect(result.fileCount).toBe(2500);
    expect(result.warnings).toHaveLength(2000);
    expect(result.warnings.at(-1)).toBe('501 more warnings are left out.');
  });
});
