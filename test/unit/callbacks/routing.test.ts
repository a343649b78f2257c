import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { route } from '../../../src/callbacks/routing.js';

const ids = (key: string) => ({ kind: 'workflows', ids: [`recording:${key}:camera`, `recording:${key}:screen`] });

describe('route', () => {
  it.each([
    ['the seed’s example', 'rtctest', 's_607f_room001_user001', '607f', 'room001', 'rtctest:room001:user001'],
    ['ids that hold "_"', 'app', 's_j_1_a_b_c_d', 'j_1', 'a_b', 'app:a_b:c_d'],
    ['a user that looks like the room', 'app', 's_j_r_r', 'j', 'r', 'app:r:r'],
    ['a user that begins with "_"', 'app', 's_j_r__u', 'j', 'r', 'app:r:_u'],
    ['numbers', 'app', 's_12_100_7', '12', '100', 'app:100:7'],
  ])('finds camera and screen: %s', (_what, appName, streamName, jobId, roomId, key) => {
    expect(route(appName, { streamName, jobId, roomId })).toEqual(ids(key));
  });

  it.each([
    ['a shape of its own', { streamName: 'x_j_room001', jobId: 'j', roomId: 'room001' }],
    ['another room’s stream', { streamName: 's_j_room002_user001', jobId: 'j', roomId: 'room001' }],
    ['another job’s stream', { streamName: 's_other_room001_user001', jobId: 'j', roomId: 'room001' }],
    ['no stream name', { jobId: 'j', roomId: 'room001' }],
    ['no job', { streamName: 's_undefined_room001_user001', roomId: 'room001' }],
  ])('searches the room for a stream of another shape: %s', (_what, event) => {
    expect(route('rtctest', event)).toEqual({ kind: 'search', prefix: 'recording:rtctest:room001:' });
  });

  it.each([
    ['a mixed recording', { streamName: 'm_j_room001', jobId: 'j' }],
    ['a mixed recording of another job', { streamName: 'm_other_room001' }],
    ['an automatic one', { streamName: '5ff9_room001_user001_av_m', jobId: 'j' }],
    ['an automatic one with one audio', { streamName: '5ff9_room001_user001_v_a' }],
  ])('searches nothing for a stream that is never ours: %s', (_what, event) => {
    const reason = expect.stringContaining('a mixed or an automatic recording') as string;
    expect(route('rtctest', { ...event, roomId: 'room001' })).toEqual({ kind: 'unrouted', reason });
  });

  it('takes a user whose id ends like an automatic recording for ours', () => {
    const event = { streamName: 's_j_room001_user_av_m', jobId: 'j', roomId: 'room001' };
    expect(route('rtctest', event)).toEqual(ids('rtctest:room001:user_av_m'));
    expect(route('rtctest', { ...event, jobId: 'other' })).toMatchObject({ kind: 'search' });
  });

  it.each([
    ['no room', 'rtctest', { streamName: 's_j_r_u', jobId: 'j' }, 'no room'],
    ['a room that is no id', 'rtctest', { streamName: 's_j_r_u', jobId: 'j', roomId: 'r" OR "1"="1' }, 'no room'],
    ['a room of 65 characters', 'rtctest', { roomId: 'r'.repeat(65) }, 'no room'],
    ['no user', 'rtctest', { streamName: 's_j_r_', jobId: 'j', roomId: 'r' }, 'no user'],
    ['a user that is no id', 'rtctest', { streamName: 's_j_r_a:b', jobId: 'j', roomId: 'r' }, 'no user'],
    ['no application', '', { streamName: 's_j_r_u', jobId: 'j', roomId: 'r' }, 'no application'],
    ['an application that is no name', 'a/../b', { streamName: 's_j_r_u', jobId: 'j', roomId: 'r' }, 'no application'],
  ])('gives up and says why: %s', (_what, appName, event, why) => {
    expect(route(appName, event)).toEqual({ kind: 'unrouted', reason: expect.stringContaining(why) as string });
  });

  it('finds the recording that the stream’s name was made of, whatever its ids', () => {
    const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
    fc.assert(
      fc.property(id, id, id, id, (appName, roomId, userId, jobId) => {
        const streamName = `s_${jobId}_${roomId}_${userId}`;
        expect(route(appName, { streamName, jobId, roomId })).toEqual(ids(`${appName}:${roomId}:${userId}`));
      }),
    );
  });

  it('leads to no workflow outside the scheme, nor to another application’s, whatever URL and body say', () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.string({ unit: fc.constantFrom('a', '_', '-', ':', '"', '%', '*', '\\', '\n', ' '), maxLength: 8 }),
      fc.constantFrom('room001', 'user001', 'recording:x:y:z:camera', 'x" OR "1"="1', 'é'),
    );
    const streamName = (jobId: string, roomId: string) =>
      fc.oneof(
        part,
        part.map((userId) => `s_${jobId}_${roomId}_${userId}`),
      );
    const event = fc
      .tuple(part, part)
      .chain(([jobId, roomId]) =>
        fc.record({ jobId: fc.constant(jobId), roomId: fc.constant(roomId), streamName: streamName(jobId, roomId) }),
      );
    const id = '[A-Za-z0-9_-]{1,64}';
    const fates = new Set<string>();
    fc.assert(
      fc.property(part, event, (appName, sent) => {
        const target = route(appName, sent);
        if (target.kind === 'unrouted') return;
        const names = target.kind === 'workflows' ? target.ids : [`${target.prefix}u:camera`];
        const scheme = new RegExp(`^recording:(${id}):${id}:${id}:(camera|screen)$`);
        for (const name of names) expect([name, scheme.exec(name)?.[1]]).toEqual([name, appName]);
        fates.add(target.kind);
      }),
      { numRuns: 3_000 },
    );
    // Both were tried, and not all was rejected.
    expect([...fates].sort()).toEqual(['search', 'workflows']);
  });
});
