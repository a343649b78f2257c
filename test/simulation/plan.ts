import fc from 'fast-check';

/*
 * What is to happen in one simulated recording. All of it is data made by fast-check, so that a failing plan can be
 * shrunk: lists of faults and acts get shorter, times get rounder. Times are milliseconds from the recording's start,
 * unless something else is said.
 */

/** Activities of the workflow that a fault can hit. */
export const FAULTY_ACTIVITIES = [
  'authenticate',
  'ensureApplication',
  'ensureRecordRule',
  'configureRecordCallback',
  'startIndividualStreamJob',
  'getIndividualStreamJob',
  'pollIndividualStreamJob',
  'stopIndividualStreamJob',
  'listRecordingFiles',
] as const;

export type FaultyActivity = (typeof FAULTY_ACTIVITIES)[number];

/** What a vendor or a network can do to an attempt of any activity. The last two are final before the job. */
const GENERAL_FAULTS = [
  'unavailable',
  'throttled',
  'workerDied',
  'hung',
  'authenticationFailed',
  'permissionDenied',
] as const;

/** Of the start of the job: whether a job came of it, and whether the worker knows that its response is lost. */
const START_FAULTS = [
  'lostWithJob',
  'lostWithoutJob',
  'lateJob',
  'workerDiedWithJob',
  'hungWithJob',
  'jobRunning',
  'notFound',
  'jobRejected',
] as const;

/** Of a poll and of a stop: wrong responses, a stop without effect, a job that is not initialized. */
const POLL_FAULTS = ['notFound'] as const;
const STOP_FAULTS = ['alreadyOver', 'withoutEffect', 'notInitialised'] as const;

type FaultKind =
  | (typeof GENERAL_FAULTS)[number]
  | (typeof START_FAULTS)[number]
  | (typeof POLL_FAULTS)[number]
  | (typeof STOP_FAULTS)[number];

/** The n-th attempt (from 0) of this activity does not go as it should. */
export interface Fault {
  activity: FaultyActivity;
  nth: number;
  kind: FaultKind;
}

/** What happens to the n-th callback of the vendor, or to all of them. */
export interface CallbackFault {
  nth: number | 'all';
  effect: 'lost' | 'twice' | 'late' | 'withoutJobId' | 'withoutStreamName';
}

export type Act =
  | { at: number; does: 'stop' | 'cancel' | 'participantJoined' | 'query' }
  /** Arbitrary JSON in a message of this name. */
  | { at: number; does: 'message'; by: 'signal' | 'update' | 'query'; name: string; content: unknown }
  /** A callback of an earlier job of this stream. */
  | { at: number; does: 'eventOfEarlierJob'; eventType: string }
  /** Somebody else starts a job of the same user, or of another one. */
  | { at: number; does: 'foreignJob'; sameUser: boolean };

export interface Plan {
  /** Decides latencies, which are no faults. */
  seed: number;
  input: {
    waitForParticipant: boolean;
    /** Milliseconds. */
    maxDuration: number;
    reconcileInterval: number;
    settleTimeout: number;
    /** Seconds. */
    maxIdleTime: number;
  };
  participantJoinsAt: number | undefined;
  /** How many of steps 1 to 4 the worker remembers when it is asked for them; all but 4 make it do all of them. */
  remembered: number;
  /** When the user publishes, from the job's creation: comes after so long, and stays for so long. */
  publisher: { comesAfter: number; staysFor: number };
  /** Other users stay in the room: the vendor's idle limit does not end a job. */
  othersInRoom: boolean;
  /** Milliseconds of one file. */
  recordCycle: number;
  /** How long the vendor takes to initialise a job. */
  initDelay: number;
  /** When the vendor breaks the job off, from its creation. */
  internalErrorAfter: number | undefined;
  /** How long a file needs until the bucket lists it; one of these places in the order of files never gets there. */
  listDelay: number;
  lostFile: number | undefined;
  faults: Fault[];
  /** The vendor rejects every call as unavailable. */
  outages: { at: number; lasts: number }[];
  callbacks: CallbackFault[];
  acts: Act[];
  /** Before which workflow tasks the worker has forgotten the recording; all: a worker without a cache. */
  evictions: number[] | 'all';
  /** After how many tasks of a run the server suggests continue-as-new: sooner than in reality. */
  suggestAfter: number | undefined;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const upTo = (longest: number) => fc.integer({ min: 0, max: longest });

/** Short times are where things meet; long ones must be bounded too. */
const moment = fc.oneof(
  { weight: 3, arbitrary: upTo(20 * SECOND) },
  { weight: 2, arbitrary: upTo(3 * MINUTE) },
  { weight: 1, arbitrary: upTo(HOUR) },
);

function faultOf(activity: FaultyActivity, kinds: readonly FaultKind[]): fc.Arbitrary<Fault> {
  return fc.record({
    activity: fc.constant(activity),
    nth: fc.oneof({ weight: 3, arbitrary: upTo(2) }, { weight: 1, arbitrary: upTo(8) }),
    kind: fc.constantFrom(...kinds),
  });
}

const fault = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.constantFrom(...FAULTY_ACTIVITIES).chain((activity) => faultOf(activity, GENERAL_FAULTS)),
  },
  { weight: 4, arbitrary: faultOf('startIndividualStreamJob', START_FAULTS) },
  { weight: 1, arbitrary: faultOf('getIndividualStreamJob', POLL_FAULTS) },
  { weight: 2, arbitrary: faultOf('pollIndividualStreamJob', POLL_FAULTS) },
  { weight: 2, arbitrary: faultOf('stopIndividualStreamJob', STOP_FAULTS) },
);

const callbackFault: fc.Arbitrary<CallbackFault> = fc.record({
  nth: fc.oneof({ weight: 5, arbitrary: upTo(6) }, { weight: 1, arbitrary: fc.constant('all' as const) }),
  effect: fc.constantFrom('lost', 'twice', 'late', 'withoutJobId', 'withoutStreamName'),
});

const EVENT_TYPES = ['RECORD_NEW_FILE_START', 'RECORD_FILE_COMPLETE', 'CLOUD_RECORD_OVER', 'CLOUD_RECORD_SERVER_OVER'];

/** Whatever JSON a sender can write, events with fields of the wrong kind among it. */
const content = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, 'text', 7),
  fc.jsonValue({ maxDepth: 3 }),
  fc.dictionary(
    fc.constantFrom(
      'eventType',
      'jobId',
      'appId',
      'roomId',
      'streamName',
      'obsObject',
      'obsBucket',
      '__proto__',
      'constructor',
    ),
    fc.oneof(
      fc.constantFrom<unknown>(...EVENT_TYPES, 'room001', '__proto__', 'x'.repeat(2_000), 1e308, null),
      fc.jsonValue(),
    ),
  ),
);

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ at: moment, does: fc.constantFrom('stop', 'cancel', 'participantJoined', 'query') }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      at: moment,
      does: fc.constant('message' as const),
      by: fc.constantFrom('signal', 'update', 'query'),
      name: fc.constantFrom(
        'recordingEvent',
        'recordingEvent',
        'participantJoined',
        'stopRecording',
        'recordingStatus',
        'unknown',
      ),
      content,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      at: moment,
      does: fc.constant('eventOfEarlierJob' as const),
      eventType: fc.constantFrom(...EVENT_TYPES),
    }),
  },
  { weight: 2, arbitrary: fc.record({ at: moment, does: fc.constant('foreignJob' as const), sameUser: fc.boolean() }) },
);

/** Mostly few, since each hides what the others could show. */
function few<T>(arbitrary: fc.Arbitrary<T>, most: number): fc.Arbitrary<T[]> {
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant<T[]>([]) },
    { weight: 3, arbitrary: fc.array(arbitrary, { maxLength: 2 }) },
    { weight: 1, arbitrary: fc.array(arbitrary, { maxLength: most }) },
  );
}

function seldom<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined, freq: 4 });
}

const anyPlans: fc.Arbitrary<Plan> = fc.record({
  seed: fc.nat(),
  input: fc.record({
    waitForParticipant: fc.oneof(
      { weight: 3, arbitrary: fc.constant(false) },
      { weight: 1, arbitrary: fc.constant(true) },
    ),
    maxDuration: fc.oneof(fc.integer({ min: SECOND, max: 2 * MINUTE }), fc.integer({ min: MINUTE, max: 3 * HOUR })),
    reconcileInterval: fc.oneof(fc.integer({ min: 5 * SECOND, max: MINUTE }), fc.constant(5 * MINUTE)),
    settleTimeout: fc.oneof(upTo(20 * SECOND), fc.constant(5 * MINUTE)),
    maxIdleTime: fc.integer({ min: 5, max: 60 }),
  }),
  remembered: fc.oneof({ weight: 2, arbitrary: fc.constantFrom(0, 4) }, { weight: 1, arbitrary: upTo(4) }),
  participantJoinsAt: fc.option(moment, { nil: undefined }),
  publisher: fc.record({
    comesAfter: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: moment }),
    staysFor: moment,
  }),
  othersInRoom: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  recordCycle: fc.integer({ min: 20 * SECOND, max: 30 * MINUTE }),
  initDelay: upTo(10 * SECOND),
  internalErrorAfter: seldom(moment),
  listDelay: upTo(15 * SECOND),
  lostFile: seldom(upTo(3)),
  faults: few(fault, 8),
  outages: few(fc.record({ at: moment, lasts: upTo(10 * MINUTE) }), 2),
  callbacks: few(callbackFault, 6),
  acts: few(act, 6),
  evictions: fc.oneof(
    { weight: 9, arbitrary: fc.array(fc.integer({ min: 2, max: 30 }), { maxLength: 2 }) },
    { weight: 1, arbitrary: fc.constant('all' as const) },
  ),
  suggestAfter: seldom(fc.integer({ min: 10, max: 30 })),
});

type Trouble = Partial<Pick<Plan, 'faults' | 'callbacks' | 'acts' | 'othersInRoom' | 'publisher'>>;

const stopOrCancel: fc.Arbitrary<Act> = fc.record({
  at: fc.oneof(upTo(20 * SECOND), upTo(3 * MINUTE)),
  does: fc.constantFrom('stop', 'cancel'),
});

/** What seldom meets by chance: several things that go wrong around the same request. */
const troubles: fc.Arbitrary<Trouble> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  // The response of the first start is lost, news of its job may be late, and someone may end the recording meanwhile.
  {
    weight: 2,
    arbitrary: fc.record({
      faults: fc
        .constantFrom<FaultKind>('lostWithJob', 'lostWithoutJob', 'lateJob', 'workerDiedWithJob', 'hungWithJob')
        .map((kind): Fault[] => [{ activity: 'startIndividualStreamJob', nth: 0, kind }]),
      callbacks: fc.array(
        fc.record({ nth: upTo(3), effect: fc.constantFrom<CallbackFault['effect']>('lost', 'late', 'withoutJobId') }),
        { maxLength: 3 },
      ),
      acts: fc.array(stopOrCancel, { maxLength: 1 }),
    }),
  },
  // The first stop goes wrong.
  {
    weight: 1,
    arbitrary: fc.record({
      faults: faultOf('stopIndividualStreamJob', STOP_FAULTS).map((one): Fault[] => [{ ...one, nth: 0 }]),
      acts: fc.array(stopOrCancel, { minLength: 1, maxLength: 1 }),
    }),
  },
  // The user comes late or not at all, and the room is not empty.
  {
    weight: 1,
    arbitrary: fc.record({
      othersInRoom: fc.constant(true),
      publisher: fc.record({ comesAfter: moment, staysFor: moment }),
    }),
  },
);

export const plans: fc.Arbitrary<Plan> = fc.tuple(anyPlans, troubles).map(([plan, trouble]) => ({
  ...plan,
  ...trouble,
  faults: [...(trouble.faults ?? []), ...plan.faults],
  callbacks: [...(trouble.callbacks ?? []), ...plan.callbacks],
  acts: [...(trouble.acts ?? []), ...plan.acts],
}));

/**
 * Recordings that nothing disturbs, and which end by themselves. The bucket lists a file at once: one whose event comes
 * after that of the end, and which is not listed by then either, is not waited for.
 */
export const quietPlans: fc.Arbitrary<Plan> = plans.map((plan) => ({
  ...plan,
  input: { ...plan.input, waitForParticipant: false, maxDuration: 3 * HOUR, settleTimeout: 5 * MINUTE },
  publisher: { comesAfter: 0, staysFor: plan.publisher.staysFor },
  othersInRoom: false,
  internalErrorAfter: undefined,
  listDelay: 0,
  lostFile: undefined,
  faults: [],
  outages: [],
  callbacks: [],
  acts: [],
  suggestAfter: undefined,
}));

/** Callbacks that come late or twice, hence in another order; none is lost. */
export const reorderings: fc.Arbitrary<CallbackFault[]> = fc.array(
  fc.record({ nth: upTo(12), effect: fc.constantFrom('late', 'twice') }),
  { minLength: 1, maxLength: 12 },
);
