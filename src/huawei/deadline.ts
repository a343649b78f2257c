/**
 * A signal that is aborted after a time, or with the caller's signal. Not `AbortSignal.any` with `timeout`: on Node 20
 * the garbage collector may remove the timer.
 */
export class Deadline {
  expired = false;
  private readonly controller = new AbortController();
  readonly signal: AbortSignal = this.controller.signal;
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

  /** Call it when the work has ended. */
  end(): void {
    clearTimeout(this.timer);
    this.caller?.removeEventListener('abort', this.abort);
  }
}
