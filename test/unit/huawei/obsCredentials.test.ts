import { describe, expect, it } from 'vitest';
import { ConnectionLostError, StatusError } from '../../../src/huawei/errors.js';
import type { IamClient, TemporaryKeys } from '../../../src/huawei/iam.js';
import { obsKeys } from '../../../src/huawei/obsCredentials.js';
import { TokenProvider } from '../../../src/huawei/tokenProvider.js';
import { failureOf } from './scriptedServer.js';

const MINUTE = 60_000;
const call = 'IAM POST /v3.0/OS-CREDENTIAL/securitytokens';

/** Keys of one hour, whose clock and failures a test sets. */
function keysOf(credentials: { accessKey?: string; secretKey?: string } = {}) {
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
  return { world, keys: obsKeys({ credentials, iam, tokens, now: () => world.now }) };
}

describe('obsKeys', () => {
  it('answers with the permanent keys where they are set', async () => {
    const { world, keys } = keysOf({ accessKey: 'AK', secretKey: 'SK' });
    expect(await keys()).toEqual({ accessKey: 'AK', secretKey: 'SK' });
    expect(world).toMatchObject({ asked: [], tokens: 0 });
  });

  it('asks for temporary keys once for all who ask at the same time', async () => {
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

  it('renews a refused token, once', async () => {
    const { world, keys } = keysOf();
    const refused = new StatusError('no', { call, status: 401 });
    world.failures.push(refused);
    expect(await keys()).toHaveProperty('accessKey', 'AK2');
    expect(world.asked).toEqual(['t1', 't2']);

    world.now += 60 * MINUTE;
    world.failures.push(refused, refused);
    expect(await failureOf(keys())).toBe(refused);
    expect(world.asked).toEqual(['t1', 't2', 't2', 't3']);
  });

  it('answers with others when one was refused, unless they are other ones already', async () => {
    const { keys } = keysOf();
    await keys();
    expect(await keys('AK1')).toHaveProperty('accessKey', 'AK2');
    expect(await keys('AK1')).toHaveProperty('accessKey', 'AK2');
  });

  it('asks anew after a failure', async () => {
    const { world, keys } = keysOf();
    const lost = new ConnectionLostError('lost', { call });
    world.failures.push(lost);
    expect(await failureOf(keys())).toBe(lost);
    expect(await keys()).toHaveProperty('accessKey', 'AK2');
  });
});
