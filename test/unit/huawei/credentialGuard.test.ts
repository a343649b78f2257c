import { expect, it } from 'vitest';
import { CredentialGuard, type AttemptLimit } from '../../../src/huawei/credentialGuard.js';
import { ConnectionLostError, CredentialsRejectedError, StatusError } from '../../../src/huawei/errors.js';
import { failureOf } from './scriptedServer.js';

const MINUTE = 60_000;
const call = 'IAM POST /v3/auth/tokens';
const wrong = new StatusError('wrong password', { call, status: 401 });
const lost = new ConnectionLostError('lost', { call });

/** A guard, its clock, the calls of its limit, and how many requests were made. */
function given() {
  const world = { now: 1_000_000, requests: 0, reports: [] as string[] };
  const limit: AttemptLimit = {
    request: () => Promise.resolve(void world.reports.push('request')),
    report: (outcome) => Promise.resolve(void world.reports.push(outcome)),
  };
  const guard = new CredentialGuard({ limit, now: () => world.now });
  const attempt = (failure?: Error) =>
    guard.attempt(() => {
      world.requests++;
      return failure ? Promise.reject(failure) : Promise.resolve('token');
    });
  return { world, attempt };
}

it('makes no request for 15 minutes after a rejection, because more of them lock the account', async () => {
  const { world, attempt } = given();
  const rejected = await failureOf(attempt(wrong));
  expect(rejected).toBeInstanceOf(CredentialsRejectedError);
  expect(rejected).toMatchObject({ message: 'wrong password', status: 401, call });
  world.now += 15 * MINUTE - 1;
  expect(await failureOf(attempt())).toBe(rejected);
  expect(world.requests).toBe(1);
  world.now += 1;
  expect(await attempt()).toBe('token');
});

it('asks before each request whether it may, and reports how it ended', async () => {
  const { world, attempt } = given();
  await attempt();
  expect(await failureOf(attempt(lost))).toBe(lost);
  await failureOf(attempt(wrong));
  await failureOf(attempt());
  expect(world.reports).toEqual(['request', 'accepted', 'request', 'unknown', 'request', 'rejected']);
});
