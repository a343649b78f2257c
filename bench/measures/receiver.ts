import { Agent, request } from 'undici';
import { signCallback } from '../../simulator/callbacks.js';
import { AUTH_KEY } from '../../test/support/stack.js';
import type { Deployment } from '../deployment.js';
import { roundsOf, type Effort } from '../effort.js';
import { atLeast, atMost, ms, type Figure } from '../figures.js';
import { median, quantile, ratioOf } from '../statistics.js';

/** So many callbacks are under way at a time. */
const CONNECTIONS = 16;
/** A workflow takes no more than 10,000 signals. */
const WORKFLOWS = 40;

interface Target {
  url: string;
  bodyFor: (index: number) => string;
}

async function flood({ url, bodyFor }: Target, count: number, agent: Agent) {
  const times: number[] = [];
  let sent = 0;
  const startedAt = performance.now();
  const one = async () => {
    while (sent < count) {
      const body = bodyFor(sent++);
      const timestamp = String(Math.floor(Date.now() / 1_000));
      const at = performance.now();
      const response = await request(url, {
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
      if (response.statusCode !== 200) throw new Error(`The callback returned ${response.statusCode}`);
      times.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, one));
  return { perSecond: count / ((performance.now() - startedAt) / 1_000), times };
}

/** Callbacks for workflows that wait: no one works on them meanwhile, so that it is the receiver that is measured. */
export async function measureReceiver(deployment: Deployment, effort: Effort): Promise<Figure[]> {
  const { client, callbackUrl, bareCallbackUrl, appName } = deployment;
  const idle = async (workflowId: string) => {
    const options = { taskQueue: 'unserved', workflowId, workflowExecutionTimeout: '1 hour' } as const;
    return client.workflow.start('idle', options);
  };
  const rooms = Array.from({ length: WORKFLOWS }, (_, index) => `flood-${index}`);
  const handles = await Promise.all(
    rooms.flatMap((room) => [idle(`recording:${appName}:${room}:user:camera`), idle(`bare:${room}:user`)]),
  );
  const bodyFor = (index: number) => {
    const room = rooms[index % rooms.length] ?? '';
    return JSON.stringify({
      event_type: 'RECORD_FILE_COMPLETE',
      app_id: 'app',
      room_id: room,
      job_id: `job-${room}`,
      stream_name: `s_job-${room}_${room}_user`,
      record_format: 'MP4',
      file_size: 1_000_000,
      obs_bucket: 'obsName',
      obs_object: `Record/${room}/${index}.mp4`,
    });
  };
  const agent = new Agent({ connections: CONNECTIONS });
  const product = { url: `${callbackUrl}/${appName}`, bodyFor };
  const bare = { url: bareCallbackUrl, bodyFor };
  try {
    for (const target of [product, bare]) await flood(target, 200, agent);
    const [ours, theirs]: Awaited<ReturnType<typeof flood>>[][] = [[], []];
    for (const round of roundsOf(effort)) {
      if (round % 2 === 0) ours?.push(await flood(product, effort.each, agent));
      theirs?.push(await flood(bare, effort.each, agent));
      if (round % 2 === 1) ours?.push(await flood(product, effort.each, agent));
    }
    const [mine = [], yours = []] = [ours, theirs];
    const rate = ratioOf(
      mine.map(({ perSecond }) => perSecond),
      yours.map(({ perSecond }) => perSecond),
    );
    const slowest = ratioOf(
      mine.map(({ times }) => quantile(times, 0.99)),
      yours.map(({ times }) => quantile(times, 0.99)),
    );
    const all = (runs: typeof mine) => runs.flatMap(({ times }) => times);
    const shown = (runs: typeof mine) => `${ms(median(all(runs)))} / ${ms(quantile(all(runs), 0.99))}`;
    const perSecond = (runs: typeof mine) => `${median(runs.map((run) => run.perSecond)).toFixed(0)} /s`;
    const reference = 'bare node:http server that signals without any check';
    return [
      {
        what: `callbacks a second through the receiver, ${CONNECTIONS} at a time`,
        reference,
        ours: perSecond(mine),
        theirs: perSecond(yours),
        ratio: rate,
        target: '≥ 0.9 ×',
        met: atLeast(rate, 0.9),
      },
      {
        what: 'response to a callback, p50 / p99',
        reference,
        ours: shown(mine),
        theirs: shown(yours),
        ratio: slowest,
        target: 'p99 ≤ 1.3 ×',
        met: atMost(slowest, 1.3),
        samples: { unit: 'ms', ours: all(mine), theirs: all(yours) },
      },
    ];
  } finally {
    await agent.close();
    await Promise.all(handles.map((handle) => handle.terminate('the measurement is over')));
  }
}
