/** Where a clock takes the time from; in milliseconds. */
export interface TimeSource {
  /** Since 1970. */
  now(): number;
  /** Since some moment, never set back. */
  elapsed(): number;
  /** @returns what cancels it */
  after(ms: number, action: () => void): () => void;
}

const MACHINE: TimeSource = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after: (ms, action) => {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};

/**
 * Simulated time: begins at the wall clock plus `skewMs`, then `timeScale` simulated milliseconds for each real one.
 * Owns all timers of the simulator, so that one call stops them.
 */
export class Clock {
  readonly #startedAt: number;
  readonly #origin: number;
  readonly #planned = new Set<{ due: number; action: () => void }>();
  /** What cancels each timer. */
  readonly #timers = new Set<() => void>();
  /** While an action runs, the time at which it happens. */
  #acting: number | undefined;
  #stopped = false;

  constructor(
    readonly timeScale: number,
    private readonly skewMs = 0,
    private readonly time = MACHINE,
  ) {
    this.#origin = time.elapsed();
    this.#startedAt = this.wallNow();
  }

  /** Simulated milliseconds since 1970. */
  now(): number {
    return this.#acting ?? this.#startedAt + (this.time.elapsed() - this.#origin) * this.timeScale;
  }

  /** The vendor's wall clock in milliseconds since 1970, at the speed of the client's, for signatures. */
  wallNow(): number {
    return this.time.now() + this.skewMs;
  }

  /** Runs `action` with a constant time. */
  atOnce<T>(action: () => T): T {
    return this.#at(this.now(), action);
  }

  /**
   * Schedules `action` after simulated milliseconds; returns a function that cancels it. Actions run in the order of
   * their scheduled times, which they get as the current time: a busy machine delays them, but changes no result.
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

  /** Runs `action` after so many real milliseconds, for what a client's own timeouts are measured against. */
  afterReal(ms: number, action: () => void): () => void {
    if (this.#stopped) return () => undefined;
    const cancel = this.time.after(Math.min(ms, MAX_TIMER_MS), () => {
      this.#timers.delete(cancel);
      action();
    });
    this.#timers.add(cancel);
    return () => {
      cancel();
      this.#timers.delete(cancel);
    };
  }

  sleepReal(ms: number): Promise<void> {
    return new Promise((resolve) => this.afterReal(ms, resolve));
  }

  /** Nothing that was waiting happens any more, and nothing new; a pending sleep never ends. */
  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#timers) cancel();
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
