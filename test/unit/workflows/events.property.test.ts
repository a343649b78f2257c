import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RecordingEvent } from '../../../src/contract/event.js';
import type { RecordingResult } from '../../../src/contract/result.js';
import type { Listing, ListingRequest } from '../../../src/contract/activityTypes.js';
import { listingRequest, applyListing } from '../../../src/workflows/announcedFiles.js';
import { takeEvent } from '../../../src/workflows/events.js';
import { buildResult, isSettled } from '../../../src/workflows/result.js';
import { adopt, jobOf, applyJobState, type RecordingState } from '../../../src/workflows/state.js';
import { givenJob, plainEvents, startingState, T0 } from '../../support/given.js';

/*
 * Promise 5: whatever order the events come in, however often they come and whichever of them are lost, the result is
 * that of the straight run, or it is `partial` and names what is missing.
 */

/** What really happened at the vendor's: how many files were recorded, and which of them lie in the bucket. */
interface World {
  files: number;
  stored: boolean[];
}

/** What this run learns of it, in this order. */
type Happening =
  | { kind: 'event'; event: RecordingEvent }
  /** The response to the start comes. */
  | { kind: 'started' }
  /** A poll reports that the job has ended. */
  | { kind: 'stopped' }
  | { kind: 'list' };

const RUNS = { numRuns: 1_000 };

const OURS = 'j1';
const STRANGERS = ['j0', 'm_j9'];

const objectOf = (event: RecordingEvent) => event.obsObject ?? '';
const isFile = (event: RecordingEvent) => event.eventType === 'RECORD_FILE_COMPLETE';
const isEnd = (event: RecordingEvent) => event.eventType === 'CLOUD_RECORD_OVER';

const worlds: fc.Arbitrary<World> = fc.integer({ min: 0, max: 5 }).chain((files) =>
  fc.record({
    files: fc.constant(files),
    stored: fc.array(fc.boolean(), { minLength: files, maxLength: files }),
  }),
);

function eventsIn({ files }: World): RecordingEvent[] {
  return plainEvents(OURS, files).filter(({ eventType }) => files > 0 || eventType === 'CLOUD_RECORD_OVER');
}

function storedIn(world: World): string[] {
  const files = eventsIn(world).filter(isFile).map(objectOf);
  return files.filter((_object, index) => world.stored[index]);
}

/** The bucket as the listing activity would describe it; another stream's files lie in it too. */
function listing(world: World, request: ListingRequest): Listing {
  const bucket = [...storedIn(world), 'Record/s_j0_room001_user001_0.mp4'];
  const objects = bucket.filter((key) => request.streamNames.some((name) => key.includes(name))).sort();
  const files = objects.map((object) => ({ bucket: 'obsName', object, format: 'MP4', size: object.length }));
  return {
    files,
    fileCount: files.length,
    totalSize: files.reduce((sum, { size }) => sum + size, 0),
    missing: request.announced.flatMap(({ object }, index) => (bucket.includes(object) ? [] : [index])),
    warnings: [],
  };
}

/**
 * Any order, each event 0 to 3 times, events of other jobs among them; the response to the start and listings of the
 * bucket anywhere.
 */
function happeningsIn(world: World, least = 0): fc.Arbitrary<Happening[]> {
  const sent = eventsIn(world);
  const repeated = fc
    .tuple(
      ...sent.map((event) =>
        fc.integer({ min: least, max: 3 }).map((times) => Array<RecordingEvent>(times).fill(event)),
      ),
    )
    .map((events) => events.flat());
  const foreign = fc.array(fc.constantFrom(...STRANGERS.flatMap((job) => plainEvents(job, 1))), { maxLength: 4 });
  return fc
    .tuple(repeated, foreign, fc.integer({ min: 0, max: 3 }), fc.boolean())
    .map(([ours, theirs, listings, stopped]): Happening[] => [
      ...[...ours, ...theirs].map((event): Happening => ({ kind: 'event', event })),
      { kind: 'started' },
      ...Array<Happening>(listings).fill({ kind: 'list' }),
      ...(stopped ? [{ kind: 'stopped' } as const] : []),
    ])
    .chain((all) => fc.shuffledSubarray(all, { minLength: all.length }));
}

/** As the workflow does it: what happens, then a poll, then the last listing. */
function run(
  world: World,
  happenings: Happening[],
): { state: RecordingState; last: Listing; result: RecordingResult } {
  const state = startingState();
  const stopped = { ...givenJob(OURS), state: 'STOPPED', stopReason: 'EXCEED_MAX_IDLE_TIME' };
  const list = () => {
    const request = listingRequest(state);
    const found = listing(world, request);
    applyListing(state, request, found);
    return found;
  };
  const happen = (happening: Happening) => {
    switch (happening.kind) {
      case 'event':
        takeEvent(state, happening.event, T0);
        break;
      case 'started':
        if (!jobOf(state)) adopt(state, givenJob(OURS), T0, T0);
        break;
      // No one polls a job, or lists its files, before it is known.
      case 'stopped':
        if (jobOf(state)) applyJobState(state, { job: stopped }, T0);
        break;
      case 'list':
        if (jobOf(state)) list();
    }
  };
  happenings.forEach(happen);
  happen({ kind: 'started' });
  happen({ kind: 'stopped' });
  const last = list();
  return { state, last, result: buildResult(state, last) };
}

const scenarios = worlds.chain((world) => fc.record({ world: fc.constant(world), happenings: happeningsIn(world) }));

const events = (happenings: Happening[]) =>
  happenings.flatMap((happening) =>
    happening.kind === 'event' && happening.event.jobId === OURS ? [happening.event] : [],
  );

/** Whether a file was started after the latest complete one. A repeated event completes nothing. */
function hasOpenFile(received: RecordingEvent[]): boolean {
  let open = false;
  const complete = new Set<string>();
  for (const event of received) {
    if (event.eventType === 'RECORD_NEW_FILE_START') open = true;
    else if (isFile(event) && !complete.has(objectOf(event))) open = false;
    if (isFile(event)) complete.add(objectOf(event));
  }
  return open;
}

describe('whatever comes, in whatever order, however often', () => {
  it('is the result of the undisturbed run, once every event has come', () => {
    const complete = worlds.chain((world) =>
      fc.record({ world: fc.constant(world), happenings: happeningsIn(world, 1) }),
    );
    fc.assert(
      fc.property(complete, ({ world, happenings }) => {
        const inOrder = eventsIn(world).map((event): Happening => ({ kind: 'event', event }));
        const straight = run(world, [{ kind: 'started' }, ...inOrder]).result;
        const { endedBy, ...result } = run(world, happenings).result;
        expect(new Set(result.warnings)).toEqual(new Set(straight.warnings));
        expect({ ...result, endedBy: straight.endedBy, warnings: straight.warnings }).toEqual(straight);
        expect(['callback', 'reconciliation']).toContain(endedBy);
      }),
      RUNS,
    );
  });

  it('names every file of the bucket, and every announced file that is missing', () => {
    fc.assert(
      fc.property(scenarios, ({ world, happenings }) => {
        const { result } = run(world, happenings);
        const stored = storedIn(world);
        const announced = [...new Set(events(happenings).filter(isFile).map(objectOf))];
        const missing = announced.filter((object) => !stored.includes(object));
        const begun = events(happenings).some(({ eventType }) => eventType === 'RECORD_NEW_FILE_START');

        expect(result.files.map(({ object }) => object)).toEqual(stored);
        expect(result.fileCount).toBe(stored.length);
        expect(result.files.filter(({ duration }) => duration !== undefined).map(({ object }) => object)).toEqual(
          stored.filter((object) => announced.includes(object)),
        );
        for (const object of missing) expect(result.warnings.join()).toContain(object);
        const lost = missing.length > 0 || (stored.length === 0 && begun);
        expect(result.outcome).toBe(lost ? 'partial' : stored.length > 0 ? 'recorded' : 'empty');
        const empty = ['user001 did not publish in room001: the room was empty for maxIdleTime (30 s).'];
        if (!lost) expect(result.warnings).toEqual(stored.length > 0 ? [] : empty);
      }),
      RUNS,
    );
  });

  it('is settled exactly when there is nothing left to wait for', () => {
    fc.assert(
      fc.property(scenarios, ({ world, happenings }) => {
        const { state, last } = run(world, happenings);
        const stored = storedIn(world);
        const received = events(happenings);
        const announced = new Set(received.filter(isFile).map(objectOf));
        const complete = stored.length === announced.size && stored.every((object) => announced.has(object));
        expect(isSettled(state, last)).toBe(announced.size > 0 && complete && !hasOpenFile(received));
      }),
      RUNS,
    );
  });

  it('ends by the first report of the end', () => {
    fc.assert(
      fc.property(scenarios, ({ world, happenings }) => {
        const known = happenings.findIndex(({ kind }) => kind === 'started');
        const end = happenings.findIndex(
          (happening) => happening.kind === 'event' && happening.event.jobId === OURS && isEnd(happening.event),
        );
        const response = happenings.findIndex(({ kind }, index) => kind === 'stopped' && index > known);
        const eventFirst = end >= 0 && (response < 0 || Math.max(end, known) < response);
        expect(run(world, happenings).result.endedBy).toBe(eventFirst ? 'callback' : 'reconciliation');
      }),
      RUNS,
    );
  });

  it('calls no file missing that the last listing has shown, although it was announced only afterwards', () => {
    fc.assert(
      fc.property(scenarios, ({ world, happenings }) => {
        const { state, last } = run(world, happenings);
        const before = buildResult(state, last);
        const stored = storedIn(world);
        for (const event of eventsIn(world).filter((event) => stored.includes(objectOf(event)))) {
          takeEvent(state, event, T0);
        }
        const after = buildResult(state, last);
        expect(after.outcome).toBe(before.outcome);
        expect(after.warnings).toEqual(before.warnings);
        expect(after.files.every(({ duration }) => duration !== undefined)).toBe(true);
      }),
      RUNS,
    );
  });
});
