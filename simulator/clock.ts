/**
 * Simulated time: the wall clock at the start, off by `skewMs`, then `timeScale` simulated milliseconds for each real one.
 * It owns every timer of the simulator, so that stopping is one call and leaves nothing behind.
 */
export class Clock {
  readonly #startedAt: number;
  readonly #origin = performance.now();
  readonly #planned = new Set<{ due: number; action: () => void }>();
  readonly #timers = new Set<NodeJS.Timeout>();
  /** While an action runs, the time at which it happens. */
  #acting: number | undefined;
  #stopped = false;

  constructor(
    readonly timeScale: number,
    private readonly skewMs = 0,
  ) {
    this.#startedAt = this.wallNow();
  }

  /** Simulated milliseconds since 1970. */
  now(): number {
    return this.#acting ?? this.#startedAt + (performance.now() - this.#origin) * this.timeScale;
  }

  /** What the vendor's wall clock shows, where time runs as fast as the client's: signatures carry it. Milliseconds since 1970. */
  wallNow(): number {
    return Date.now() + this.skewMs;
  }

  /** Time stands still while `action` runs: whatever it stamps and plans, it does so at one moment. */
  atOnce<T>(action: () => T): T {
    return this.#at(this.now(), action);
  }

  /**
   * Plans `action` for so many simulated milliseconds from now; answers what cancels it. Actions happen in the order of the times they are planned
   * for, and see exactly that time: a busy machine makes them late, but changes nothing in what is simulated.
   */
  after(simulatedMs: number, action: () => void): () => void {
    const plan = { due: this.now() + simulatedMs, action };
    this.#planned.add(plan);
    const wait = (): (() => void) =>
      this.afterReal(Math.max(1, (plan.due - this.now()) / this.timeScale), () => {
        this.#act();
        // A timer of Node's may come a little early, or be cut to its longest time.
        if (this.#planned.has(plan)) cancelTimer = wait();
      });
    let cancelTimer = wait();
    return () => {
      this.#planned.delete(plan);
      cancelTimer();
    };
  }

  /** Runs `action` after so many real milliseconds, for what a client's own time-outs are measured against. */
  afterReal(ms: number, action: () => void): () => void {
    if (this.#stopped) return () => undefined;
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        action();
      },
      Math.min(ms, MAX_TIMER_MS),
    );
    this.#timers.add(timer);
    return () => {
      clearTimeout(timer);
      this.#timers.delete(timer);
    };
  }

  sleepReal(ms: number): Promise<void> {
    return new Promise((resolve) => this.afterReal(ms, resolve));
  }

  /** Nothing that was waiting happens any more, and nothing new; a pending sleep never ends. */
  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  /** Does all that is due, the earliest first; an action may plan another that is due too. */
  #act(): void {
    for (;;) {
      const now = this.now();
      let next: { due: number; action: () => void } | undefined;
      for (const plan of this.#planned) if (plan.due <= now && !(next && next.due <= plan.due)) next = plan;
      if (next === undefined) return;
      this.#planned.delete(next);
      this.#at(next.due, next.action);
    }
  }

  #at<T>(time: number, action: () => T): T {
    this.#acting = time;
    try {
      return action();
    } finally {
      this.#acting = undefined;
    }
  }
}

/** Node fires at once what lies further ahead. */
const MAX_TIMER_MS = 2 ** 31 - 1;
