import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { describe, expect, it, vi } from 'vitest';
import { authenticate } from '../../../src/activities/authenticate.js';
import { CredentialsRejectedError } from '../../../src/huawei/errors.js';
import { recordingInputSchema } from '../../../src/contract/input.js';
import { seedInput } from '../../support/given.js';

const settings = recordingInputSchema.parse(seedInput);
const expiresAt = new Date('2026-01-02T00:00:00Z');

/** The activity with a token at hand or not, and a worker that remembers the other steps or not. */
function given(
  { isProven = true, isRemembered = true },
  prove: () => Promise<{ expiresAt?: Date }> = vi.fn(() => Promise.resolve({ expiresAt })),
) {
  const remembers = vi.fn(() => isRemembered);
  const authenticator = { prove, isProven: () => isProven };
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const run = (request: Parameters<ReturnType<typeof authenticate>>[0]) =>
    environment.run(authenticate(authenticator, remembers), request);
  return { run, prove, remembers };
}

describe('step 1', () => {
  it('tells until when the token lives, and not the token', async () => {
    const { run, remembers } = given({ isProven: false, isRemembered: false });
    expect(await run({})).toStrictEqual({ expiresAt: '2026-01-02T00:00:00.000Z' });
    expect(remembers).not.toHaveBeenCalled();
  });

  it('tells nothing of an access key, which does not expire', async () => {
    expect(await given({}, () => Promise.resolve({})).run({})).toStrictEqual({});
  });

  it('can be limited to a worker that remembers the steps after it, for the same settings', async () => {
    const { run, remembers } = given({});
    expect(await run({ onlyIfRemembered: settings })).toStrictEqual({ expiresAt: '2026-01-02T00:00:00.000Z' });
    expect(remembers).toHaveBeenCalledWith(settings);
  });

  it.each([
    ['has no token at hand', { isProven: false }],
    ['does not remember the steps after it', { isRemembered: false }],
  ])('then asks no one where the worker %s', async (_what, worker) => {
    const { run, prove } = given(worker);
    await expect(run({ onlyIfRemembered: settings })).rejects.toMatchObject({
      type: 'NotRemembered',
      nonRetryable: true,
    });
    expect(prove).not.toHaveBeenCalled();
  });

  it('fails with what the retry policy does not repeat where the password or the key is wrong', async () => {
    const error = new CredentialsRejectedError('Wrong password.', { call: 'IAM POST /v3/auth/tokens', status: 401 });
    const { run } = given({}, () => Promise.reject(error));
    await expect(run({})).rejects.toMatchObject({ type: 'AuthenticationFailed' });
  });
});
