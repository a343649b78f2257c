/**
 * Bounds work in time: its signal is aborted when the time is up, or when the caller's own signal is. Not made by
 * `AbortSignal.any` and `timeout`: on Node 20 a garbage collection takes the time-out away, and it never comes.
 */
export class Deadline {
  /** The time was up. */
  expired = false;
  private readonly controller = new AbortController();
  readonly signal = this.controller.signal;
  private readonly timer: NodeJS.Timeout;
  private readonly abort = () => this.controller.abort();

  /** @param ms from now */
  constructor(
    ms: number,
    private readonly caller?: AbortSignal,
  ) {
    this.timer = setTimeout(() => {
      this.expired = true;
      this.abort();
    }, ms);
    caller?.addEventListener('abort', this.abort);
    if (caller?.aborted) this.abort();
  }

  /** Ends the watch; to be called when the work is over, however it ended. */
  end(): void {
    clearTimeout(this.timer);
    this.caller?.removeEventListener('abort', this.abort);
  }
}
