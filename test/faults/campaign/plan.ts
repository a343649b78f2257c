import type { CallbackEffect, RequestEffect, Stream } from '../../../simulator/faults.js';
import { Random } from './random.js';

/** The calls to the vendor that belong to one recording. */
export type CallKind = 'start' | 'show' | 'stop' | 'listing';

/** What the recording's caller does, in milliseconds after it has started the recording, or after the job is there. */
export type Caller =
  | { does: 'nothing' }
  | { does: 'stop' | 'cancel'; afterMs: number; sinceJob?: true }
  | { does: 'maxDuration'; ms: number }
  | { does: 'participant'; afterMs: number };

/**
 * Another client's job of the same room and user: made long before the recording; of the sibling video type while it
 * starts; or of the same type, but after the request to start was over.
 */
export type Stranger = 'older' | 'sibling' | 'later';

/** Everything that is going to happen to one recording. */
export interface RecordingPlan extends Stream {
  seed: number;
  index: number;
  formats: ['MP4'] | ['HLS'] | ['MP4', 'HLS'];
  /** How long the user publishes, from the moment a job is there. */
  publishMs: number;
  caller: Caller;
  /** What happens to the first, second, … call of a kind; those after the last succeed. */
  calls: Record<CallKind, RequestEffect[]>;
  /** What happens to the job's events, by type; `*` is all of them. */
  events: Partial<Record<EventType | '*', CallbackEffect>>;
  /** The vendor breaks the first job off so long after its creation. */
  internalErrorAfterMs?: number;
  stranger?: Stranger;
}

const EVENT_TYPES = ['RECORD_NEW_FILE_START', 'RECORD_FILE_COMPLETE', 'CLOUD_RECORD_OVER'] as const;
type EventType = (typeof EVENT_TYPES)[number];

const THROTTLED = { error_code: 'APIGW.0308', error_msg: 'The throttling threshold has been reached' };
const UNKNOWN_JOB = { error_code: 'RTC.00001003', error_msg: 'ParameterInvalid: job' };

/** One in eight pairs of recordings is of one user: camera and screen at the same time. */
const SIBLINGS = 0.125;

/** How often the state of a job is polled. Milliseconds. */
export const RECONCILE_INTERVAL = 10_000;

/** The share of recordings whose job the vendor breaks off. */
const BREAK_OFFS = 0.12;

/** The plan of one recording; it depends on the seed and the number alone. */
export function planRecording(seed: number, index: number): RecordingPlan {
  const pair = new Random(seed, 'pair', Math.floor(index / 2));
  const siblings = pair.chance(SIBLINGS);
  const random = new Random(seed, 'recording', index);
  const user = siblings ? `pair${Math.floor(index / 2)}` : `user${index}`;
  const isSecond = siblings && index % 2 === 1;
  return {
    seed,
    index,
    roomId: `room_${Math.floor(index / 2) % 7}`,
    userId: user,
    videoType: isSecond || (!siblings && random.chance(0.2)) ? 'SCREENSTREAM' : 'CAMERASTREAM',
    formats: pair.weighted([
      [['MP4'], 5],
      [['HLS'], 3],
      [['MP4', 'HLS'], 2],
    ]),
    publishMs: random.between(2000, 6000),
    caller: planCaller(random),
    calls: {
      start: planCalls(random, 0.5, 2, startEffect),
      show: planCalls(random, 0.45, 3, showEffect),
      stop: planCalls(random, 0.45, 3, stopEffect),
      listing: planCalls(random, 0.4, 2, listingEffect),
    },
    events: planEvents(random),
    // The user is still live when the next job records.
    ...(random.chance(BREAK_OFFS) && {
      internalErrorAfterMs: random.between(500, 5000),
      publishMs: random.between(20_000, 30_000),
    }),
    // A stranger of the sibling type would be the other recording's own.
    ...(random.chance(0.15) && { stranger: siblings ? ('older' as const) : random.pick(['older', 'sibling']) }),
  };
}

export type LostResponse = 'reset after the work' | 'worker killed' | 'cancelled in the same moment';

/**
 * The plan of one recording whose start is done, but without a response. In every second one another client has a job
 * of the same room and user.
 */
export function planLostResponse(seed: number, index: number, shape: LostResponse): RecordingPlan {
  const random = new Random(seed, shape, index);
  const delay = { kind: 'delayAfter', ms: shape === 'worker killed' ? 60_000 : random.between(500, 4000) } as const;
  const reset = { kind: 'resetAfter' } as const;
  const start = {
    'reset after the work': reset,
    'worker killed': delay,
    'cancelled in the same moment': random.chance(0.5) ? reset : delay,
  }[shape];
  // After a killed worker no one can tell for a minute whether a new job of the same stream is ours.
  const strangers =
    shape === 'worker killed' ? (['older', 'sibling'] as const) : (['older', 'sibling', 'later'] as const);
  return {
    seed,
    index,
    roomId: `room_${index % 7}`,
    userId: `${shape.split(' ', 1)[0]}${index}`,
    videoType: random.pick(['CAMERASTREAM', 'SCREENSTREAM']),
    formats: random.pick([['MP4'], ['HLS']]),
    publishMs: random.between(2000, 6000),
    caller:
      shape === 'cancelled in the same moment'
        ? { does: 'cancel', afterMs: random.between(0, 600), sinceJob: true }
        : { does: 'nothing' },
    calls: { start: [start], show: [], stop: [], listing: [] },
    events: random.weighted([
      [{}, 5],
      [{ RECORD_NEW_FILE_START: { kind: 'drop' } }, 2],
      [{ RECORD_NEW_FILE_START: { kind: 'delay', ms: random.between(1000, 12_000) } }, 3],
    ]),
    ...(random.chance(0.5) && { stranger: random.pick(strangers) }),
  };
}

/** The plan of one recording whose first job breaks off while the user stays. Only callbacks and listings fail too. */
export function planBreakOff(seed: number, index: number): RecordingPlan {
  const random = new Random(seed, 'break-off', index);
  return {
    seed,
    index,
    roomId: `room_${index % 7}`,
    userId: `broken${index}`,
    videoType: random.pick(['CAMERASTREAM', 'SCREENSTREAM']),
    formats: random.pick<RecordingPlan['formats']>([['MP4'], ['HLS'], ['MP4', 'HLS']]),
    publishMs: random.between(20_000, 30_000),
    caller: { does: 'nothing' },
    calls: { start: [], show: [], stop: [], listing: planCalls(random, 0.4, 2, listingEffect) },
    events: planEvents(random),
    internalErrorAfterMs: random.between(500, 5000),
  };
}

function planCaller(random: Random): Caller {
  return random.weighted<() => Caller>([
    [() => ({ does: 'nothing' }), 50],
    [() => ({ does: 'stop', afterMs: random.between(0, 9000) }), 15],
    [() => ({ does: 'cancel', afterMs: random.between(0, 9000) }), 12],
    [() => ({ does: 'maxDuration', ms: random.between(1000, 6000) }), 11],
    [() => ({ does: 'participant', afterMs: random.between(0, 3000) }), 12],
  ])();
}

function planCalls(random: Random, probability: number, most: number, effect: (random: Random) => RequestEffect) {
  if (!random.chance(probability)) return [];
  return Array.from({ length: random.between(1, most) }, () => effect(random));
}

/** What any call may meet. The work was done where the kind says so. */
function anyEffect(random: Random): RequestEffect {
  return random.pick<() => RequestEffect>([
    () => ({ kind: 'resetAfter' }),
    () => ({ kind: 'resetBefore' }),
    () => ({ kind: 'respond', status: 500 }),
    () => ({ kind: 'respondAfter', status: 500 }),
    () => ({ kind: 'hang', ms: random.between(1000, 4000) }),
    () => ({ kind: 'garbage' }),
    () => ({ kind: 'truncate' }),
    () => ({ kind: 'respond', status: 429, body: THROTTLED }),
    () => ({ kind: 'delayAfter', ms: random.between(500, 4000) }),
  ])();
}

function startEffect(random: Random): RequestEffect {
  return random.chance(0.4) ? { kind: 'resetAfter' } : anyEffect(random);
}

/** One "not found" for a job that lives is among what a question or a stop may meet. */
function showEffect(random: Random): RequestEffect {
  return random.chance(0.15) ? { kind: 'respond', status: 404, body: UNKNOWN_JOB } : anyEffect(random);
}

const stopEffect = showEffect;

/** OBS is asked by a client of its own, which repeats by itself. */
function listingEffect(random: Random): RequestEffect {
  return random.pick<() => RequestEffect>([
    () => ({ kind: 'resetBefore' }),
    () => ({ kind: 'respond', status: 503, body: '', headers: { 'content-type': 'application/xml' } }),
    () => ({ kind: 'respond', status: 500, body: '', headers: { 'content-type': 'application/xml' } }),
    () => ({ kind: 'hang', ms: random.between(1000, 4000) }),
    () => ({ kind: 'garbage' }),
    () => ({ kind: 'truncate' }),
    () => ({ kind: 'delayAfter', ms: random.between(500, 3000) }),
  ])();
}

function planEvents(random: Random): RecordingPlan['events'] {
  if (random.chance(0.13)) return { '*': { kind: 'drop' } };
  const events: RecordingPlan['events'] = {};
  if (random.chance(0.35)) return events;
  for (const type of EVENT_TYPES) {
    const effect = random.pick<() => CallbackEffect | undefined>([
      () => undefined,
      () => ({ kind: 'drop' }),
      () => ({ kind: 'repeat', times: random.between(2, 4) }),
      () => ({ kind: 'delay', ms: random.between(300, 6000) }),
    ])();
    if (effect) events[type] = effect;
  }
  return events;
}

/** What happens to a whole installation, all its recordings alike. */
export interface Disturbance {
  kind: 'worker killed' | 'both workers killed' | 'receiver killed' | 'tokens revoked' | 'IAM out' | 'throttled';
  /** Milliseconds after the one before is over. */
  pauseMs: number;
  /** How long it lasts, until it is repaired. */
  lastsMs: number;
}

/** The disturbances of one installation, one after the other without an end. */
export function* planDisturbances(seed: number, cell: number): Generator<Disturbance, never> {
  const random = new Random(seed, 'cell', cell);
  for (;;) {
    yield {
      kind: random.weighted([
        ['worker killed', 3],
        ['both workers killed', 1],
        ['receiver killed', 3],
        ['tokens revoked', 2],
        ['IAM out', 1],
        ['throttled', 2],
      ]),
      pauseMs: random.between(3000, 9000),
      lastsMs: random.between(500, 4000),
    };
  }
}
