import type { Token } from './iam.js';
import { classifyError, CredentialsRejectedError } from './errors.js';

const HOUR = 3_600_000;

/** After a failed early renewal, the old token is used for this long without another attempt. */
const RENEWAL_PAUSE = 60_000;

/** One token for the whole process: fetched once at a time, and renewed before it expires. */
export class TokenProvider {
  private readonly now: () => number;
  private current: Token | undefined;
  private renewAt = 0;
  private readonly renew = singleFlight(() => this.issue());

  /** @param options `now` is the clock in milliseconds, by default `Date.now` */
  constructor(private readonly options: { issue: () => Promise<Token>; now?: () => number }) {
    this.now = options.now ?? Date.now;
  }

  /**
   * A valid token, renewed when an hour is left, or a tenth of its lifetime if that is shorter. While the renewal
   * fails temporarily, the old one is used until it expires.
   * @throws what `issue` throws
   */
  async get(): Promise<Token> {
    const { current } = this;
    if (current && this.isFresh()) return current;
    try {
      return await this.renew();
    } catch (error) {
      const stillValid = current !== undefined && current === this.current && this.now() < current.expiresAt.getTime();
      // Without a status nothing was sent: other workers have had their password rejected.
      const wasNotTried = error instanceof CredentialsRejectedError && error.status === undefined;
      if (!stillValid || !(wasNotTried || classifyError(error).retry)) throw error;
      this.renewAt = Math.min(this.now() + RENEWAL_PAUSE, current.expiresAt.getTime());
      return current;
    }
  }

  /** Whether {@link get} would return without a request. */
  isFresh(): boolean {
    return this.current !== undefined && this.now() < this.renewAt;
  }

  /** Drops this token, which the vendor rejected. A newer one stays: the rejection may be late. */
  invalidate(token: string): void {
    if (this.current?.token === token) this.current = undefined;
  }

  /** Makes a call with a token. If the vendor rejects the token, it is renewed and the call repeated once. */
  async use<T>(call: (token: string) => Promise<T>): Promise<T> {
    const { token } = await this.get();
    try {
      return await call(token);
    } catch (error) {
      if (classifyError(error).kind !== 'authentication') throw error;
      this.invalidate(token);
    }
    return call((await this.get()).token);
  }

  private async issue(): Promise<Token> {
    const issued = await this.options.issue();
    const expiresAt = issued.expiresAt.getTime();
    this.current = issued;
    this.renewAt = expiresAt - Math.min(HOUR, (expiresAt - this.now()) / 10);
    return issued;
  }
}

/** The same work; calls while it is running share its result. */
export function singleFlight<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () =>
    (running ??= work().finally(() => {
      running = undefined;
    }));
}
