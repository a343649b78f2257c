import { isCancellation } from '@temporalio/workflow';

/** One piece of work at a time that goes on beside the main flow; its end wakes the main flow. */
export class Beside {
  busy = false;
  private failure: Error | undefined;

  constructor(private readonly run: { changes: number }) {}

  /** Begins the work, unless the last one is still going on. A failure of the last one is thrown here, in the main flow. */
  begin(work: () => Promise<void>): void {
    if (this.failure !== undefined) throw this.failure;
    if (this.busy) return;
    this.busy = true;
    const ended = (failure?: Error) => {
      this.busy = false;
      this.failure = isCancellation(failure) ? undefined : failure;
      this.run.changes += 1;
    };
    void work().then(() => ended(), ended);
  }
}
