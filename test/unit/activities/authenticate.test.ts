import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { describe, expect, it, vi } from 'vitest';
import { authenticate, type Authentication } from '../../../src/activities/authenticate.js';
import { StatusError } from '../../../src/huawei/errors.js';
import type { TokenProvider } from '../../../src/huawei/tokenProvider.js';
import { recordingInputSchema } from '../../../src/contract/input.js';
import { seedInput } from '../../support/given.js';

const settings = recordingInputSchema.parse(seedInput);
const expiresAt = new Date('2026-01-02T00:00:00Z');

/** The activity with a token at hand or not, and a worker that remembers the other steps or not. */
function given({ isFresh = true, isRemembered = true }, get = vi.fn(() => Promise.resolve({ expiresAt }))) {
  const remembers = vi.fn(() => isRemembered);
  const tokens = { get, isFresh: () => isFresh } as unknown as TokenProvider;
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const run = (request: Authentication) => environment.run(authenticate(tokens, remembers), request);
  return { run, get, remembers };
}

describe('step 1', () => {
  it('tells until when the token lives, and not the token', async () => {
    const { run, remembers } = given({ isFresh: false, isRemembered: false });
    expect(await run({})).toStrictEqual({ expiresAt: '2026-01-02T00:00:00.000Z' });
    expect(remembers).not.toHaveBeenCalled();
  });

  it('can be limited to a worker that remembers the steps after it, for the same settings', async () => {
    const { run, remembers } = given({});
    expect(await run({ onlyIfRemembered: settings })).toStrictEqual({ expiresAt: '2026-01-02T00:00:00.000Z' });
    expect(remembers).toHaveBeenCalledWith(settings);
  });

  it.each([
    ['has no token at hand', { isFresh: false }],
    ['does not remember the steps after it', { isRemembered: false }],
  ])('then asks nobody where the worker %s', async (_what, worker) => {
    const { run, get } = given(worker);
    await expect(run({ onlyIfRemembered: settings })).rejects.toMatchObject({
      type: 'NotRemembered',
      nonRetryable: true,
    });
    expect(get).not.toHaveBeenCalled();
  });

  it('fails with what the retry policy does not repeat where the password is wrong', async () => {
    const error = new StatusError('Wrong password.', { call: 'IAM POST /v3/auth/tokens', status: 401 });
    const { run } = given(
      {},
      vi.fn(() => Promise.reject(error)),
    );
    await expect(run({})).rejects.toMatchObject({ type: 'AuthenticationFailed' });
  });
});
