import type { Client } from '@temporalio/client';
import type { Deployment } from '../deployment.js';
import { atLeast, atMost, ms, type Figure } from '../figures.js';
import { median, quantile, ratioOf } from '../statistics.js';

/*
 * One recording after the other, and 32 at a time: the product and the reference in turns.
 */

export interface Effort {
  rounds: number;
  each: number;
}

interface Times {
  /** From the trigger to the request at the vendor by which the job starts. */
  start: number;
  /** From the moment at which the vendor sends the last callback to the result in the caller's hands. */
  end: number;
}

let rooms = 0;
const nextRoom = () => `room-${++rooms}`;

async function timed(
  { vendor }: Deployment,
  roomId: string,
  begin: () => Promise<{ result: () => Promise<unknown> }>,
): Promise<Times> {
  const [requests, callbacks] = [vendor.requests.length, vendor.callbacks.length];
  const triggeredAt = Date.now();
  const recording = await begin();
  await recording.result();
  const endedAt = Date.now();
  const started = vendor.requests
    .slice(requests)
    .find(({ method, path }) => method === 'POST' && path.endsWith('/individual-stream-jobs'));
  const last = vendor.callbacks
    .slice(callbacks)
    .findLast(({ event }) => event.room_id === roomId && event.event_type === 'CLOUD_RECORD_OVER');
  if (!started || !last) throw new Error(`${roomId} was not recorded as it should be`);
  return { start: started.at - triggeredAt, end: endedAt - last.at };
}

async function inRow(count: number, one: (roomId: string) => Promise<Times>): Promise<Times[]> {
  const times: Times[] = [];
  for (let index = 0; index < count; index++) times.push(await one(nextRoom()));
  return times;
}

export async function measureLatency(deployment: Deployment, { rounds, each }: Effort): Promise<Figure[]> {
  const product = (room: string) => timed(deployment, room, () => deployment.record(room));
  const bare = (room: string) => timed(deployment, room, () => deployment.recordBare(room));
  await inRow(3, product);
  await inRow(3, bare);
  const ours: Times[][] = [];
  const theirs: Times[][] = [];
  for (let round = 0; round < rounds; round++) {
    // Who is first takes turns as well.
    if (round % 2 === 0) ours.push(await inRow(each, product));
    theirs.push(await inRow(each, bare));
    if (round % 2 === 1) ours.push(await inRow(each, product));
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
  return [figure('start', 'trigger → job start at the vendor', 1.15), figure('end', 'last callback → result', 1.2)];
}

export async function measureThroughput(deployment: Deployment, { rounds, each }: Effort): Promise<Figure> {
  const LOOP = 32;
  const perSecond = async (begin: (room: string) => Promise<{ result: () => Promise<unknown> }>) => {
    const startedAt = performance.now();
    let left = each;
    const one = async () => {
      while (left-- > 0) await (await begin(nextRoom())).result();
    };
    await Promise.all(Array.from({ length: LOOP }, one));
    return each / ((performance.now() - startedAt) / 1_000);
  };
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) ours.push(await perSecond((room) => deployment.record(room)));
    theirs.push(await perSecond((room) => deployment.recordBare(room)));
    if (round % 2 === 1) ours.push(await perSecond((room) => deployment.record(room)));
  }
  const ratio = ratioOf(ours, theirs);
  return {
    what: `recordings a second, closed loop of ${LOOP}`,
    reference: 'bare workflow with the same calls and signals',
    ours: `${median(ours).toFixed(1)} /s`,
    theirs: `${median(theirs).toFixed(1)} /s`,
    ratio,
    target: '≥ 0.9 ×',
    met: atLeast(ratio, 0.9),
  };
}

/** What a recording leaves in Temporal. */
export interface Cost {
  events: number;
  bytes: number;
  byType: Record<string, number>;
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
  return { events: events?.length ?? 0, bytes: historySize, byType };
}

/**
 * What Temporal Cloud bills as actions: the start, each activity and local activity, timer, signal and upsert.
 * Source: https://docs.temporal.io/cloud/actions
 */
export function actionsOf({ byType }: Cost): number {
  const counted = [
    'workflowExecutionStarted',
    'activityTaskScheduled',
    'markerRecorded',
    'timerStarted',
    'workflowExecutionSignaled',
    'upsertWorkflowSearchAttributes',
  ];
  return counted.reduce((sum, type) => sum + (byType[type] ?? 0), 0);
}

/** A plain MP4 recording of three callbacks, each of which comes by itself. */
export async function measureCost(deployment: Deployment): Promise<Figure[]> {
  const { client, vendor } = deployment;
  const room = nextRoom();
  const before = vendor.requests.length;
  const recording = await deployment.record(room);
  await recording.result();
  const calls = vendor.requests
    .slice(before)
    .map(({ method, path }) => `${method} ${path.replace(/[0-9a-f]{24,}/g, '{id}')}`);
  const bareRoom = nextRoom();
  const bare = await deployment.recordBare(bareRoom);
  await bare.result();
  const [ours, theirs] = [await costOf(client, recording.workflowId), await costOf(client, bare.workflowId)];
  const kB = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;
  return [
    {
      what: 'history of a plain MP4 recording: events, bytes, actions',
      reference: 'bare workflow with the same signals',
      ours: `${ours.events}, ${kB(ours.bytes)}, ${actionsOf(ours)}`,
      theirs: `${theirs.events}, ${kB(theirs.bytes)}, ${actionsOf(theirs)}`,
      target: '≤ 56 events, ≤ 24 kB',
      met: ours.events <= 56 && ours.bytes <= 24_000,
    },
    {
      what: 'calls to the vendor of a warm recording',
      reference: 'start and listing',
      ours: `${calls.length}: ${calls.join(', ')}`,
      theirs: '2',
      target: 'start + listing',
      met: calls.length <= 2,
    },
  ];
}
