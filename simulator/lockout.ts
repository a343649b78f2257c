import type { Clock } from './clock.js';

/** Locks a name for a while after too many failures in a row. */
export class Lockout {
  readonly #failures = new Map<string, { count: number; lockedUntil: number }>();

  constructor(
    private readonly clock: Clock,
    private readonly limit: { failures: number; lockMs: number },
  ) {}

  isLocked(name: string): boolean {
    return (this.#failures.get(name)?.lockedUntil ?? 0) > this.clock.now();
  }

  failed(name: string): void {
    const count = (this.#failures.get(name)?.count ?? 0) + 1;
    const locked = count >= this.limit.failures;
    const lockedUntil = locked ? this.clock.now() + this.limit.lockMs : 0;
    this.#failures.set(name, { count: locked ? 0 : count, lockedUntil });
  }

  succeeded(name: string): void {
    this.#failures.delete(name);
  }
}
