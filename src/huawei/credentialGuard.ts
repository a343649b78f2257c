import { CredentialsRejectedError, classifyError, type HuaweiError } from './errors.js';

/** The vendor locks a user or a key for up to this long; so long a process does not try a rejected one again. */
export const REJECTION_LIFETIME = 15 * 60_000;

/** Limits how often all workers together try credentials that may be wrong. */
export interface AttemptLimit {
  /** Returns when one try is allowed. @throws {HuaweiError} if none is */
  request: () => Promise<void>;
  /** Called after each try that was allowed. */
  report: (outcome: 'accepted' | 'rejected' | 'unknown') => Promise<void>;
}

/**
 * Makes the requests that prove a password or an access key. After a rejection this process makes no other one for 15
 * minutes, because repeated ones lock the user or the key. See docs/decisions/password-lockout.md.
 */
export class CredentialGuard {
  private rejection: { error: CredentialsRejectedError; until: number } | undefined;

  /** @param options `limit` counts the tries of other processes too; `now` is by default `Date.now` */
  constructor(private readonly options: { limit?: AttemptLimit | undefined; now?: () => number } = {}) {}

  /** @throws {CredentialsRejectedError} what `request` was rejected with, again for 15 minutes, without a request */
  async attempt<T>(request: () => Promise<T>): Promise<T> {
    const { limit, now = Date.now } = this.options;
    if (this.rejection && now() < this.rejection.until) throw this.rejection.error;
    await limit?.request();
    try {
      const result = await request();
      await limit?.report('accepted');
      return result;
    } catch (error) {
      if (classifyError(error).kind !== 'authentication') {
        await limit?.report('unknown');
        throw error;
      }
      const rejected = new CredentialsRejectedError((error as HuaweiError).message, error as HuaweiError);
      this.rejection = { error: rejected, until: now() + REJECTION_LIFETIME };
      await limit?.report('rejected');
      throw rejected;
    }
  }
}
