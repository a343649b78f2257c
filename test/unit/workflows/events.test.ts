import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { announcedFiles, listingRequest } from '../../../src/workflows/announcedFiles.js';
import { takeEvent } from '../../../src/workflows/events.js';
import {
  adopt,
  unidentifiedJobs,
  isRecording,
  jobOf,
  eventsOf,
  addAmbiguousStart,
  type RecordingState,
} from '../../../src/workflows/state.js';
import { givenJob, plainEvents, recordingState, startingState, T0 } from '../../support/given.js';

const start = (state: RecordingState, seconds: number, recordFormat = 'MP4') =>
  takeEvent(
    state,
    { eventType: 'RECORD_NEW_FILE_START', jobId: 'j1', ...(recordFormat && { recordFormat }) },
    T0 + seconds * 1_000,
  );
const complete = (state: RecordingState) => takeEvent(state, plainEvents()[1], T0);

describe('taking an event', () => {
  it('counts the events that came before the job was known', () => {
    const state = startingState();
    for (const event of plainEvents()) takeEvent(state, event, T0 + 5);
    expect(state.job.status).toBe('starting');

    adopt(state, givenJob(), T0, T0 + 10);

    expect(state.job).toMatchObject({ status: 'ended', by: 'callback', at: T0 + 10 });
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
    const before = structuredClone({ ...state, jobEvents: [] });
    expect(takeEvent(state, { ...plainEvents()[2], ...change }, T0 + 5)).toBe(false);
    expect({ ...state, jobEvents: [] }).toEqual(before);
  });

  it('ignores what comes before the first start of a job: it belongs to an earlier recording', () => {
    const state = startingState();
    state.job = { status: 'notStarted' };
    expect(takeEvent(state, plainEvents()[2], T0)).toBe(false);
  });

  it('accepts both types of end events, and an event that names only our stream', () => {
    for (const change of [{ eventType: 'CLOUD_RECORD_SERVER_OVER' }, { jobId: undefined }]) {
      const state = recordingState();
      takeEvent(state, { ...plainEvents()[2], ...change }, T0 + 5);
      expect(state.job).toMatchObject({ status: 'ended', by: 'callback', at: T0 + 5 });
    }
  });

  it('leaves no trace of an event without a type', () => {
    const state = recordingState();
    const before = structuredClone(state);
    expect(takeEvent(state, { ...plainEvents()[0], eventType: undefined }, T0 + 5)).toBe(false);
    expect(state).toEqual(before);
  });

  it('does not treat a started file as complete, even if it is named', () => {
    const state = recordingState();
    takeEvent(state, { ...plainEvents()[1], eventType: 'RECORD_NEW_FILE_START' }, T0);
    expect(eventsOf(state, 'j1')).toMatchObject({
      fileStarted: true,
      unnamedFile: false,
      ended: false,
      missing: {},
    });
  });

  it('notes a complete file without a name, and nothing else', () => {
    const state = recordingState();
    takeEvent(state, { eventType: 'RECORD_FILE_COMPLETE', jobId: 'j1' }, T0);
    expect(eventsOf(state, 'j1')).toEqual({
      jobId: 'j1',
      fileStarted: false,
      unnamedFile: true,
      ended: false,
      openFiles: [],
      lastFileEvent: { complete: true, at: T0 },
      streamNames: [],
      missing: {},
    });
  });

  it.each<[string, (state: RecordingState) => void, number]>([
    [
      'the next one has started before the event of the complete one',
      (s) => (start(s, 0), start(s, 60), complete(s)),
      1,
    ],
    ['the start is repeated at once', (s) => (start(s, 0), start(s, 20), complete(s)), 0],
    ['the complete file is repeated', (s) => (start(s, 0), complete(s), start(s, 60), complete(s)), 1],
    ['one of two formats is complete', (s) => (start(s, 0), start(s, 0, 'HLS'), complete(s)), 1],
    ['the start does not name its format', (s) => (start(s, 0, ''), complete(s)), 0],
  ])('knows whether a file is open when %s', (_when, arrange, open) => {
    const state = recordingState();
    arrange(state);
    expect(eventsOf(state, 'j1')?.openFiles).toHaveLength(open);
  });

  it('takes numeric ids as text', () => {
    const state = startingState({ roomId: '100' });
    adopt(state, { ...givenJob('7'), roomId: '100' }, T0, T0);
    expect(takeEvent(state, { eventType: 'CLOUD_RECORD_OVER', jobId: 7, roomId: 100 }, T0)).toBe(true);
  });

  it.each([
    ['a text that is too long', { obsObject: 'k'.repeat(1025) }, []],
    ['a text of the greatest length', { obsObject: 'k'.repeat(1024) }, [{ object: 'k'.repeat(1024) }]],
    ['an amount that is a text', { obsObject: 'k', recordDuration: '60' }, [{ object: 'k' }]],
    ['an amount that is none', { obsObject: 'k', width: NaN, height: Infinity }, [{ object: 'k' }]],
    ['an amount of 0', { obsObject: 'k', width: 0 }, [{ object: 'k', width: 0 }]],
  ])('keeps a field only if it is of the right kind: %s', (_what, fields, files) => {
    const state = recordingState();
    takeEvent(state, { eventType: 'RECORD_FILE_COMPLETE', jobId: 'j1', ...fields }, T0);
    expect([...announcedFiles(state).values()]).toStrictEqual(files.map((file) => ({ jobId: 'j1', ...file })));
  });

  it('never throws, whatever was sent', () => {
    fc.assert(
      fc.property(fc.anything(), (sent) => {
        const state = recordingState();
        takeEvent(state, sent, T0);
        expect(state.job.status).toBe('recording');
      }),
      { examples: [[undefined], [null], [7], ['CLOUD_RECORD_OVER'], [['CLOUD_RECORD_OVER']]] },
    );
  });

  it('leads to the same state in any order and with any repetition', () => {
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
      // Which file event came last is the one thing that the order decides.
      events: { ...eventsOf(state, 'j1'), openFiles: [], lastFileEvent: undefined },
      request: new Set(listingRequest(state).announced.map((file) => file.object)),
      job: state.job,
    };
  }
});

describe('which job an event is of', () => {
  const over = { eventType: 'CLOUD_RECORD_OVER' };

  it('is known by its job id alone, if app, room and stream are missing', () => {
    const state = recordingState();
    expect(takeEvent(state, { ...over, jobId: 'j1' }, T0)).toBe(true);
    expect(eventsOf(state, 'j1')?.ended).toBe(true);
  });

  it('is known by the name of our stream if the job id is missing or empty', () => {
    for (const jobId of [undefined, '']) {
      const state = recordingState();
      expect(takeEvent(state, { ...over, jobId, streamName: 's_j1_room001_user001' }, T0)).toBe(true);
    }
  });

  it('is known by the name of its stream before the start is acknowledged', () => {
    const state = startingState();
    expect(takeEvent(state, { ...over, streamName: 's_j_2_room001_user001' }, T0)).toBe(true);
    expect(eventsOf(state, 'j_2')?.ended).toBe(true);
  });

  it('is unknown when it names the stream of another job than the one that records', () => {
    const recording = recordingState();
    const nameless = recordingState();
    delete jobOf(nameless)?.streamName;
    for (const state of [recording, nameless]) {
      expect(takeEvent(state, { ...over, streamName: 's_j2_room001_user001' }, T0)).toBe(false);
      expect(state.jobEvents).toEqual([]);
    }
  });

  it.each([
    ['names the stream of another user', { streamName: 's_j2_room001_user002' }],
    ['names the stream of another room', { streamName: 's_j2_room002_user001' }],
    ['names a stream without a job', { streamName: 's__room001_user001' }],
    ['names a stream of another shape', { streamName: 'm_j2_room001' }],
    ['names nothing', {}],
  ])('is unknown when it %s', (_what, names) => {
    const recording = recordingState();
    const nameless = recordingState();
    delete jobOf(nameless)?.streamName;
    for (const state of [startingState(), recording, nameless]) {
      expect(takeEvent(state, { ...over, ...names }, T0)).toBe(false);
      expect(state.jobEvents).toEqual([]);
    }
  });

  it('may be one of ours that does not record', () => {
    const state = recordingState();
    state.extraJobs.push({ ...givenJob('j2'), state: 'RUNNING' });
    expect(takeEvent(state, { ...over, jobId: 'j2' }, T0)).toBe(true);
    expect(eventsOf(state, 'j2')?.ended).toBe(true);
    expect(isRecording(state)).toBe(true);
  });

  it('may be one that is not known yet, as long as a start has no response', () => {
    const state = recordingState();
    expect(takeEvent(state, { ...over, jobId: 'j2' }, T0)).toBe(false);
    addAmbiguousStart(state, { from: T0, until: T0 + 1_000 });
    expect(takeEvent(state, { ...over, jobId: 'j2' }, T0)).toBe(true);
    expect(unidentifiedJobs(state)).toEqual(['j2']);
  });
});

describe('what is kept of the events', () => {
  it('is at most 50 jobs that are not known to be ours, and ours besides', () => {
    const state = startingState();
    addAmbiguousStart(state, { from: T0, until: T0 + 1_000 });
    for (let n = 0; n < 80; n++) takeEvent(state, plainEvents(`other${n}`)[0], T0);
    expect(state.jobEvents).toHaveLength(50);

    adopt(state, givenJob('j1'), T0, T0);
    expect(takeEvent(state, plainEvents('other80')[0], T0)).toBe(false);
    expect(takeEvent(state, plainEvents('j1')[2], T0)).toBe(true);
    expect(state.job.status).toBe('ended');
  });

  it('leaves room for 50 unknown jobs beside those of many earlier parts', () => {
    const state = recordingState();
    for (let part = 0; part < 60; part++) {
      const job = { ...givenJob(`part${part}`), stopReason: 'INTERNAL_ERROR' };
      state.parts.push({ status: 'ended', by: 'callback', at: T0, confirmed: true, triedAt: T0, startedAt: T0, job });
      takeEvent(state, plainEvents(`part${part}`)[0], T0);
    }
    addAmbiguousStart(state, { from: T0, until: T0 + 1_000 });
    for (let n = 0; n < 80; n++) takeEvent(state, plainEvents(`other${n}`)[0], T0);
    expect(unidentifiedJobs(state)).toHaveLength(50);
  });

  it('is at most 10 names of the streams of a job, each once', () => {
    const state = recordingState();
    const names = Array.from({ length: 12 }, (_, n) => `s_j1_room001_user00${n}`);
    for (const streamName of [...names, ...names]) takeEvent(state, { ...plainEvents()[0], streamName }, T0);
    expect(eventsOf(state, 'j1')?.streamNames).toEqual(names.slice(0, 10));
  });
});
