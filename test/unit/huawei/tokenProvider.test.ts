import { describe, expect, it } from 'vitest';
import { ConnectionLostError, CredentialsRejectedError, StatusError } from '../../../src/huawei/errors.js';
import type { Token } from '../../../src/huawei/iam.js';
import { TokenProvider } from '../../../src/huawei/tokenProvider.js';
import { failureOf } from './scriptedServer.js';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const call = 'IAM POST /v3/auth/tokens';
const rejected = new StatusError('wrong password', { call, status: 401 });
const lost = new ConnectionLostError('lost', { call });

/** A provider whose tokens t1, t2, … live as long as given, and whose clock and failures a test sets. */
function providerOf(lifetime = 24 * HOUR) {
  const world = { now: 1_000_000, issued: 0, failure: undefined as Error | undefined };
  const issue = async (): Promise<Token> => {
    world.issued++;
    await Promise.resolve();
    if (world.failure) throw world.failure;
    return { token: `t${world.issued}`, expiresAt: new Date(world.now + lifetime) };
  };
  return { world, tokens: new TokenProvider({ issue, now: () => world.now }) };
}

describe('get', () => {
  it('asks once for all who ask at the same time', async () => {
    const { tokens, world } = providerOf();
    const got = await Promise.all(Array.from({ length: 50 }, () => tokens.get()));
    expect(new Set(got.map(({ token }) => token))).toEqual(new Set(['t1']));
    expect(world.issued).toBe(1);
  });

  it('responds all who ask at the same time with the one failure, and asks again afterwards', async () => {
    const { tokens, world } = providerOf();
    world.failure = lost;
    expect(await Promise.all([failureOf(tokens.get()), failureOf(tokens.get())])).toEqual([lost, lost]);
    expect(world.issued).toBe(1);
    world.failure = undefined;
    expect(await tokens.get()).toHaveProperty('token', 't2');
  });

  it.each([
    ['an hour before the end', 24 * HOUR, 23 * HOUR],
    ['when a tenth of a short life is left', 30 * MINUTE, 27 * MINUTE],
  ])('renews %s', async (_, lifetime, renewal) => {
    const { tokens, world } = providerOf(lifetime);
    await tokens.get();
    world.now += renewal - 1;
    expect(await tokens.get()).toHaveProperty('token', 't1');
    world.now += 1;
    expect(await tokens.get()).toHaveProperty('token', 't2');
  });

  it('uses the old token while an early renewal fails temporarily, and tries again a minute later', async () => {
    const { tokens, world } = providerOf();
    await tokens.get();
    world.now += 23 * HOUR;
    world.failure = lost;
    expect(await tokens.get()).toHaveProperty('token', 't1');
    expect(await tokens.get()).toHaveProperty('token', 't1');
    expect(world.issued).toBe(2);
    world.now += MINUTE;
    world.failure = undefined;
    expect(await tokens.get()).toHaveProperty('token', 't3');
  });

  it('does not continue with an old token that has expired, or that was rejected meanwhile', async () => {
    const { tokens, world } = providerOf();
    await tokens.get();
    world.now += 24 * HOUR;
    world.failure = lost;
    expect(await failureOf(tokens.get())).toBe(lost);

    const other = providerOf();
    await other.tokens.get();
    other.world.now += 23 * HOUR;
    other.world.failure = lost;
    const renewal = failureOf(other.tokens.get());
    other.tokens.invalidate('t1');
    expect(await renewal).toBe(lost);
  });

  it('uses the old token while the password may not be tried, because those of other workers are rejected', async () => {
    const { tokens, world } = providerOf();
    await tokens.get();
    world.now += 23 * HOUR;
    world.failure = new CredentialsRejectedError('not tried', { call });
    expect(await tokens.get()).toHaveProperty('token', 't1');
    world.now += HOUR;
    expect(await failureOf(tokens.get())).toBe(world.failure);
  });

  it('does not continue with the old token when the password is rejected', async () => {
    const { tokens, world } = providerOf();
    await tokens.get();
    world.now += 23 * HOUR;
    world.failure = rejected;
    expect(await failureOf(tokens.get())).toBe(rejected);
  });
});

describe('invalidate', () => {
  it('drops this very token', async () => {
    const { tokens } = providerOf();
    await tokens.get();
    tokens.invalidate('t1');
    expect(await tokens.get()).toHaveProperty('token', 't2');
  });

  it('leaves a newer one alone', async () => {
    const { tokens } = providerOf();
    await tokens.get();
    tokens.invalidate('t1');
    await tokens.get();
    tokens.invalidate('t1');
    expect(await tokens.get()).toHaveProperty('token', 't2');
  });
});
