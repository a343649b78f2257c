import { describe, expect, it } from 'vitest';
import { ConnectionLostError, StatusError } from '../../../src/huawei/errors.js';
import type { IamClient, TemporaryKeys } from '../../../src/huawei/iam.js';
import { temporaryKeys } from '../../../src/huawei/obsCredentials.js';
import { TokenProvider } from '../../../src/huawei/tokenProvider.js';
import { failureOf } from './scriptedServer.js';

const MINUTE = 60_000;
const call = 'IAM POST /v3.0/OS-CREDENTIAL/securitytokens';

/** Keys of one hour, whose clock and failures a test sets. */
function keysOf() {
  const world = { now: 1_000_000, asked: [] as string[], failures: [] as Error[], tokens: 0 };
  const iam: Pick<IamClient, 'issueTemporaryKeys'> = {
    issueTemporaryKeys: async (token): Promise<TemporaryKeys> => {
      world.asked.push(token);
      await Promise.resolve();
      const failure = world.failures.shift();
      if (failure) throw failure;
      const accessKey = `AK${world.asked.length}`;
      return { accessKey, secretKey: 's', securityToken: 'st', expiresAt: new Date(world.now + 60 * MINUTE) };
    },
  };
  const tokens = new TokenProvider({
    issue: () => Promise.resolve({ token: `t${++world.tokens}`, expiresAt: new Date(world.now + 1440 * MINUTE) }),
    now: () => world.now,
  });
  return { world, keys: temporaryKeys({ iam, tokens, now: () => world.now }) };
}

describe('temporaryKeys', () => {
  it('requests temporary keys once for all who ask at the same time', async () => {
    const { world, keys } = keysOf();
    const got = await Promise.all([keys(), keys(), keys()]);
    expect(got.map(({ accessKey }) => accessKey)).toEqual(['AK1', 'AK1', 'AK1']);
    expect(world.asked).toEqual(['t1']);
  });

  it('renews them ten minutes before they expire', async () => {
    const { world, keys } = keysOf();
    await keys();
    world.now += 50 * MINUTE - 1;
    expect(await keys()).toHaveProperty('accessKey', 'AK1');
    world.now += 1;
    expect(await keys()).toHaveProperty('accessKey', 'AK2');
  });

  it('renews a rejected token, once', async () => {
    const { world, keys } = keysOf();
    const rejected = new StatusError('no', { call, status: 401 });
    world.failures.push(rejected);
    expect(await keys()).toHaveProperty('accessKey', 'AK2');
    expect(world.asked).toEqual(['t1', 't2']);

    world.now += 60 * MINUTE;
    world.failures.push(rejected, rejected);
    expect(await failureOf(keys())).toBe(rejected);
    expect(world.asked).toEqual(['t1', 't2', 't2', 't3']);
  });

  it('responds with others when one was rejected, unless they are other ones already', async () => {
    const { keys } = keysOf();
    await keys();
    expect(await keys('AK1')).toHaveProperty('accessKey', 'AK2');
    expect(await keys('AK1')).toHaveProperty('accessKey', 'AK2');
  });

  it('asks again after a failure', async () => {
    const { world, keys } = keysOf();
    const lost = new ConnectionLostError('lost', { call });
    world.failures.push(lost);
    expect(await failureOf(keys())).toBe(lost);
    expect(await keys()).toHaveProperty('accessKey', 'AK2');
  });
});
