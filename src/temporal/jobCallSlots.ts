import { EventEmitter, once } from 'node:events';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import type { ActivitySlotInfo, CustomSlotSupplier, NativeConnection, SlotPermit } from '@temporalio/worker';

/** As many activities as the SDK runs at a time by default. */
const MAX_SLOTS = 100;

/** A worker that has not polled for so long has ended: a poll takes a minute at most. */
const POLLED_WITHIN_MS = 70_000;

/** A slot used this long after its time was idle: no call was waiting. A poll takes less, also on a busy machine. */
const IDLE_AFTER_MS = 1_000;

/** How much of a poll's latency is made up for: two calls at the default rate, which the vendor allows beyond it. */
const CATCH_UP_MS = 250;

const RECOUNT_AFTER_MS = 2_000;
const COUNT_TIMEOUT_MS = 2_000;

/** `TASK_QUEUE_TYPE_ACTIVITY` of Temporal's API. */
const ACTIVITY_TASKS = 2;

/**
 * The server's limit of the queue, as a multiple of the rate. The server divides it among the queue's partitions, so a
 * limit equal to the rate holds calls back in one partition while another has none waiting.
 */
export const QUEUE_LIMIT_FACTOR = 2;

/**
 * Hands out slots so that this worker takes its share of the job calls at regular intervals. Temporal's limit of the
 * queue alone lets a second's calls through at once after each pause. See docs/decisions/job-call-queue.md.
 */
export class JobCallSlots implements CustomSlotSupplier<ActivitySlotInfo> {
  readonly type = 'custom';
  /** How many polls wait at a time; each may get a call at once, so there are as many as come in 0.1 s at the rate. */
  readonly polls: number;
  readonly #callsPerSecond: number;
  readonly #countWorkers: () => Promise<number>;
  readonly #unused = new Set<SlotPermit>();
  readonly #events = new EventEmitter();
  #used = 0;
  #nextAt = 0;
  /** Until they are counted: this one is hardly ever alone. */
  #workers = 2;
  #countedAt = -Infinity;

  /**
   * @param callsPerSecond of all workers of the queue together
   * @param countWorkers how many workers the queue has, this one included
   */
  constructor(callsPerSecond: number, countWorkers: () => Promise<number>) {
    this.#callsPerSecond = callsPerSecond;
    this.#countWorkers = countWorkers;
    this.polls = Math.min(10, Math.max(1, Math.floor(callsPerSecond / 10)));
  }

  async reserveSlot(_context: unknown, signal: AbortSignal): Promise<SlotPermit> {
    try {
      this.#recount();
      while (this.#unused.size >= this.polls || this.#unused.size + this.#used >= MAX_SLOTS) {
        await once(this.#events, 'free', { signal });
      }
      const wait = this.#nextAt - Date.now();
      if (wait >= 1) {
        const timer = setTimeout(() => this.#events.emit('due'), wait);
        await once(this.#events, 'due', { signal }).finally(() => clearTimeout(timer));
      }
    } catch (error) {
      // The SDK would log any other error than the signal's own.
      signal.throwIfAborted();
      throw error;
    }
    const permit = {};
    this.#unused.add(permit);
    return permit;
  }

  /** Of eager activities, which are those of the workflow's own task queue. */
  tryReserveSlot(): null {
    return null;
  }

  markSlotUsed({ permit }: { permit: SlotPermit }): void {
    this.#unused.delete(permit);
    this.#used += 1;
    const interval = (1_000 * this.#workers) / this.#callsPerSecond;
    const now = Date.now();
    // While calls wait, from the planned time on, so that a poll's latency does not lower the rate. After an idle time
    // from now on, or a burst would make up for it.
    const busy = now - this.#nextAt < IDLE_AFTER_MS;
    this.#nextAt = busy ? Math.max(this.#nextAt + interval, now - CATCH_UP_MS) : now + interval;
    this.#events.emit('free');
  }

  /** After the activity, or after a poll without one. */
  releaseSlot({ permit }: { permit: SlotPermit }): void {
    if (!this.#unused.delete(permit)) this.#used -= 1;
    this.#events.emit('free');
  }

  #recount(): void {
    if (Date.now() - this.#countedAt < RECOUNT_AFTER_MS) return;
    this.#countedAt = Date.now();
    this.#countWorkers().then(
      (workers) => void (this.#workers = Math.max(1, workers)),
      // The last number is a good guess, and the queue's limit holds.
      () => undefined,
    );
  }
}

/** How many workers poll for activities of this queue. */
export async function countWorkers(
  connection: NativeConnection,
  namespace: string,
  taskQueue: string,
): Promise<number> {
  const request = { namespace, taskQueue: { name: taskQueue }, taskQueueType: ACTIVITY_TASKS };
  const { pollers } = await connection.withDeadline(Date.now() + COUNT_TIMEOUT_MS, () =>
    connection.workflowService.describeTaskQueue(request),
  );
  const polled = pollers.map(({ identity, lastAccessTime }) => ({
    identity,
    at: optionalTsToMs(lastAccessTime) ?? 0,
  }));
  // Compared with each other, because the server's clock is not this machine's.
  const latest = Math.max(...polled.map(({ at }) => at));
  return new Set(polled.filter(({ at }) => at > latest - POLLED_WITHIN_MS).map(({ identity }) => identity)).size;
}
