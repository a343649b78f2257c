import type { RecordedRequest } from '../../simulator/requestLog.js';
import { DEFAULT_JOB_CALLS_PER_SECOND } from '../../src/config.js';
import { deploy, stopProcess } from '../deployment.js';
import { ms, type Figure } from '../figures.js';
import { isJobStart, requestSeen } from '../sighting.js';

/** Published targets: of all starts against the least time at the rate, of another application's start, of a stop. */
const TARGET = { overLeast: 1.1, rejectedShare: 0.01, startMs: 3_000, stopMs: 2_000 };

export interface Bursts {
  recordings: number;
  workers: number;
  /** Single starts of other applications, and stops, while the burst waits. */
  singles: number;
  /** Values of `JOB_CALLS_PER_SECOND`; only the default has targets. */
  rates: number[];
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** One application starts many at once, at several rates, against a vendor that enforces its published limits. */
export async function measureBursts(address: string, { rates, ...burst }: Bursts): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const rate of rates) figures.push(...(await measureBurst(address, rate, burst)));
  return figures;
}

async function measureBurst(
  address: string,
  rate: number,
  { recordings: count, workers, singles }: Omit<Bursts, 'rates'>,
): Promise<Figure[]> {
  const deployment = await deploy(address, {
    simulator: { timeScale: 1, rateLimits: true, publishDurationMs: 600_000, initDelayMs: 0 },
    worker: { JOB_CALLS_PER_SECOND: String(rate) },
  });
  const { vendor, startWorker, recordings, appName, input } = deployment;
  const others = await Promise.all(Array.from({ length: workers - 1 }, () => startWorker()));
  try {
    const started = () => vendor.requests.filter((request) => isJobStart(request) && request.status === 201);
    await Promise.all(Array.from({ length: count }, (_, index) => recordings.start(input(`burst-${index}`))));
    while (started().length < count / 6) await pause(50);

    const waits = { start: [] as number[], stop: [] as number[] };
    const timed = async (act: () => Promise<unknown>, fits: (request: RecordedRequest) => boolean) => {
      const from = vendor.requests.length;
      const at = Date.now();
      await act();
      return (await requestSeen(vendor, from, fits)).at - at;
    };
    for (const job of vendor.jobs.filter(({ state }) => state === 'RUNNING').slice(0, singles)) {
      const other = { appName: `${appName}-${waits.start.length}`, roomId: 'single' };
      const isItsStart = () =>
        vendor.jobs.filter(({ room_id: room }) => room === 'single').length > waits.start.length;
      waits.start.push(await timed(() => recordings.start(input('single', other)), isItsStart));
      const recording = recordings.get({ appName, roomId: job.room_id, userId: job.user_id });
      waits.stop.push(
        await timed(
          () => recording.stop(),
          ({ method, path }) => method === 'DELETE' && path.endsWith(job.job_id),
        ),
      );
    }
    const waiting = count + waits.start.length - started().length;
    while (started().length < count + waits.start.length) await pause(200);

    const calls = vendor.requests.filter(({ path }) => path.includes('/individual-stream-jobs'));
    const rejected = calls.filter(({ status }) => status === 429).length;
    const times = calls.map(({ at }) => at);
    const most = Math.max(...times.map((at) => times.filter((other) => other >= at && other < at + 1_000).length));
    const seconds = ((started().at(-1)?.at ?? 0) - (started()[0]?.at ?? 0)) / 1_000;
    const share = rejected / calls.length;
    // Polls and stops of the same seconds take their part of the rate.
    const least = calls.length / rate;
    const isDefault = rate === DEFAULT_JOB_CALLS_PER_SECOND;
    return [
      {
        what: `${count} starts at ${rate} job calls a second, ${workers} workers: time, calls in any second, 429s`,
        reference: `the ${calls.length} job calls of that time at exactly ${rate} a second; the vendor allows 10`,
        ours: `${seconds.toFixed(0)} s; ≤ ${most}; ${rejected} (${(100 * share).toFixed(1)} %)`,
        theirs: `${least.toFixed(0)} s`,
        target: isDefault ? `≤ ${TARGET.overLeast} ×, ≤ ${100 * TARGET.rejectedShare} % of 429` : '—',
        met: isDefault ? seconds <= TARGET.overLeast * least && share <= TARGET.rejectedShare : undefined,
      },
      {
        what: `starts of other applications, and stops, before the last ${waiting} of them: max`,
        reference: 'from the call to the job call at the vendor',
        ours: `${ms(Math.max(...waits.start))}, ${ms(Math.max(...waits.stop))}`,
        theirs: '—',
        target: isDefault ? `≤ ${TARGET.startMs / 1_000} s, ≤ ${TARGET.stopMs / 1_000} s` : '—',
        met: isDefault
          ? Math.max(...waits.start) <= TARGET.startMs && Math.max(...waits.stop) <= TARGET.stopMs
          : undefined,
      },
    ];
  } finally {
    await Promise.all(others.map(stopProcess));
    await deployment.close();
  }
}
