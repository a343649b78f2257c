import { describe, expect, it } from 'vitest';
import type { RecordedFile, RecordingResult } from '../../src/recording/result.js';
import { buildResult } from '../../src/workflows/ending.js';
import { takeEvent } from '../../src/workflows/events.js';
import { newState, noteAnswer } from '../../src/workflows/recordingState.js';
import { statusOf } from '../../src/workflows/status.js';
import { givenJob, plainEvents, recordingState, T0 } from './given.js';
import { announced, keysOf } from './looks.js';

const SECOND = 1_000;

describe('the status', () => {
  it('of a run that has just begun leaves out what is not known yet', () => {
    expect(statusOf(newState())).toStrictEqual({
      phase: 'preparing',
      steps: [],
      files: [],
      fileCount: 0,
      warnings: [],
    });
  });

  it('of a recording that is being stopped shows all that is known by then', () => {
    const state = recordingState();
    state.phase = 'stopping';
    state.steps = [{ step: 'recordingEvents', state: 'running', startedAt: '2026-01-01T12:00:00.000Z' }];
    state.asked = { by: 'maxDuration', at: T0 + 8 * SECOND };
    state.warnings = ['the callback URL was replaced'];
    takeEvent(state, plainEvents()[1], T0 + 5 * SECOND);
    noteAnswer(state, { job: { ...givenJob(), state: 'RUNNING' } }, T0 + 9 * SECOND);

    expect(statusOf(state)).toStrictEqual({
      phase: 'stopping',
      input: state.settings,
      steps: state.steps,
      appId: 'app1',
      ruleId: 'rule1',
      jobId: 'j1',
      streamName: 's_j1_room001_user001',
      startedAt: '2026-01-01T12:00:00.000Z',
      stopAskedBy: 'maxDuration',
      files: [
        {
          bucket: 'obsName',
          object: 'Record/s_j1_room001_user001_0.mp4',
          format: 'MP4',
          duration: 60,
          startTime: '2026-01-01T12:00:00Z',
          endTime: '2026-01-01T12:01:00Z',
          width: 1280,
          height: 720,
        },
      ],
      fileCount: 1,
      lastEvent: { eventType: 'RECORD_FILE_COMPLETE', at: '2026-01-01T12:00:05.000Z' },
      lastReconcile: { state: 'RUNNING', at: '2026-01-01T12:00:09.000Z' },
      warnings: ['the callback URL was replaced'],
    });
  });

  it('says that the vendor does not know the job', () => {
    const state = recordingState();
    noteAnswer(state, {}, T0);
    expect(statusOf(state).lastReconcile?.state).toBe('NOT FOUND');
  });

  it('names no stream where the vendor did not', () => {
    const state = recordingState();
    delete state.job?.streamName;
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
