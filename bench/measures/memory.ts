import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Agent, request } from 'undici';
import { signCallback } from '../../simulator/callbacks.js';
import { AUTH_KEY, deploy } from '../deployment.js';
import type { Figure } from '../figures.js';
import { median } from '../statistics.js';

const MiB = 1024 * 1024;

/** Bytes, as the system counts them. */
async function residentMemory(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number(stdout.trim()) * 1024;
}

const shown = (bytes: number) => `${(bytes / MiB).toFixed(0)} MiB`;

/** Recordings that are open side by side, of which nobody hears anything until they end. */
export async function measureOpenRecordings(address: string, count: number): Promise<Figure[]> {
  const deployment = await deploy(address, {
    // Their users publish on and on.
    simulator: { timeScale: 1, publishDurationMs: 24 * 3_600_000, ruleDelayMs: 0, initDelayMs: 0 },
  });
  const { vendor, worker, record } = deployment;
  try {
    const before = await residentMemory(worker.pid);
    let next = 0;
    const startedAt = performance.now();
    const loop = async () => {
      while (next < count) {
        const room = `open-${next++}`;
        await record(room, { reconcileInterval: '24 hours' });
      }
    };
    await Promise.all(Array.from({ length: 16 }, loop));
    while (vendor.jobs.length < count) await new Promise((resolve) => setTimeout(resolve, 200));
    const seconds = (performance.now() - startedAt) / 1_000;
    const after = await residentMemory(worker.pid);

    // The user of one goes: how long until its result is there, with all the others open.
    const times: number[] = [];
    for (let index = 0; index < 5; index++) {
      const room = `open-${index}`;
      const recording = deployment.recordings.get({ appName: deployment.appName, roomId: room, userId: 'user' });
      vendor.leaveRoom(room, 'user');
      const over = () =>
        vendor.callbacks.findLast(({ event }) => event.room_id === room && event.event_type === 'CLOUD_RECORD_OVER');
      await recording.result();
      times.push(Date.now() - (over()?.at ?? NaN));
    }
    const told = Date.now();
    await worker.stop();
    const drained = Date.now() - told;
    const failed = /Workflow task failed|failed to complete workflow task/i.test(worker.output());
    return [
      {
        what: `${count.toLocaleString('en')} open recordings on one worker: resident memory`,
        reference: 'the worker with none',
        ours: `${shown(after)} (${((after - before) / count / 1024).toFixed(0)} KiB each), opened at ${(count / seconds).toFixed(1)} /s`,
        theirs: shown(before),
        target: '≤ 1 GiB, no failed workflow task',
        met: after <= 1024 * MiB && !failed,
      },
      {
        what: 'last callback → result beside them; the worker told to stop → gone',
        reference: 'none',
        ours: `${median(times).toFixed(0)} ms; ${(drained / 1_000).toFixed(1)} s`,
        theirs: '—',
        target: '—',
      },
    ];
  } finally {
    await deployment.close();
  }
}

/** Callbacks without end, for recordings that go on: what receiver and worker keep of them. */
export async function measureGrowth(address: string, count: number): Promise<Figure> {
  const RECORDINGS = 100;
  const CONNECTIONS = 8;
  const deployment = await deploy(address, {
    simulator: { timeScale: 1, publishDurationMs: 24 * 3_600_000, ruleDelayMs: 0, initDelayMs: 0 },
  });
  const { vendor, worker, receiver, record, callbackUrl, appName } = deployment;
  const agent = new Agent({ connections: CONNECTIONS });
  try {
    for (let index = 0; index < RECORDINGS; index++) await record(`growth-${index}`, { reconcileInterval: '24 hours' });
    while (vendor.jobs.length < RECORDINGS) await new Promise((resolve) => setTimeout(resolve, 100));
    const { jobs } = vendor;
    const samples: { worker: number; receiver: number }[] = [];
    let sent = 0;
    const one = async () => {
      while (sent < count) {
        const job = jobs[sent++ % jobs.length];
        if (sent % Math.ceil(count / 20) === 0) {
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
        const answer = await request(`${callbackUrl}/${appName}`, {
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
        await answer.body.dump();
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
      what: `memory over ${count.toLocaleString('en')} callbacks for ${RECORDINGS} recordings: receiver, worker`,
      reference: 'the middle third against the last third',
      ours: `${text(ofReceiver)}, ${text(ofWorker)}`,
      theirs: '—',
      target: 'last ≤ 1.15 × middle',
      met: [ofWorker, ofReceiver].every(({ middle, last }) => last <= 1.15 * middle),
    };
  } finally {
    await agent.close();
    await deployment.close();
  }
}
