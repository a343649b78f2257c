import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_JOB_CALLS_PER_SECOND } from '../../../src/config.js';
import { JobCallSlots, QUEUE_LIMIT_FACTOR } from '../../../src/temporal/jobCallSlots.js';

/** Of the vendor, in any second. */
const QUOTA = 10;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A queue with Temporal's limit: after a pause it hands out a second's tasks at once. */
class Queue {
  readonly takenAt: number[] = [];
  private waiting = 0;
  private readyAt = Date.now();
  private readonly polls: (() => void)[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly perSecond: number,
    private readonly roundTripMs = 20,
  ) {}

  add(tasks: number): void {
    this.waiting += tasks;
    this.dispatch();
  }

  async poll(): Promise<void> {
    await pause(this.roundTripMs);
    await new Promise<void>((resolve) => {
      this.polls.push(resolve);
      this.dispatch();
    });
  }

  private dispatch(): void {
    while (this.waiting > 0 && this.polls.length > 0) {
      const wait = this.readyAt - Date.now();
      if (wait > 0) {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.dispatch(), Math.ceil(wait));
        return;
      }
      this.waiting -= 1;
      this.readyAt = Math.max(this.readyAt, Date.now() - 1_000) + 1_000 / this.perSecond;
      this.takenAt.push(Date.now());
      this.polls.shift()?.();
    }
  }
}

/** A worker as the SDK runs it: it reserves a slot, polls, and reserves the next one meanwhile. */
function startWorker(queue: Queue, slots: JobCallSlots): void {
  const { signal } = new AbortController();
  const work = async () => {
    for (;;) {
      const permit = await slots.reserveSlot({}, signal);
      void queue.poll().then(async () => {
        slots.markSlotUsed({ permit });
        await pause(200);
        slots.releaseSlot({ permit });
      });
    }
  };
  void work();
}

const mostInOneSecond = (times: number[]) =>
  Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length));

describe('a burst of 300 after a pause', () => {
  const burst = async (workers: number, countWorkers: () => Promise<number>, roundTripMs = 20) => {
    const queue = new Queue(QUEUE_LIMIT_FACTOR * DEFAULT_JOB_CALLS_PER_SECOND, roundTripMs);
    for (let index = 0; index < workers; index += 1) {
      startWorker(queue, new JobCallSlots(DEFAULT_JOB_CALLS_PER_SECOND, countWorkers));
    }
    await vi.advanceTimersByTimeAsync(60_000);
    queue.add(300);
    const from = Date.now();
    await vi.advanceTimersByTimeAsync(45_000);
    const [last = NaN] = queue.takenAt.slice(-1);
    expect(queue.takenAt).toHaveLength(300);
    return { most: mostInOneSecond(queue.takenAt), seconds: (last - from) / 1_000 };
  };

  it.each([1, 2, 3, 5])('keeps the quota with %d workers, and uses most of it', async (workers) => {
    const { most, seconds } = await burst(workers, () => Promise.resolve(workers));
    expect(most).toBeLessThanOrEqual(QUOTA);
    expect(seconds).toBeLessThanOrEqual(40);
  });

  it.each([100, 250])('does not lose the latency of its polls: %d ms', async (roundTrip) => {
    const { most, seconds } = await burst(2, () => Promise.resolve(2), roundTrip);
    expect(most).toBeLessThanOrEqual(QUOTA);
    expect(seconds).toBeLessThanOrEqual(40);
  });

  it('is up to the limit of the queue where the workers cannot be counted', async () => {
    const { most, seconds } = await burst(3, () => Promise.reject(new Error('unavailable')));
    expect(most).toBeLessThanOrEqual(2 * DEFAULT_JOB_CALLS_PER_SECOND + 1);
    expect(seconds).toBeLessThanOrEqual(40);
  });
});

it('a single call after a pause is not delayed', async () => {
  const queue = new Queue(8);
  startWorker(queue, new JobCallSlots(8, () => Promise.resolve(1)));
  await vi.advanceTimersByTimeAsync(60_000);
  queue.add(1);
  const from = Date.now();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(queue.takenAt).toEqual([expect.toSatisfy((at: number) => at - from <= 5)]);
});

it('a worker that comes takes its share within seconds, and one that has gone leaves it', async () => {
  let workers = 1;
  const slots = new JobCallSlots(10, () => Promise.resolve(workers));
  const queue = new Queue(10);
  startWorker(queue, slots);
  queue.add(1_000);
  const perSecond = async () => {
    await vi.advanceTimersByTimeAsync(15_000);
    const before = queue.takenAt.length;
    await vi.advanceTimersByTimeAsync(10_000);
    return (queue.takenAt.length - before) / 10;
  };
  expect(await perSecond()).toBeCloseTo(10, 0);
  workers = 2;
  expect(await perSecond()).toBeCloseTo(5, 0);
  workers = 1;
  expect(await perSecond()).toBeCloseTo(10, 0);
});

it('with a high rate polls in parallel, and runs no more than 100 at a time', async () => {
  const slots = new JobCallSlots(100_000, () => Promise.resolve(1));
  const { signal } = new AbortController();
  expect(slots.polls).toBe(10);
  const permits: object[] = [];
  for (let index = 0; index < 100; index += 1) {
    const permit = await slots.reserveSlot({}, signal);
    slots.markSlotUsed({ permit });
    permits.push(permit);
  }
  const next = vi.fn();
  void slots.reserveSlot({}, signal).then(next);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(next).not.toHaveBeenCalled();
  slots.releaseSlot({ permit: permits[0] ?? {} });
  await vi.advanceTimersByTimeAsync(0);
  expect(next).toHaveBeenCalledOnce();
});

it.each(['a slot', 'its time'])(
  'a worker that stops while it waits for %s ends with the reason of the stop',
  async (what) => {
    const slots = new JobCallSlots(1, () => Promise.resolve(1));
    const stop = new AbortController();
    const permit = await slots.reserveSlot({}, stop.signal);
    if (what === 'its time') slots.markSlotUsed({ permit });
    const waiting = expect(slots.reserveSlot({}, stop.signal)).rejects.toBe('the worker stops');
    await vi.advanceTimersByTimeAsync(10);
    stop.abort('the worker stops');
    await waiting;
  },
);
