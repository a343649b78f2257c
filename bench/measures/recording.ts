import type { Client } from '@temporalio/client';
import { deploy, type Deployment } from '../deployment.js';
import { roundsOf, type Effort } from '../effort.js';
import { atLeast, atMost, ms, type Figure } from '../figures.js';
import { perOne, serverPid, takenSoFar, type Resources } from '../resources.js';
import { endCallbackOf, isJobStart } from '../sighting.js';
import { median, quantile, ratioOf } from '../statistics.js';

/*
 * One recording after the other, and 32 at a time: the product and the reference in turns.
 */

interface Times {
  /** From the trigger to the request at the vendor by which the job starts. */
  start: number;
  /** From the moment at which the vendor sends the last callback to the result in the caller's hands. */
  end: number;
}

/** So many recordings of each side before any counts: code is compiled, connections and memory are there. */
const WARM_UP = 10;

let rooms = 0;
const nextRoom = () => `room-${++rooms}`;

async function timed(
  { vendor }: Deployment,
  roomId: string,
  begin: () => Promise<{ result: () => Promise<unknown> }>,
): Promise<Times> {
  const requests = vendor.requests.length;
  const triggeredAt = Date.now();
  const recording = await begin();
  await recording.result();
  const endedAt = Date.now();
  const started = vendor.requests.slice(requests).find(isJobStart);
  const last = endCallbackOf(vendor, roomId);
  if (!started || !last) throw new Error(`${roomId} was not recorded as it should be`);
  return { start: started.at - triggeredAt, end: endedAt - last.at };
}

export async function measureLatency(deployment: Deployment, effort: Effort): Promise<Figure[]> {
  const product = (room: string) => timed(deployment, room, () => deployment.record(room));
  const bare = (room: string) => timed(deployment, room, () => deployment.recordBare(room));
  for (let index = 0; index < WARM_UP; index++) {
    await product(nextRoom());
    await bare(nextRoom());
  }
  const ours: Times[][] = [];
  const theirs: Times[][] = [];
  for (const round of roundsOf(effort)) {
    const mine: Times[] = [];
    const yours: Times[] = [];
    for (let index = 0; index < effort.each; index++) {
      // Who is first takes turns as well.
      if ((round + index) % 2 === 0) mine.push(await product(nextRoom()));
      yours.push(await bare(nextRoom()));
      if ((round + index) % 2 === 1) mine.push(await product(nextRoom()));
    }
    ours.push(mine);
    theirs.push(yours);
  }
  const figure = (key: keyof Times, what: string, limit: number): Figure => {
    const of = (all: Times[][]) => all.map((round) => round.map((times) => times[key]));
    const [mine, yours] = [of(ours), of(theirs)];
    const ratio = ratioOf(mine.map(median), yours.map(median));
    const shown = (all: number[][]) => `${ms(median(all.flat()))} / ${ms(quantile(all.flat(), 0.99))}`;
    return {
      what: `${what}, p50 / p99`,
      reference: 'bare workflow with empty activities',
      ours: shown(mine),
      theirs: shown(yours),
      ratio,
      target: `p50 ≤ ${limit} ×`,
      met: atMost(ratio, limit),
      samples: { unit: 'ms', ours: mine.flat(), theirs: yours.flat() },
    };
  };
  return [figure('start', 'trigger → job start at the vendor', 0.9), figure('end', 'last callback → result', 1.2)];
}

const BARE = 'bare workflow with the same calls and signals';

/** One of those that take turns in {@link measureThroughput}. */
interface Side {
  pids: Record<string, number | undefined>;
  begin: (room: string) => Promise<{ result: () => Promise<unknown> }>;
  rates: number[];
  taken: Resources[];
}

/**
 * The product twice, with and without the search attributes of the list, which the reference has not either.
 * @param metricsUrl the Prometheus page of the Temporal server
 */
export async function measureThroughput(
  deployment: Deployment,
  effort: Effort,
  metricsUrl: string,
): Promise<Figure[]> {
  const { each } = effort;
  const { worker, receiver, bareWorker, bareReceiver } = deployment;
  const LOOP = 32;
  const perSecond = async (begin: Side['begin']) => {
    const startedAt = performance.now();
    let left = each;
    const one = async () => {
      while (left-- > 0) await (await begin(nextRoom())).result();
    };
    await Promise.all(Array.from({ length: LOOP }, one));
    return each / ((performance.now() - startedAt) / 1_000);
  };
  const temporal = await serverPid();
  const ours = { worker: worker.pid, receiver: receiver.pid, temporal };
  const bare = { worker: bareWorker.pid, receiver: bareReceiver.pid, temporal };
  const product: Side = { pids: ours, begin: (room) => deployment.record(room), rates: [], taken: [] };
  const unlisted: Side = { pids: ours, begin: (room) => deployment.recordUnlisted(room), rates: [], taken: [] };
  const reference: Side = { pids: bare, begin: (room) => deployment.recordBare(room), rates: [], taken: [] };
  const sides = [product, unlisted, reference];
  const run = async (side: Side) => {
    const before = await takenSoFar(side.pids, metricsUrl);
    side.rates.push(await perSecond(side.begin));
    side.taken.push(perOne(before, await takenSoFar(side.pids, metricsUrl), each));
  };
  // Not counted: a fresh process takes a third more until its code is compiled for good.
  for (const { begin } of sides) await perSecond(begin);
  for (const round of roundsOf(effort)) {
    // Who is first takes turns as well.
    const first = round % sides.length;
    for (const side of [...sides.slice(first), ...sides.slice(0, first)]) await run(side);
  }

  const withoutAttributes = rateFigure('the same, without search attributes', unlisted, reference);
  const taken = medianOf(product.taken);
  const takenByReference = medianOf(reference.taken);
  return [
    {
      ...rateFigure(`recordings a second, closed loop of ${LOOP}`, product, reference),
      // The attributes are there for who looks for a recording. What is not theirs has to stay within the limit.
      ...(withoutAttributes.met && { accepted: 'search attributes' }),
    },
    withoutAttributes,
    workerFigure(product, reference),
    {
      ...takenFigure('CPU of worker + receiver + Temporal; requests, writes', taken, takenByReference),
      values: {
        workerMs: taken.cpu['worker'] ?? NaN,
        receiverMs: taken.cpu['receiver'] ?? NaN,
        temporalMs: taken.cpu['temporal'] ?? NaN,
        requests: taken.requests,
        writes: taken.writes,
      },
    },
    takenFigure('the same, without search attributes', medianOf(unlisted.taken), takenByReference),
  ];
}

function rateFigure(what: string, side: Side, reference: Side): Figure {
  const ratio = ratioOf(side.rates, reference.rates);
  return {
    what,
    reference: BARE,
    ours: `${median(side.rates).toFixed(1)} /s`,
    theirs: `${median(reference.rates).toFixed(1)} /s`,
    ratio,
    target: '≥ 1.0 ×',
    met: atLeast(ratio, 1),
  };
}

function workerFigure(side: Side, reference: Side): Figure {
  const workerTimes = ({ taken }: Side) => taken.map(({ cpu }) => cpu['worker'] ?? NaN);
  const ratio = ratioOf(workerTimes(side), workerTimes(reference));
  return {
    what: 'CPU of the worker for a recording',
    reference: BARE,
    ours: ms(median(workerTimes(side))),
    theirs: ms(median(workerTimes(reference))),
    ratio,
    target: '≤ 1.0 ×',
    met: atMost(ratio, 1),
  };
}

function takenFigure(what: string, ours: Resources, theirs: Resources): Figure {
  const shown = ({ cpu, requests, writes }: Resources) =>
    `${Object.values(cpu)
      .map((time) => time.toFixed(0))
      .join(' + ')} ms; ${requests.toFixed(0)}, ${writes.toFixed(0)}`;
  const most = 0.65;
  return {
    what,
    reference: BARE,
    ours: shown(ours),
    theirs: shown(theirs),
    target: `last two ≤ ${most} ×`,
    met: ours.requests <= most * theirs.requests && ours.writes <= most * theirs.writes,
  };
}

function medianOf(rounds: readonly Resources[]): Resources {
  const names = Object.keys(rounds[0]?.cpu ?? {});
  const of = (value: (one: Resources) => number) => median(rounds.map(value));
  return {
    cpu: Object.fromEntries(names.map((name) => [name, of(({ cpu }) => cpu[name] ?? NaN)])),
    requests: of(({ requests }) => requests),
    writes: of(({ writes }) => writes),
  };
}

/** What a recording leaves in Temporal. */
export interface Cost {
  events: number;
  bytes: number;
  byType: Record<string, number>;
  /** Workflow tasks in which local activities ran. */
  tasksWithMarkers: number;
}

export async function costOf(client: Client, workflowId: string): Promise<Cost> {
  const handle = client.workflow.getHandle(workflowId);
  const { events = [] } = await handle.fetchHistory();
  const { historySize = 0 } = await handle.describe();
  const byType: Record<string, number> = {};
  for (const event of events ?? []) {
    const type = Object.keys(event).find((key) => key.endsWith('EventAttributes')) ?? 'other';
    const name = type.replace(/EventAttributes$/, '');
    byType[name] = (byType[name] ?? 0) + 1;
  }
  const markers = (events ?? []).flatMap(({ markerRecordedEventAttributes: marker }) =>
    marker ? [String(marker.workflowTaskCompletedEventId)] : [],
  );
  return { events: events?.length ?? 0, bytes: historySize, byType, tasksWithMarkers: new Set(markers).size };
}

/**
 * What Temporal Cloud bills as actions: the start, each activity, the local activities of one workflow task together,
 * each timer, signal and upsert.
 * Source: https://docs.temporal.io/cloud/actions
 */
export function actionsOf({ byType, tasksWithMarkers }: Cost): number {
  const counted = [
    'workflowExecutionStarted',
    'activityTaskScheduled',
    'timerStarted',
    'workflowExecutionSignaled',
    'upsertWorkflowSearchAttributes',
  ];
  return counted.reduce((sum, type) => sum + (byType[type] ?? 0), tasksWithMarkers);
}

/**
 * One in which neither the token nor the keys had to be renewed: by the simulator's clock, those for an hour last 18
 * s.
 */
async function warmRecording({ vendor, record }: Deployment) {
  for (;;) {
    const before = vendor.requests.length;
    const recording = await record(nextRoom());
    await recording.result();
    const calls = vendor.requests.slice(before).map(({ method, path }) => `${method} ${withoutIds(path)}`);
    if (!calls.some((call) => call.startsWith('POST /v3'))) return { workflowId: recording.workflowId, calls };
  }
}

/** A plain MP4 recording of three callbacks, each of which comes by itself. */
export async function measureCost(deployment: Deployment): Promise<Figure[]> {
  const { client } = deployment;
  const { workflowId, calls } = await warmRecording(deployment);
  const bareRoom = nextRoom();
  const bare = await deployment.recordBare(bareRoom);
  await bare.result();
  const [ours, theirs] = [await costOf(client, workflowId), await costOf(client, bare.workflowId)];
  const kB = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;
  return [
    {
      what: 'history of a recording: events, bytes, actions',
      reference: 'bare workflow with the same signals',
      ours: `${ours.events}, ${kB(ours.bytes)}, ${actionsOf(ours)}`,
      theirs: `${theirs.events}, ${kB(theirs.bytes)}, ${actionsOf(theirs)}`,
      target: '≤ 42 events, ≤ 24 kB',
      met: ours.events <= 42 && ours.bytes <= 24_000,
      values: {
        bytes: ours.bytes,
        actions: actionsOf(ours),
        callbacks: ours.byType['workflowExecutionSignaled'] ?? NaN,
        jobCalls: calls.filter((call) => call.includes('individual-stream-jobs')).length,
      },
    },
    {
      what: 'calls to the vendor, with steps 1 to 4 remembered',
      reference: 'start and listing',
      ours: String(calls.length),
      theirs: '2',
      target: 'start + listing',
      met: calls.length <= 2,
      // No event reports INTERNAL_ERROR, so a poll has to. A fourth call fails the run.
      ...(calls.length === 3 && calls.some(isQuestion) && { accepted: 'reason of the end' }),
    },
  ];
}

/**
 * How late the end is found where the vendor sends no end event, with the default intervals. Real time: the product's
 * pauses are, so the recordings run side by side.
 */
export async function measureSilentEnd(address: string, recordings: number): Promise<Figure> {
  const deployment = await deploy(address, {
    // Each user publishes for 5 s; the job ends after idle limits from 5 s to a minute.
    simulator: { timeScale: 1, publishDurationMs: 5_000, overEventType: 'none' },
  });
  try {
    const lateness = await Promise.all(
      Array.from({ length: recordings }, async (_, index) => {
        const recording = await deployment.record(nextRoom(), { maxIdleTime: 5 + 3 * index });
        const { stopTime } = await recording.result();
        return Date.now() - Date.parse(stopTime ?? '');
      }),
    );
    const polls = deployment.vendor.requests.filter(({ method, path }) => isQuestion(`${method} ${withoutIds(path)}`));
    const limit = 20_000;
    return {
      what: "job's end → result without an end event, p50 / max; polls each",
      reference: 'reconcileInterval',
      ours: `${seconds(median(lateness))} / ${seconds(Math.max(...lateness))}; ${polls.length / recordings}`,
      theirs: '300 s',
      target: `p50 ≤ ${seconds(limit)}`,
      met: median(lateness) <= limit,
    };
  } finally {
    await deployment.close();
  }
}

const seconds = (milliseconds: number) => `${(milliseconds / 1_000).toFixed(1)} s`;

const withoutIds = (path: string) => path.replace(/[0-9a-f]{24,}/g, '{id}');

const isQuestion = (call: string) => call === 'GET /v2/apps/{id}/individual-stream-jobs/{id}';

/**
 * A long recording whose callbacks come. Eight hours are 96 intervals of five minutes; here they are of a second,
 * which is the shortest, and time is the machine's own.
 */
export async function measureQuestions(address: string, intervals: number): Promise<Figure> {
  const seconds = intervals;
  const deployment = await deploy(address, {
    // A file of a minute each three seconds, so that callbacks come all the time.
    simulator: { timeScale: 20, publishDurationMs: seconds * 20 * 1_000 },
  });
  try {
    const { recordRule } = deployment.input('');
    const recording = await deployment.record('long', {
      reconcileInterval: '1 second',
      recordRule: { ...recordRule, mp4Config: { recordCycle: 60 } },
    });
    const { fileCount } = await recording.result();
    const requests = deployment.vendor.requests.filter(
      ({ method, path }) => method === 'GET' && path.includes('/individual-stream-jobs/'),
    ).length;
    return {
      what: `polls in ${intervals} intervals, while callbacks arrive`,
      reference: 'reconcileInterval',
      ours: `${requests}, with ${fileCount} files`,
      theirs: `${intervals} and the end`,
      target: 'one each',
      met: requests <= intervals + 1,
    };
  } finally {
    await deployment.close();
  }
}
