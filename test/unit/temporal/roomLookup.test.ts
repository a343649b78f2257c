import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createRoomLookup, type Query } from '../../../src/temporal/roomLookup.js';

const ROOM = 'recording:app:room001:';
const ID = `${ROOM}user001:camera`;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** An index that shows the recording after some time, and takes as long for each query. */
function index({ visibleAfter = 0, takes = 10 }: { visibleAfter?: number; takes?: number }) {
  const start = Date.now();
  return vi.fn<Query>(async () => {
    const found = Date.now() - start >= visibleAfter ? [ID] : [];
    await new Promise((resolve) => setTimeout(resolve, takes));
    return found;
  });
}

/** What came, and after how many milliseconds. */
async function timed(lookup: Promise<string[]>) {
  const start = Date.now();
  const ended = lookup.then((ids) => ({ ids, after: Date.now() - start }));
  await vi.runAllTimersAsync();
  return ended;
}

it('finds a recording at once, with one query', async () => {
  const query = index({});
  expect(await timed(createRoomLookup(query)(ROOM))).toEqual({ ids: [ID], after: 10 });
  expect(query).toHaveBeenCalledExactlyOnceWith(ROOM);
});

it.each([100, 1_000, 2_100])('finds a recording that the index shows after %d ms', async (visibleAfter) => {
  const { ids, after } = await timed(createRoomLookup(index({ visibleAfter }))(ROOM));
  expect(ids).toEqual([ID]);
  expect(after).toBeLessThan(2_500);
});

it.each([10, 700])('gives up in time with queries of %d ms', async (takes) => {
  const query = index({ visibleAfter: Infinity, takes });
  const { ids, after } = await timed(createRoomLookup(query)(ROOM));
  expect(ids).toEqual([]);
  expect(after).toBeGreaterThan(1_500);
  expect(after).toBeLessThan(2_500 + takes);
  expect(query.mock.calls.length).toBeLessThanOrEqual(5);
});

it('shares the queries of a burst for one room, and keeps no negative result', async () => {
  const query = index({ visibleAfter: 4_000 });
  const lookup = createRoomLookup(query);
  const burst = Array.from({ length: 100 }, () => lookup(ROOM));
  await vi.runAllTimersAsync();
  expect((await Promise.all(burst)).flat()).toEqual([]);
  expect(query).toHaveBeenCalledTimes(5);
  // It becomes visible while the next event is looked for.
  expect((await timed(lookup(ROOM))).ids).toEqual([ID]);
  await timed(lookup('recording:app:room002:'));
  expect(query).toHaveBeenLastCalledWith('recording:app:room002:');
});

it('fails with the index, at once or later, and all that share the query', async () => {
  const query = vi.fn<Query>().mockResolvedValueOnce([]).mockRejectedValue(new Error('RESOURCE_EXHAUSTED'));
  const lookup = createRoomLookup(query);
  const both = Promise.allSettled([lookup(ROOM), lookup(ROOM)]);
  await vi.runAllTimersAsync();
  expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await expect(lookup(ROOM)).rejects.toThrow('RESOURCE_EXHAUSTED');
});
