import { CancellationScope, condition, sleep } from '@temporalio/workflow';

/**
 * Waits for a condition until a time, with one durable timer that is kept for the next wait: a timer that is set and cancelled
 * for every callback would cost two history events each.
 */
export class Alarm {
  private due = Infinity;
  private timer: CancellationScope | undefined;

  constructor(private readonly summary: string) {}

  /** Resolves when the condition holds or the time (the workflow's clock) has come. */
  async wait(holds: () => boolean, until: number): Promise<void> {
    while (!holds() && Date.now() < until) {
      if (this.due > until) this.set(until);
      await condition(() => holds() || Date.now() >= until || this.due > until);
    }
  }

  private set(at: number): void {
    this.timer?.cancel();
    const timer = new CancellationScope();
    this.timer = timer;
    this.due = at;
    const ring = () => {
      if (this.timer === timer) this.due = Infinity;
    };
    // A timer ends early only when its scope is cancelled, by the next setting or with the whole run; both look again for themselves.
    void timer.run(() => sleep(Math.max(1, at - Date.now()), { summary: this.summary })).then(ring, ring);
  }
}
