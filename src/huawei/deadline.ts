/**
 * Bounds a piece of work in time: its signal is aborted when the time is up, or when the caller's own signal is, whichever comes first.
 *
 * Built of a plain timer: signals made by `AbortSignal.timeout` and `any` live on after the work, and each makes an error with a stack trace when its time
 * comes, for calls that are long over.
 */
export class Deadline {
  /** The time was up. */
  expired = false;
  private readonly controller = new AbortController();
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

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Ends the watch; to be called when the work is over, however it ended. */
  end(): void {
    clearTimeout(this.timer);
    this.caller?.removeEventListener('abort', this.abort);
  }
}
