import type { SimulatorOptions } from '../../../simulator/options.js';
import { Simulator } from '../../../simulator/simulator.js';
import { certify, type CertifyOptions } from '../../../src/certify/certify.js';
import { freePort } from '../../support/freePort.js';
import { SharedTime } from './sharedTime.js';

export const PASSWORD = 'canary-password-of-certify';
export const PUBLISHER = { roomId: 'canary-room-of-someone', userId: 'canary-user-of-someone' };
const PROJECT = 'canary0project0of0certify0000000';

/** No one comes by himself. */
export const SCENE: SimulatorOptions = { autoPublish: false };

/** What a run without a switch of its own identifies: short, and unlike the simulator's defaults. */
export const BASE: SimulatorOptions = { initDelayMs: 2_000, callbackTimeoutMs: 250, callbackRetryDelaysMs: [60, 120] };

/** A run with a simulator of its own, which is stopped at its end: what it has seen can still be read. */
export async function certified(
  options: SimulatorOptions,
  overrides: Partial<CertifyOptions> = {},
  hooks: { prepare?: (simulator: Simulator) => void; onRequestEnd?: () => void } = {},
) {
  const time = new SharedTime();
  const startedAt = time.ofCertify.now();
  const simulator = await Simulator.start(
    { password: PASSWORD, ...SCENE, ...BASE, ...options, time: time.ofSimulator },
    hooks.onRequestEnd,
  );
  simulator.joinRoom(PUBLISHER.roomId, PUBLISHER.userId);
  hooks.prepare?.(simulator);
  const port = await freePort();
  const callbackUrl = overrides.callbackUrl ?? `http://127.0.0.1:${port}/callback`;
  for (const url of [simulator.url, callbackUrl]) time.watch(url);
  const report = await certify({
    account: {
      credentials: { userName: 'username', password: PASSWORD, domainName: 'domainname' },
      ...{ iamEndpoint: simulator.url, sparkRtcEndpoint: simulator.url },
    },
    ...{ callbackUrl, host: '127.0.0.1', port },
    place: { bucket: 'obsName', location: 'cn-north-4', projectId: PROJECT },
    publisher: PUBLISHER,
    signal: new AbortController().signal,
    time: time.ofCertify,
    ...overrides,
  }).finally(async () => {
    time.stop();
    await simulator.stop();
  });
  return { simulator, report, seconds: (time.ofCertify.now() - startedAt) / 1_000 };
}
