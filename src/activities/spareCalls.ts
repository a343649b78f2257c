/** The job calls of a worker that need no turn in the queue which paces the others, because they are few. */
export class SpareCalls {
  private nextAt = -Infinity;

  /** @param perSecond at most so many; none is saved up */
  constructor(
    private readonly perSecond: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Whether one may be made now. */
  take(): boolean {
    const now = this.now();
    if (now < this.nextAt) return false;
    this.nextAt = now + 1_000 / this.perSecond;
    return true;
  }
}
