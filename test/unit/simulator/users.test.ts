import { describe, expect, it, onTestFinished } from 'vitest';
import type { SimulatorOptions } from '../../../simulator/options.js';
import { Simulator } from '../../../simulator/simulator.js';
import { createHuaweiClients } from '../../../src/huawei/clients.js';

async function given(options: SimulatorOptions = {}) {
  const simulator = await Simulator.start({ timeScale: 1000, ...options });
  const { sparkRtc, close } = createHuaweiClients({
    credentials: { userName: 'username', password: 'simulator-password', domainName: 'domainname' },
    iamEndpoint: simulator.url,
    sparkRtcEndpoint: simulator.url,
  });
  onTestFinished(async () => {
    await close();
    await simulator.stop();
  });
  const { appId } = await sparkRtc.createApp('rtctest');
  const list = (sinceHours = 24, room = 'room001') =>
    sparkRtc.listOnlineUsers({
      projectId: '0'.repeat(32),
      appId,
      roomIds: [room, 'room002'],
      userIds: ['user001'],
      joinedSince: simulator.clock.now() - sinceHours * 3_600_000,
    });
  return { simulator, list };
}

describe('the simulator lists users', () => {
  it('who are online, by room and user, and our client keeps nothing else of them', async () => {
    const { simulator, list } = await given();
    expect(await list()).toEqual([]);
    simulator.joinRoom('room001', 'user001');
    simulator.joinRoom('room001', 'user002');
    expect(await list()).toEqual([{ roomId: 'room001', uid: 'user001', state: 'ONLINE' }]);
    expect(await list(24, 'room003')).toEqual([]);
    simulator.leaveRoom('room001', 'user001');
    expect(await list()).toEqual([]);
  });

  it('late, if so configured', async () => {
    const { simulator, list } = await given({ usersListDelayMs: 3_600_000 });
    simulator.joinRoom('room001', 'user001');
    expect(await list()).toEqual([]);
    await expect.poll(() => list(), { timeout: 10_000 }).toHaveLength(1);
  });

  it.each([
    ['rejected', { status: 403, errorCode: 'DATA.100011001' }],
    ['throttled', { status: 429, errorCode: 'APIGW.0308' }],
  ] as const)('not at all when it is %s', async (usersList, error) => {
    const { list } = await given({ usersList });
    await expect(list()).rejects.toMatchObject(error);
  });
});
