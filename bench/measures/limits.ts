import { Client, Connection } from '@temporalio/client';
import type { RecordedRequest } from '../../simulator/requestLog.js';
import { RecordingClient } from '../../src/client.js';
import { deploy, stopProcess } from '../deployment.js';
import { ms, type Figure } from '../figures.js';
import { isJobStart, requestSeen } from '../sighting.js';
import { quantile } from '../statistics.js';

/** What the vendor allows. Source: SparkRTC API reference, limits of the job calls. */
const VENDOR_LIMIT = 10;

interface Crowd {
  recordings: number;
  /** Stopped while others wait for their start. */
  stopped: number;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const shown = (times: number[]) => `${ms(quantile(times, 0.5))} / ${ms(Math.max(...times))}`;

/** All at once, over three workers with their defaults, against a vendor that enforces its published limits. */
export async function measureLimits(address: string, { recordings: count, stopped }: Crowd): Promise<Figure[]> {
  const deployment = await deploy(address, {
    simulator: { timeScale: 1, rateLimits: true, publishDurationMs: 30_000, ruleDelayMs: 0, initDelayMs: 0 },
    worker: { JOB_CALLS_PER_SECOND: '' },
  });
  const { vendor, startWorker, taskQueue, input } = deployment;
  const connection = await Connection.connect({ address });
  const others = await Promise.all([2, 3].map(() => startWorker()));
  try {
    const client = new RecordingClient({ client: new Client({ connection }), taskQueue });
    const started = await Promise.all(
      Array.from({ length: count }, (_, index) => client.start(input(`crowd-${index}`, { maxIdleTime: 5 }))),
    );
    const jobCalls = () => vendor.requests.filter(({ path }) => path.includes('/individual-stream-jobs'));
    while (jobCalls().length < Math.min(count / 3, 60)) await pause(200);

    // How long each takes until the vendor has its stop.
    const stoppedAt = Date.now();
    const stops = await Promise.all(
      vendor.jobs
        .filter(({ state }) => state === 'RUNNING')
        .slice(0, stopped)
        .map(async ({ job_id: jobId, room_id: roomId, user_id: userId }) => {
          const from = vendor.requests.length;
          await client.get({ appName: deployment.appName, roomId, userId }).stop();
          const isItsStop = ({ method, path }: RecordedRequest) => method === 'DELETE' && path.endsWith(jobId);
          return (await requestSeen(vendor, from, isItsStop)).at - stoppedAt;
        }),
    );
    const results = await Promise.all(started.map(({ recording }) => recording.result()));
    const recorded = results.filter(({ outcome }) => outcome === 'recorded').length;

    const starts = vendor.requests.filter((request) => isJobStart(request) && request.status === 201);
    const calls = jobCalls().map(({ at }) => at);
    const inOneSecond = Math.max(
      ...calls.map((at) => calls.filter((other) => other >= at && other < at + 1_000).length),
    );
    const rejected = jobCalls().filter(({ status }) => status === 429).length;
    const waited = starts.map(({ at }) => at - stoppedAt).filter((wait) => wait > 0);
    const span = ((starts.at(-1)?.at ?? 0) - (starts[0]?.at ?? 0)) / 1_000;
    return [
      {
        what: `${count} recordings at once: jobs, job calls a second, 429s`,
        reference: `the vendor allows ${VENDOR_LIMIT} job calls a second`,
        ours: `${starts.length} in ${span.toFixed(0)} s; ≤ ${inOneSecond}; ${rejected}`,
        theirs: '—',
        target: 'none lost, few 429s',
        met: recorded === count && starts.length === count && rejected <= calls.length / 20,
      },
      {
        what: `${stops.length} stops among ${waited.length} waiting starts, p50 / max`,
        reference: 'the starts that waited, from the same moment on',
        ours: shown(stops),
        theirs: shown(waited),
        target: 'max ≤ 0.25 ×',
        met: stops.length > 0 && Math.max(...stops) <= 0.25 * Math.max(...waited),
      },
    ];
  } finally {
    await Promise.all(others.map(stopProcess));
    await connection.close();
    await deployment.close();
  }
}
