import { Agent, request } from 'undici';
import { signCallback } from '../../simulator/callbacks.js';
import type { RecordedRequest } from '../../simulator/requestLog.js';
import type { RecordingInput } from '../../src/client.js';
import type { Child } from '../../test/support/child.js';
import { AUTH_KEY } from '../../test/support/stack.js';
import { deploy, stopProcess } from '../deployment.js';
import { countOf, metBy, ms, type Figure } from '../figures.js';
import { residentMemory, shown } from '../resources.js';
import { endCallbackOf, isJobStart, requestSeen } from '../sighting.js';
import { median } from '../statistics.js';

const MiB = 1024 * 1024;

const pause = (time: number) => new Promise((resolve) => setTimeout(resolve, time));
const isOf = (room: string, { body }: RecordedRequest) => (body as { room_id?: string } | undefined)?.room_id === room;

/** Seconds. */
const LONGEST_IDLE_TIME = 43_200;
/** Long enough for one recording to end before the next one does. */
const LEAVE_EVERY_MS = 500;
/**
 * So many are triggered and not begun yet. Enough to keep both processors busy: with 200 it took a sixth longer to
 * open as many.
 */
const UNDER_WAY = 32;

interface OpenEffort {
  recordings: number;
  /**
   * So many of them, the last to begin, request their job's state after this time; the others do not before the
   * measurement is over.
   */
  asking: number;
  intervalMs: number;
  /** Triggered at once, beside so many recordings that want to ask. */
  starts: number;
  /** Milliseconds from the start of this process: then no more are opened but those that ask. Never, by default. */
  until?: number;
}

/**
 * Recordings that are open in parallel, of which no one hears anything until they end: what they take, whether they
 * are reached, and whether their questions keep a new one from its start.
 */
export async function measureOpenRecordings(address: string, effort: OpenEffort): Promise<Figure[]> {
  const { recordings: count, asking, intervalMs, starts, until = Infinity } = effort;
  const deployment = await deploy(address, {
    simulator: {
      ...{ timeScale: 1, ruleDelayMs: 0, initDelayMs: 0 },
      // Their users publish on and on, which is not reported.
      publishDurationMs: 24 * 3_600_000,
      faults: [{ callback: 'RECORD_NEW_FILE_START', effect: { kind: 'drop' }, times: 'always' }],
    },
  });
  const { vendor, worker, record } = deployment;
  const open = (room: string, overrides: Partial<RecordingInput> = {}) =>
    record(room, { reconcileInterval: '24 hours', ...overrides });
  // Of those that are in no cache any more, too.
  const leavers = Math.min(20, count / 4);
  const leaving = Array.from({ length: leavers }, (_, index) => Math.floor((index * (count - asking)) / leavers));
  let paced: Child | undefined;
  try {
    const before = await residentMemory(worker.pid);
    let next = 0;
    const startedAt = Date.now();
    let begun = 0;
    const counting = setInterval(() => (begun = vendor.requests.filter(isJobStart).length), 200);
    const openMore = async (end: number, lastAt: number, overrides: Partial<RecordingInput>) => {
      const loop = async () => {
        while (next < end && performance.now() < lastAt) {
          if (next - begun > UNDER_WAY) await pause(50);
          else {
            const index = next++;
            // A job that was never heard of is requested when its idle limit has passed. That is short only where the
            // user is to go.
            await open(`open-${index}`, {
              ...(!leaving.includes(index) && { maxIdleTime: LONGEST_IDLE_TIME }),
              ...overrides,
            });
          }
        }
      };
      await Promise.all(Array.from({ length: 16 }, loop));
    };
    await openMore(count - asking, until, {});
    const silent = next;
    await openMore(silent + asking, Infinity, { reconcileInterval: intervalMs });
    const opened = next;
    while (begun < opened) await pause(200);
    clearInterval(counting);
    const seconds = (Date.now() - startedAt) / 1_000;
    const after = await residentMemory(worker.pid);

    // The user of one goes, and then of the next: how long until its result is there, with all the others open.
    const times = await Promise.all(
      leaving
        .filter((index) => index < silent)
        .map(async (index, turn) => {
          const room = `open-${index}`;
          const recording = deployment.recordings.get({ appName: deployment.appName, roomId: room, userId: 'user' });
          // One at a time ends, though all of them wait for their idle limit in parallel.
          await pause(turn * LEAVE_EVERY_MS);
          vendor.leaveRoom(room, 'user');
          await recording.result();
          const endedAt = Date.now();
          return endedAt - (endCallbackOf(vendor, room)?.at ?? NaN);
        }),
    );
    const requestedAt = Date.now();
    await stopProcess(worker);
    const drained = Date.now() - requestedAt;
    const failed = /Workflow task failed|failed to complete workflow task/i.test(worker.stdout() + worker.stderr());

    // From here on with the pace of job calls that a worker has by default.
    paced = await deployment.startWorker({ JOB_CALLS_PER_SECOND: '' });
    const startSome = async (name: string) => {
      const times = Array.from({ length: starts }, async (_, index) => {
        const room = `${name}-${index}`;
        const [triggeredAt, from] = [Date.now(), vendor.requests.length];
        await open(room);
        const isItsStart = (request: RecordedRequest) => isJobStart(request) && isOf(room, request);
        return (await requestSeen(vendor, from, isItsStart)).at - triggeredAt;
      });
      return Promise.all(times);
    };
    // The first recording of a worker has to look for what the next ones find in its memory.
    await startSome('warm-up');
    await pause(3_000);
    const undisturbed = await startSome('undisturbed');
    const begunAt = vendor.jobs
      .slice(silent, opened)
      .map(({ job_id: id, create_time: at }) => [id, Date.parse(at)] as const);
    /** How many of them should have been polled by now. */
    const waiting = () => {
      const lastSeen = new Map(begunAt);
      for (const { method, path, at } of vendor.requests) {
        const id = path.split('/').at(-1) ?? '';
        if (method === 'GET' && lastSeen.has(id)) lastSeen.set(id, at);
      }
      return [...lastSeen.values()].filter((at) => at + intervalMs < Date.now()).length;
    };
    const enough = Math.min(100, asking / 3);
    // Few of them can be polled as soon as they should be.
    const patience = Date.now() + 2 * intervalMs;
    while (waiting() < enough && Date.now() < patience) await pause(500);
    const besides = waiting();
    const disturbed = await startSome('disturbed');
    const slowest = Math.max(...disturbed);
    const limit = Math.max(...undisturbed) + 2_000;
    return [
      {
        what: `memory of a worker with ${countOf(opened, count)} open recordings`,
        reference: 'the worker with none',
        ours: `${shown(after)}, opened at ${(opened / seconds).toFixed(1)} /s`,
        theirs: shown(before),
        target: '≤ 1 GiB',
        met: metBy(after <= 1024 * MiB && !failed, opened, count),
        values: { openMiB: after / MiB },
      },
      {
        what: 'last callback → result meanwhile, p50 / max; shutdown',
        reference: 'none',
        ours: `${ms(median(times))} / ${ms(Math.max(...times))}; ${(drained / 1_000).toFixed(1)} s`,
        theirs: '—',
        target: '—',
      },
      {
        what: `${starts} starts among ${besides} waiting polls, p50 / max`,
        reference: 'as many starts with no question waiting',
        ours: `${ms(median(disturbed))} / ${ms(slowest)}`,
        theirs: `${ms(median(undisturbed))} / ${ms(Math.max(...undisturbed))}`,
        target: 'max ≤ 2 s later',
        met: slowest <= limit,
      },
    ];
  } finally {
    if (paced) await stopProcess(paced);
    await deployment.close();
  }
}

interface GrowthEffort {
  callbacks: number;
  /** Milliseconds from the start of this process: then no more are sent. Never, by default. */
  until?: number;
}

/** Callbacks without end, for recordings that continue: what receiver and worker keep of them. */
export async function measureGrowth(
  address: string,
  { callbacks: count, until = Infinity }: GrowthEffort,
): Promise<Figure> {
  const RECORDINGS = 100;
  const CONNECTIONS = 16;
  const deployment = await deploy(address, {
    simulator: { timeScale: 1, publishDurationMs: 24 * 3_600_000, ruleDelayMs: 0, initDelayMs: 0 },
  });
  const { vendor, worker, receiver, record, callbackUrl, appName } = deployment;
  const agent = new Agent({ connections: CONNECTIONS });
  try {
    for (let index = 0; index < RECORDINGS; index++)
      await record(`growth-${index}`, { reconcileInterval: '24 hours' });
    while (vendor.jobs.length < RECORDINGS) await pause(100);
    const { jobs } = vendor;
    const samples: { worker: number; receiver: number }[] = [];
    let sent = 0;
    const one = async () => {
      while (sent < count && performance.now() < until) {
        // Those of the same job come together, as they do when its files end.
        const job = jobs[Math.floor(sent++ / CONNECTIONS) % jobs.length];
        if (sent % Math.ceil(count / 60) === 0) {
          const [w, r] = await Promise.all([residentMemory(worker.pid), residentMemory(receiver.pid)]);
          samples.push({ worker: w, receiver: r });
        }
        const body = JSON.stringify({
          event_type: 'RECORD_NEW_FILE_START',
          room_id: job?.room_id,
          job_id: job?.job_id,
          stream_name: job?.stream_name,
        });
        const timestamp = String(Math.floor(Date.now() / 1_000));
        const response = await request(`${callbackUrl}/${appName}`, {
          method: 'POST',
          dispatcher: agent,
          body,
          headers: {
            'content-type': 'application/json',
            'x-rtc-rand': 'rand',
            'x-rtc-timestamp': timestamp,
            'x-rtc-signature': signCallback(AUTH_KEY, 'rand', timestamp, body),
          },
        });
        await response.body.dump();
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, one));
    const third = Math.floor(samples.length / 3);
    const between = (key: 'worker' | 'receiver') => {
      const middle = median(samples.slice(third, 2 * third).map((sample) => sample[key]));
      const last = median(samples.slice(-third).map((sample) => sample[key]));
      return { middle, last };
    };
    const [ofWorker, ofReceiver] = [between('worker'), between('receiver')];
    const text = ({ middle, last }: { middle: number; last: number }) => `${shown(middle)} → ${shown(last)}`;
    return {
      what: `memory of receiver, worker over ${countOf(sent, count)} callbacks`,
      reference: 'the middle third against the last third',
      ours: `${text(ofReceiver)}, ${text(ofWorker)}`,
      theirs: '—',
      target: '≤ 1.15 ×',
      met: metBy(
        [ofWorker, ofReceiver].every(({ middle, last }) => last <= 1.15 * middle),
        sent,
        count,
      ),
    };
  } finally {
    await agent.close();
    await deployment.close();
  }
}
