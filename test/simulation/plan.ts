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
  'inspectMedia',
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

const FAULTS_THAT_CREATE_A_JOB = ['lostWithJob', 'lateJob', 'workerDiedWithJob', 'hungWithJob'] as const;

/** Of a poll and of a stop: wrong responses, a stop without effect, a job that is not initialized. */
const POLL_FAULTS = ['notFound'] as const;
const STOP_FAULTS = ['alreadyEnded', 'withoutEffect', 'notInitialised'] as const;

/** Of the poll of the list of users: what happens to the worker. The list's own problems last: {@link UserList}. */
const PARTICIPANT_FAULTS = ['workerDied', 'hung'] as const;

type FaultKind =
  | (typeof GENERAL_FAULTS)[number]
  | (typeof START_FAULTS)[number]
  | (typeof POLL_FAULTS)[number]
  | (typeof STOP_FAULTS)[number];

/** The n-th attempt (from 0) of this activity does not go as it should. */
export interface Fault {
  activity: FaultyActivity | 'pollParticipant';
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
  /** Someone else starts a job of the same user, or of another one. */
  | { at: number; does: 'foreignJob'; sameUser: boolean };

/** The vendor's list of users. */
export interface UserList {
  /** Milliseconds by which it is late. */
  delay: number;
  /** When it cannot be read, and for how long; without `lasts` for good. */
  problems: { kind: 'rejected' | 'throttled' | 'unavailable'; at: number; lasts: number | undefined }[];
}

/** What happens to the event that reports a join of the recorded user. */
export type JoinEvent = 'lost' | 'sent' | 'twice' | 'late';

/** Someone is in the room: comes so long after the last stay has ended, and stays for so long. Milliseconds. */
export interface Stay {
  after: number;
  staysFor: number;
}

export interface Plan {
  /** Decides latencies, which are no faults. */
  seed: number;
  input: {
    waitForParticipant: boolean;
    /** Milliseconds. */
    stopAfterAbsence: number | undefined;
    maxDuration: number;
    reconcileInterval: number;
    settleTimeout: number;
    /** Seconds. */
    maxIdleTime: number;
  };
  /** When the caller signals that the participant has joined. */
  participantJoinsAt: number | undefined;
  /** How many of steps 1 to 4 the worker remembers when it is asked for them; all but 4 make it do all of them. */
  remembered: number;
  /**
   * When the user publishes, a new file for each stay: from the creation of our first job, or from the recording's
   * start if that waits for the user.
   */
  publisher: Stay[];
  /** How long the user stays in the room after each of these stays without publishing. */
  lingers: number;
  /** When others are in the room, from the same time: the vendor's idle limit is that of the empty room. */
  others: Stay[];
  userList: UserList;
  /** Of the publisher's stays, in order; the vendor sends none for a further one. */
  joinEvents: JoinEvent[];
  /** A job that waits for its first publisher is RUNNING, not INIT. */
  waitsRunning: boolean;
  /** Milliseconds of one file. */
  recordCycle: number;
  /** How long the vendor takes to initialise a job. */
  initDelay: number;
  /** When the vendor breaks off our n-th job, from its creation; whether the file that is open then is kept. */
  internalErrorAfter: (number | undefined)[];
  keepsOpenFile: boolean;
  /** How long a file needs until the bucket lists it; one of these places in the order of files never gets there. */
  listDelay: number;
  lostFile: number | undefined;
  /** One of these places cannot be played, for so long (milliseconds) after it is listed, or for good. */
  brokenFile: { nth: number; lasts: number | undefined } | undefined;
  faults: Fault[];
  /** The vendor rejects every call as unavailable. */
  outages: { at: number; lasts: number }[];
  callbacks: CallbackFault[];
  acts: Act[];
  /** Before which workflow tasks the worker has forgotten the recording; all: a worker without a cache. */
  evictions: number[] | 'all';
  /** After how many tasks of a run the server suggests continue-as-new: sooner than in reality. */
  suggestAfter: number | undefined;
  /** The vendor never reports the end of a job: only polls can find it. */
  noEndEvent: boolean;
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

/** A meeting lasts for hours. */
const longStay = fc.integer({ min: MINUTE, max: 6 * HOUR });

const stay: fc.Arbitrary<Stay> = fc.record({ after: moment, staysFor: moment });

/** The recorded user is there at once and once only, or comes late, several times or not at all. */
const publisher: fc.Arbitrary<Stay[]> = fc.oneof(
  { weight: 3, arbitrary: moment.map((staysFor) => [{ after: 0, staysFor }]) },
  { weight: 2, arbitrary: fc.array(stay, { maxLength: 3 }) },
);

function faultOf(activity: Fault['activity'], kinds: readonly FaultKind[]): fc.Arbitrary<Fault> {
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
  { weight: 1, arbitrary: faultOf('pollParticipant', PARTICIPANT_FAULTS) },
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
  {
    weight: 2,
    arbitrary: fc.record({ at: moment, does: fc.constant('foreignJob' as const), sameUser: fc.boolean() }),
  },
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
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary },
  );
}

const absence = fc.oneof(
  { weight: 2, arbitrary: fc.integer({ min: SECOND, max: 30 * SECOND }) },
  { weight: 1, arbitrary: fc.integer({ min: MINUTE, max: 30 * MINUTE }) },
);

const userList: fc.Arbitrary<UserList> = fc.record({
  delay: fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: upTo(MINUTE) }),
  problems: fc.oneof(
    { weight: 2, arbitrary: fc.constant<UserList['problems']>([]) },
    {
      weight: 1,
      arbitrary: fc.array(
        fc.record({
          kind: fc.constantFrom<UserList['problems'][number]['kind']>('rejected', 'throttled', 'unavailable'),
          at: fc.oneof(fc.constant(0), moment),
          lasts: fc.option(moment, { nil: undefined, freq: 2 }),
        }),
        { maxLength: 2 },
      ),
    },
  ),
});

const anyPlans: fc.Arbitrary<Plan> = fc.record({
  seed: fc.nat(),
  input: fc.record({
    waitForParticipant: fc.oneof(
      { weight: 3, arbitrary: fc.constant(false) },
      { weight: 1, arbitrary: fc.constant(true) },
    ),
    stopAfterAbsence: seldom(absence),
    maxDuration: fc.oneof(fc.integer({ min: SECOND, max: 2 * MINUTE }), fc.integer({ min: MINUTE, max: 3 * HOUR })),
    reconcileInterval: fc.oneof(fc.integer({ min: 5 * SECOND, max: MINUTE }), fc.constant(5 * MINUTE)),
    settleTimeout: fc.oneof(upTo(20 * SECOND), fc.constant(5 * MINUTE)),
    maxIdleTime: fc.integer({ min: 5, max: 60 }),
  }),
  remembered: fc.oneof({ weight: 2, arbitrary: fc.constantFrom(0, 4) }, { weight: 1, arbitrary: upTo(4) }),
  participantJoinsAt: fc.option(moment, { nil: undefined, freq: 1 }),
  publisher,
  lingers: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: moment }),
  others: fc.oneof(
    { weight: 5, arbitrary: fc.constant<Stay[]>([]) },
    { weight: 1, arbitrary: fc.array(stay, { maxLength: 2 }) },
  ),
  userList,
  joinEvents: fc.oneof(
    { weight: 1, arbitrary: fc.constant<JoinEvent[]>([]) },
    { weight: 1, arbitrary: fc.array(fc.constantFrom<JoinEvent>('lost', 'sent', 'twice', 'late'), { maxLength: 3 }) },
  ),
  waitsRunning: fc.boolean(),
  recordCycle: fc.integer({ min: 20 * SECOND, max: 30 * MINUTE }),
  initDelay: upTo(10 * SECOND),
  internalErrorAfter: fc.oneof(
    { weight: 3, arbitrary: fc.constant<undefined[]>([]) },
    { weight: 2, arbitrary: fc.array(fc.option(moment, { nil: undefined, freq: 4 }), { maxLength: 3 }) },
    // Every job breaks off.
    { weight: 1, arbitrary: fc.array(upTo(20 * SECOND), { minLength: 3, maxLength: 14 }) },
  ),
  keepsOpenFile: fc.boolean(),
  listDelay: upTo(15 * SECOND),
  lostFile: seldom(upTo(3)),
  brokenFile: seldom(fc.record({ nth: upTo(3), lasts: seldom(moment) })),
  faults: few(fault, 8),
  outages: few(fc.record({ at: moment, lasts: upTo(10 * MINUTE) }), 2),
  callbacks: few(callbackFault, 6),
  acts: few(act, 6),
  evictions: fc.oneof(
    { weight: 9, arbitrary: fc.array(fc.integer({ min: 2, max: 30 }), { maxLength: 2 }) },
    { weight: 1, arbitrary: fc.constant('all' as const) },
  ),
  suggestAfter: seldom(fc.integer({ min: 10, max: 30 })),
  noEndEvent: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});

type Trouble = Partial<Pick<Plan, 'faults' | 'callbacks' | 'acts' | 'others' | 'publisher'>> & {
  input?: Partial<Plan['input']>;
};

const stopOrCancel: fc.Arbitrary<Act> = fc.record({
  at: fc.oneof(upTo(20 * SECOND), upTo(3 * MINUTE)),
  does: fc.constantFrom('stop', 'cancel'),
});

/** What seldom meets by chance: several things that go wrong around the same request. */
const troubles: fc.Arbitrary<Trouble> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  // The response of the first start is lost, events of its job may be late, and someone may end the recording.
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
  // The job of the first start reports itself while the preparation is repeated, which then fails.
  {
    weight: 1,
    arbitrary: fc.record({
      faults: fc
        .tuple(fc.constantFrom(0, 1), fc.constantFrom(...FAULTS_THAT_CREATE_A_JOB))
        .map(([nth, kind]): Fault[] => [
          { activity: 'startIndividualStreamJob', nth: 0, kind },
          { activity: 'startIndividualStreamJob', nth: 1, kind: 'notFound' },
          { activity: 'authenticate', nth, kind: 'hung' },
          { activity: 'authenticate', nth: nth + 1, kind: 'permissionDenied' },
        ]),
      callbacks: fc.constant<CallbackFault[]>([{ nth: 0, effect: 'late' }]),
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
  // A busy room: the user comes and goes, or is awaited in vain, while others stay for hours.
  {
    weight: 3,
    arbitrary: fc.record({
      others: fc
        .tuple(longStay, fc.array(stay, { maxLength: 1 }))
        .map(([staysFor, more]) => [{ after: 0, staysFor }, ...more]),
      publisher: fc.array(stay, { maxLength: 3 }),
    }),
  },
  // The same, and the recording is to follow the user.
  {
    weight: 3,
    arbitrary: fc.record({
      input: fc.record({ waitForParticipant: fc.boolean(), stopAfterAbsence: absence }),
      others: longStay.map((staysFor) => [{ after: 0, staysFor }]),
      publisher: fc.array(stay, { maxLength: 3 }),
    }),
  },
);

export const plans: fc.Arbitrary<Plan> = fc.tuple(anyPlans, troubles).map(([plan, trouble]) => ({
  ...plan,
  ...trouble,
  input: { ...plan.input, ...trouble.input },
  faults: [...(trouble.faults ?? []), ...plan.faults],
  callbacks: [...(trouble.callbacks ?? []), ...plan.callbacks],
  acts: [...(trouble.acts ?? []), ...plan.acts],
}));

/**
 * Recordings that nothing disturbs, and which end by themselves. The bucket lists a file at once: the recording does
 * not wait for one whose event comes after that of the end, and which is not listed by then either.
 */
export const quietPlans: fc.Arbitrary<Plan> = plans.map((plan) => ({
  ...plan,
  input: {
    ...plan.input,
    ...{ waitForParticipant: false, stopAfterAbsence: undefined, maxDuration: 3 * HOUR, settleTimeout: 5 * MINUTE },
  },
  publisher: plan.publisher.slice(0, 2).map((one, nth) => (nth === 0 ? { ...one, after: 0 } : one)),
  others: [],
  internalErrorAfter: [],
  listDelay: 0,
  lostFile: undefined,
  brokenFile: undefined,
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
