import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DEFAULT_TASK_QUEUE,
  ID_PATTERN,
  jobsTaskQueue,
  WORKFLOW_TYPE,
  workflowIdOf,
  workflowIdPrefix,
} from '../../../src/contract/workflowId.js';

const key = { appName: 'rtctest', roomId: 'room001', userId: 'user001' };

describe('the names that callers rely on', () => {
  it.each([
    ['the type of the workflow', WORKFLOW_TYPE, 'singleStreamRecording'],
    ['the task queue', DEFAULT_TASK_QUEUE, 'single-stream-recording'],
    ['the task queue of the jobs', jobsTaskQueue('recordings'), 'recordings-jobs'],
    [
      'the id of a camera’s recording',
      workflowIdOf({ ...key, videoType: 'CAMERASTREAM' }),
      'recording:rtctest:room001:user001:camera',
    ],
    [
      'the id of a screen’s recording',
      workflowIdOf({ ...key, videoType: 'SCREENSTREAM' }),
      'recording:rtctest:room001:user001:screen',
    ],
    ['what the ids of a room begin with', workflowIdPrefix('rtctest', 'room001'), 'recording:rtctest:room001:'],
  ])('%s', (_what, name, expected) => {
    expect(name).toBe(expected);
  });
});

describe('an id', () => {
  it.each(['a', 'Z', '0', '_', '-', 'room_001-B', 'x'.repeat(64)])('may be %s', (id) => {
    expect(id).toMatch(ID_PATTERN);
  });

  it.each(['', 'x'.repeat(65), 'a b', ' a', 'a\n', 'a:b', 'a/b', 'é', '录', 'a"b'])('may not be %j', (id) => {
    expect(id).not.toMatch(ID_PATTERN);
  });

  it('cannot make two recordings one', () => {
    // So few and short ones that parts which run together would meet.
    const id = fc.stringMatching(/^[a_-]{1,2}$/);
    const keys = fc.record({
      appName: id,
      roomId: id,
      userId: id,
      videoType: fc.constantFrom('CAMERASTREAM' as const, 'SCREENSTREAM' as const),
    });
    fc.assert(
      fc.property(keys, keys, (one, other) => {
        const same = Object.values(one).join() === Object.values(other).join();
        expect(workflowIdOf(one) === workflowIdOf(other)).toBe(same);
      }),
    );
  });
});
