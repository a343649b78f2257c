import { describe, expect, it } from 'vitest';
import { UserLists } from '../../../src/activities/userLists.js';
import type { ParticipantPoll } from '../../../src/contract/activityTypes.js';
import { StatusError, TimeoutError } from '../../../src/huawei/errors.js';
import type { OnlineUsersRequest } from '../../../src/huawei/sparkrtc.js';

const SECOND = 1_000;
const NOW = Date.parse('2026-01-02T00:00:00Z');
const CALL = { call: 'SparkRTC GET /v1/{project_id}/rtc/users' };

const throttled = new StatusError('429', { ...CALL, status: 429 });
const forbidden = new StatusError('403', { ...CALL, status: 403 });
const lost = new TimeoutError('no response', CALL);

const pollFor = (userId: string, more: Partial<ParticipantPoll> = {}): ParticipantPoll => ({
  ...{ projectId: 'p1', appId: 'app1', roomId: 'room001', userId, until: 'present', recordingSince: NOW },
  ...more,
});

type Row = { roomId: string; uid: string; state?: string };

/** A vendor that lists these users, or fails, and a clock that the test moves. */
function given(respond: (nth: number, request: OnlineUsersRequest) => Row[] | Error) {
  const clock = { now: NOW };
  const requests: (OnlineUsersRequest & { at: number })[] = [];
  const lists = new UserLists(
    async (request) => {
      requests.push({ ...request, at: clock.now - NOW });
      const response = respond(requests.length, request);
      // As with a real request, others may ask meanwhile.
      await Promise.resolve();
      if (response instanceof Error) throw response;
      return response;
    },
    () => clock.now,
  );
  return { lists, clock, requests };
}

const online = (uid: string, roomId = 'room001'): Row => ({ roomId, uid, state: 'ONLINE' });

describe('the list of online users', () => {
  it('is requested once for all who are waited for, at most every 10 s for each application', async () => {
    const { lists, clock, requests } = given(() => [online('u2', 'room002')]);
    const ask = () =>
      Promise.all([
        lists.find(pollFor('u1')),
        lists.find(pollFor('u2', { roomId: 'room002' })),
        lists.find(pollFor('u3', { appId: 'app2' })),
      ]);
    await ask();
    clock.now += 9 * SECOND;
    const [first, second] = await ask();
    expect(first).toEqual({ last: { online: false, at: NOW }, retryIn: SECOND });
    expect(second).toEqual({ retryIn: SECOND });
    clock.now += SECOND;
    const [, later] = await ask();
    expect(later).toEqual({ last: { online: true, at: NOW + 10 * SECOND }, retryIn: 10 * SECOND });
    expect(requests.filter(({ appId }) => appId === 'app1')).toMatchObject([
      { at: 0, roomIds: ['room001'], userIds: ['u1'] },
      { at: 10 * SECOND, roomIds: ['room002', 'room001'], userIds: ['u2', 'u1'] },
    ]);
  });

  it('is shared while a request is in flight', async () => {
    const { lists, requests } = given(() => [online('u1')]);
    const findings = await Promise.all([lists.find(pollFor('u1')), lists.find(pollFor('u1'))]);
    expect(findings.map(({ last }) => last?.online)).toEqual([true, true]);
    expect(requests).toHaveLength(1);
  });

  it('shows a user as present to every poll, also to one that another has just left behind', async () => {
    const { lists, clock, requests } = given((nth) => (nth < 3 ? [] : [online('u1')]));
    await lists.find(pollFor('u1'));
    clock.now += 10 * SECOND;
    await lists.find(pollFor('u1', { until: 'absent' }));
    clock.now += 10 * SECOND;
    // The first poll's turn comes once more.
    const { last } = await lists.find(pollFor('u1', { until: 'absent' }));
    expect(last).toEqual({ online: true, at: clock.now });
    expect(requests).toHaveLength(3);
  });

  it.each<[string, Row[], boolean]>([
    ['is empty', [], false],
    ['has the user twice with other states', [{ ...online('u1'), state: 'OFFLINE' }, online('u1')], true],
    [
      'has the user offline only',
      [
        { ...online('u1'), state: 'OFFLINE' },
        { ...online('u1'), state: 'FAIL' },
      ],
      false,
    ],
    ['has the user in another room', [online('u1', 'room002')], false],
    ['has no state', [{ roomId: 'room001', uid: 'u1' }], false],
  ])('that %s', async (_what, rows, expected) => {
    const { lists } = given(() => rows);
    expect((await lists.find(pollFor('u1'))).last?.online).toBe(expected);
  });

  it('whose page is full says nothing of the users that are not on it', async () => {
    const { lists } = given(() => Array.from({ length: 100 }, (_, index) => online(`other${index}`)));
    expect(await lists.find(pollFor('u1'))).toEqual({ retryIn: 10 * SECOND });
  });

  it('is searched from well before the recording', async () => {
    const { lists, requests } = given(() => []);
    await lists.find(pollFor('u1', { until: 'absent' }));
    expect(requests[0]?.joinedSince).toBe(NOW - 7 * 24 * 3600 * SECOND);
  });

  it('is requested for one user alone if that decides an end, in turn with the others', async () => {
    const { lists, clock, requests } = given(() => []);
    for (let turn = 0; turn < 4; turn++) {
      await lists.find(pollFor('u1', { until: 'absent' }));
      await lists.find(pollFor('u2', { until: 'absent', roomId: 'room002' }));
      await lists.find(pollFor('u3'));
      await lists.find(pollFor('u4'));
      clock.now += 10 * SECOND;
    }
    expect(requests.map(({ userIds }) => userIds.join())).toEqual(['u1', 'u2', 'u3,u4', 'u1']);
  });

  it('is requested half as often after each 429, down to every 2 minutes, until it is read again', async () => {
    const { lists, clock, requests } = given((nth) => (nth <= 6 ? throttled : []));
    for (let second = 0; second < 560; second++) {
      await lists.find(pollFor('u1'));
      clock.now += SECOND;
    }
    const times = requests.map(({ at }) => at / SECOND);
    expect(times).toEqual([0, 20, 60, 140, 260, 380, 500, 510, 520, 530, 540, 550]);
  });

  it('is requested again after 10 s if there was no response', async () => {
    const { lists, clock, requests } = given((nth) => (nth === 1 ? lost : [online('u1')]));
    expect(await lists.find(pollFor('u1'))).toEqual({ error: lost, retryIn: 10 * SECOND });
    clock.now += 10 * SECOND;
    expect((await lists.find(pollFor('u1'))).last?.online).toBe(true);
    expect(requests).toHaveLength(2);
  });

  it('is not requested for other recordings either for 10 minutes after a rejection', async () => {
    const { lists, clock, requests } = given(() => forbidden);
    expect((await lists.find(pollFor('u1'))).error).toBe(forbidden);
    clock.now += 9 * 60 * SECOND;
    expect((await lists.find(pollFor('u2'))).error).toBe(forbidden);
    expect(requests).toHaveLength(1);
    clock.now += 2 * 60 * SECOND;
    await lists.find(pollFor('u2'));
    expect(requests).toHaveLength(2);
  });

  it('is no longer requested for users whom no one waits for', async () => {
    const { lists, clock, requests } = given(() => []);
    await lists.find(pollFor('gone'));
    for (let second = 0; second < 60; second++) {
      await lists.find(pollFor('u1'));
      clock.now += SECOND;
    }
    expect(requests.at(-1)?.userIds).toEqual(['u1']);
  });
});
