import { describe, expect, it } from 'vitest';
import { describeInputProblems, recordingInputSchema } from '../../../src/contract/input.js';
import { seedInput } from '../../support/given.js';

const problems = (input: unknown): string => {
  const parsed = recordingInputSchema.safeParse(input);
  return parsed.success ? '' : describeInputProblems(parsed.error).join('\n');
};

describe('the input', () => {
  it('fills in the defaults and turns times into milliseconds', () => {
    const { appName, roomId, userId, recordRule } = seedInput;
    expect(recordingInputSchema.parse({ appName, roomId, userId, recordRule })).toMatchObject({
      videoType: 'CAMERASTREAM',
      isRecordAudio: true,
      maxIdleTime: 30,
      waitForParticipant: false,
      maxDuration: 86_400_000,
      reconcileInterval: 300_000,
      settleTimeout: 300_000,
    });
    expect(recordingInputSchema.parse({ ...seedInput, settleTimeout: 1_500 }).settleTimeout).toBe(1_500);
  });

  it.each([
    ['null', null, 'input'],
    ['a list', [], 'input'],
    ['a text', 'x', 'input'],
    ['no room', { ...seedInput, roomId: undefined }, 'roomId'],
    ['a path in the app', { ...seedInput, appName: 'a/../b' }, 'appName'],
    ['a colon in the user', { ...seedInput, userId: 'a:b' }, 'userId'],
    ['an idle time below 5 s', { ...seedInput, maxIdleTime: 2 }, 'maxIdleTime'],
    ['an unknown video type', { ...seedInput, videoType: 'HOLOGRAM' }, 'videoType'],
    ['an unknown field', { ...seedInput, surprise: 1 }, 'surprise: unknown field'],
    ['no time', { ...seedInput, maxDuration: '10 bananas' }, 'maxDuration: "10 bananas" is not a duration'],
    ['a negative time', { ...seedInput, settleTimeout: -1 }, 'settleTimeout'],
    ['an endless time', { ...seedInput, maxDuration: Infinity }, 'maxDuration'],
    ['no template', { ...seedInput, recordRule: null }, 'recordRule'],
    [
      'no format',
      { ...seedInput, recordRule: { ...seedInput.recordRule, recordFormats: [] } },
      'recordRule.recordFormats',
    ],
    ['two ways to say the size', { ...seedInput, selectStreamType: 'FHD' }, 'selectStreamType'],
    [
      'a cycle below a minute',
      { ...seedInput, recordRule: { ...seedInput.recordRule, mp4Config: { recordCycle: 59 } } },
      'recordRule.mp4Config.recordCycle',
    ],
  ])('names what is wrong with %s', (_what, input, named) => {
    expect(problems(input)).toContain(named);
  });

  it('names every field at once', () => {
    const text = problems({ ...seedInput, maxIdleTime: 2, videoType: 'HOLOGRAM', surprise: 1 });
    for (const name of ['maxIdleTime', 'videoType', 'surprise']) expect(text).toContain(name);
  });
});
