import { describe, expect, it } from 'vitest';
import type { RecordedFile, RecordingResult } from '../../../src/contract/result.js';
import { STEPS } from '../../../src/contract/status.js';
import { takeEvent } from '../../../src/workflows/events.js';
import { buildResult } from '../../../src/workflows/result.js';
import {
  beginStep,
  endStep,
  jobOf,
  newState,
  applyJobState,
  requestStop,
  warn,
  type JobState,
  type RecordingState,
} from '../../../src/workflows/state.js';
import { detailsOf, statusOf } from '../../../src/workflows/visibility.js';
import { givenJob, plainEvents, recordingState, startingState, T0 } from '../../support/given.js';
import { announced, keysOf } from '../../support/listings.js';

const SECOND = 1_000;

describe('the status', () => {
  it('of a run that has just started leaves out what is not known yet', () => {
    expect(statusOf(newState())).toStrictEqual({
      phase: 'preparing',
      steps: [],
      files: [],
      parts: [],
      gaps: [],
      fileCount: 0,
      warnings: [],
    });
  });

  it('of a recording that is being stopped shows everything known so far', () => {
    const state = recordingState();
    state.phase = 'stopping';
    state.steps = [{ step: 'recordingEvents', state: 'running', startedAt: '2026-01-01T12:00:00.000Z' }];
    requestStop(state, 'maxDuration', T0 + 8 * SECOND);
    state.warnings = ['the callback URL was replaced'];
    takeEvent(state, plainEvents()[1], T0 + 5 * SECOND);
    applyJobState(state, { job: { ...givenJob(), state: 'RUNNING' } }, T0 + 9 * SECOND);

    expect(statusOf(state)).toStrictEqual({
      phase: 'stopping',
      input: state.settings,
      steps: state.steps,
      appId: 'app1',
      ruleId: 'rule1',
      jobId: 'j1',
      streamName: 's_j1_room001_user001',
      startedAt: '2026-01-01T12:00:00.000Z',
      stopRequestedBy: 'maxDuration',
      waitsFor: 'the end of the job, which was stopped by maxDuration',
      files: [
        {
          bucket: 'obsName',
          object: 'Record/s_j1_room001_user001_0.mp4',
          jobId: 'j1',
          format: 'MP4',
          duration: 60,
          startTime: '2026-01-01T12:00:00Z',
          endTime: '2026-01-01T12:01:00Z',
          width: 1280,
          height: 720,
        },
      ],
      parts: [{ jobId: 'j1', fileCount: 1 }],
      gaps: [],
      fileCount: 1,
      lastEvent: { eventType: 'RECORD_FILE_COMPLETE', at: '2026-01-01T12:00:05.000Z' },
      lastReconcile: { state: 'RUNNING', at: '2026-01-01T12:00:09.000Z' },
      warnings: ['the callback URL was replaced'],
    });
  });

  it('shows that SparkRTC does not know the job', () => {
    const state = recordingState();
    applyJobState(state, {}, T0);
    expect(statusOf(state).lastReconcile?.error).toBe('notFound');
  });

  it('names no stream if SparkRTC did not', () => {
    const state = recordingState();
    delete jobOf(state)?.streamName;
    expect(statusOf(state)).not.toHaveProperty('streamName');
  });

  it('shows at most 2,000 files and warnings before the end too, and counts all files', () => {
    const state = announced(keysOf(2_100));
    state.warnings = Array.from({ length: 2_100 }, (_, n) => `warning ${n}`);
    const status = statusOf(state);
    expect(status.files).toHaveLength(2_000);
    expect(status.warnings).toHaveLength(2_000);
    expect(status.fileCount).toBe(2_100);
  });

  it('after the end is that of the result: what was listed, not what was announced', () => {
    const state = recordingState();
    for (const event of plainEvents()) takeEvent(state, event, T0);
    const files: RecordedFile[] = [{ bucket: 'obsName', object: 'Record/other.mp4', format: 'MP4', size: 1 }];
    const result: RecordingResult = {
      ...buildResult(state),
      files,
      fileCount: 3,
      outcome: 'partial',
      warnings: ['a file is missing'],
    };
    state.result = result;
    expect(statusOf(state)).toMatchObject({
      files,
      fileCount: 3,
      warnings: ['a file is missing'],
      outcome: 'partial',
      endedBy: 'callback',
    });
  });
});

/** A recording whose job has run for a minute and announced its file. */
function midway(overrides: Partial<RecordingState> = {}): RecordingState {
  const state = recordingState({ reconcileInterval: '5 minutes', maxDuration: '1 hour' });
  endStep(beginStep(state, 'startIndividualStreamJob', T0 - 400), 'done', T0);
  beginStep(state, 'recordingEvents', T0);
  for (const event of plainEvents().slice(0, 2)) takeEvent(state, event, T0 + 60_000);
  return { ...state, phase: 'recording', ...overrides };
}

function endedAt(at: number): JobState {
  return {
    status: 'ended',
    triedAt: T0,
    ambiguous: [],
    job: givenJob(),
    startedAt: T0,
    by: 'callback',
    at,
    confirmed: false,
  };
}

function preparing(): RecordingState {
  const state = startingState();
  beginStep(state, 'ensureRecordRule', T0);
  return { ...state, phase: 'preparing' };
}

describe('the details in the Web UI', () => {
  it.each<[string, string, RecordingState]>([
    ['the input before anything is known of it', 'The input is being checked', newState()],
    ['the stream and the application', 'Camera of user001 in room001, rtctest: recording', midway()],
    ['a screen', 'Screen of user001', { ...startingState({ videoType: 'SCREENSTREAM' }), phase: 'preparing' }],
    ['the job and its stream', '**Job:** `j1`, stream `s_j1_room001_user001`', midway()],
    ['the files so far', '**Files:** 1 announced, 0 of them found in the bucket', midway()],
    ['the last event', '**Last event:** `RECORD_FILE_COMPLETE` at 2026-01-01 12:01:00 UTC', midway()],
    ['when a step began and how long it took', '- done · 6. Start the recording job · 11:59:59 · 0.4 s', midway()],
    ['what is under way', '- **running** · Record until the job has ended · 12:00:00', midway()],
    ['what ends it', '**Waits for:** the end of the job', midway()],
    [
      'that the job waits for its user',
      '**Waits for:** the user to publish in the room; no file was started yet',
      { ...recordingState(), phase: 'recording' },
    ],
    ['how often the vendor is polled', 'The job is polled every 300 s', midway()],
    ['when it is stopped', 'and stopped at 2026-01-01 13:00:00 UTC', midway()],
    [
      'what a poll last found',
      '**Last change of the job:** `RUNNING` at 2026-01-01 12:00:30 UTC',
      midway({ lastReconcile: { at: T0 + 30_000, state: 'RUNNING' } }),
    ],
    [
      'that the participant is waited for, and how long',
      'user001 to join room001, until 2026-01-01 13:00:00 UTC',
      { ...startingState({ maxDuration: '1 hour' }), phase: 'waitingForParticipant', waitingSince: T0 },
    ],
    [
      'a start without a response',
      'created by a start whose response was lost (1×)',
      {
        ...startingState(),
        phase: 'starting',
        job: { status: 'starting', triedAt: T0, ambiguous: [{ from: T0, until: T0 + 1 }] },
      },
    ],
    ['when it began', '**Started:** 2026-01-01 11:59:59 UTC', midway()],
    ['why it failed', '**Failure:** `JobRejected: no`', midway({ phase: 'failed', failure: 'JobRejected: no' })],
    ['the step that is under way before the job', 'step 3. Find or save', preparing()],
    [
      'who stopped it',
      'stopped by maxDuration',
      midway({ phase: 'stopping', stopRequested: { by: 'maxDuration', at: T0 } }),
    ],
    [
      'how long late files are waited for',
      'late events and files, until 2026-01-01 12:05:00 UTC',
      midway({ phase: 'settling', job: endedAt(T0) }),
    ],
  ])('tell %s', (_what, text, state) => {
    expect(detailsOf(state)).toContain(text);
  });

  it('show the outcome with its files when it has ended', () => {
    const state = midway({ job: endedAt(T0 + 60_000), phase: 'completed' });
    const files = Array.from({ length: 12 }, (_, n) => ({
      bucket: 'obsName',
      object: `Record/file${n}.mp4`,
      format: 'MP4' as const,
      size: 1000 + n,
    }));
    state.result = buildResult(state, { files, fileCount: 12, totalSize: 12_066, missing: [], warnings: [] });
    const details = detailsOf(state);
    expect(details).toContain('**Outcome:** **partial**, ended by callback');
    expect(details).toContain('**Files:** 12 in the bucket, 12066 bytes in all');
    expect(details).toContain('- `obsName/Record/file0.mp4`: 1000 bytes');
    expect(details).toContain('and 7 more');
    expect(details).not.toContain('file11.mp4');
    expect(details).toContain('Announced, but not in the bucket');
  });

  it('are never too long for the address in which the page passes them', () => {
    const long = 'x'.repeat(1024);
    const state = midway({ job: endedAt(T0 + 60_000), phase: 'completed' });
    STEPS.forEach((step) => endStep(beginStep(state, step, T0), 'done', T0));
    warn(state, ...Array.from({ length: 50 }, (_, n) => `${n}${long}`));
    jobOf(state)!.streamName = long;
    const file = { bucket: 'obsName', format: 'MP4', size: 2 ** 40, duration: 86_400 } as const;
    const files = Array.from({ length: 50 }, (_, n) => ({ ...file, object: `${n}${long}` }));
    state.result = buildResult(state, { files, fileCount: 50, totalSize: 2 ** 46, missing: [], warnings: [] });
    // nginx takes 8 kB for a whole request line.
    expect(encodeURIComponent(detailsOf(state)).length).toBeLessThan(7_000);
  });

  it('show texts of others without their markup', () => {
    const state = midway();
    jobOf(state)!.streamName = '`|\n# a heading <img src=x>';
    warn(state, 'one\n\n| two | `three`');
    const details = detailsOf(state);
    expect(details).toContain('stream ` # a heading <img src=x>`');
    expect(details).toContain('- `one two three `');
  });
});
