import type { Token } from './iam.js';
import { judge } from './errors.js';

const HOUR = 3_600_000;

/** How long a refused password is not tried again: repeated refusals lock the account for 15 minutes. */
const REFUSAL_REMEMBERED = 5 * 60_000;

/** How long the old token serves without another try after its early renewal failed. */
const RENEWAL_PAUSE = 60_000;

/** One token for everybody in this process: asked for once at a time, and renewed before it expires. */
export class TokenProvider {
  private readonly now: () => number;
  private current: Token | undefined;
  private renewAt = 0;
  private refusal: { error: Error; until: number } | undefined;
  private readonly renew = singleFlight(() => this.issue());

  /** @param options `now` is the clock in milliseconds, by default the machine's */
  constructor(private readonly options: { issue: () => Promise<Token>; now?: () => number }) {
    this.now = options.now ?? Date.now;
  }

  /**
   * A valid token: renewed when less than an hour is left, or a tenth of its life if that is shorter. While an early
   * renewal fails for a passing reason, the old one serves until it expires.
   * @throws what `issue` throws; an authentication failure is thrown again from memory for 5 minutes
   */
  async get(): Promise<Token> {
    const { current } = this;
    if (current && this.isFresh()) return current;
    try {
      return await this.renew();
    } catch (error) {
      const stillGood = current !== undefined && current === this.current && this.now() < current.expiresAt.getTime();
      if (!stillGood || !judge(error).retry) throw error;
      this.renewAt = this.now() + RENEWAL_PAUSE;
      return current;
    }
  }

  /** Whether {@link get} would answer without asking anybody. */
  isFresh(): boolean {
    return this.current !== undefined && this.now() < this.renewAt;
  }

  /** Drops this very token, which the vendor refused. A newer one stays: the refusal may be late. */
  invalidate(token: string): void {
    if (this.current?.token === token) this.current = undefined;
  }

  /** Makes a call with a token. When the vendor refuses the token, it is renewed and the call repeated, once. */
  async use<T>(call: (token: string) => Promise<T>): Promise<T> {
    const { token } = await this.get();
    try {
      return await call(token);
    } catch (error) {
      if (judge(error).kind !== 'authentication') throw error;
      this.invalidate(token);
    }
    return call((await this.get()).token);
  }

  private async issue(): Promise<Token> {
    if (this.refusal && this.now() < this.refusal.until) throw this.refusal.error;
    try {
      const issued = await this.options.issue();
      const expiresAt = issued.expiresAt.getTime();
      this.current = issued;
      this.renewAt = expiresAt - Math.min(HOUR, (expiresAt - this.now()) / 10);
      return issued;
    } catch (error) {
      if (error instanceof Error && judge(error).kind === 'authentication') {
        this.refusal = { error, until: this.now() + REFUSAL_REMEMBERED };
      }
      throw error;
    }
  }
}

/** The same work; who asks for it while it is under way shares its result. */
export function singleFlight<T>(work: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | undefined;
  return () =>
    (underWay ??= work().finally(() => {
      underWay = undefined;
    }));
}
