import { expect, it } from 'vitest';
import type { Recording } from '../../../src/client.js';
import { signed } from '../../support/signedCallback.js';
import { AUTH_KEY, startRig, type RecordingRig } from '../../support/recordingRig.js';

const TIMES = 100;

interface Captured {
  body: string;
  headers: Record<string, string>;
}

/**
 * What someone on the way has seen of an application's callbacks: well signed, and the very same each time it is sent
 * again.
 */
function capture({ simulator }: RecordingRig, jobId: unknown): Captured[] {
  return simulator.callbacks
    .filter(({ event }) => event.job_id === jobId)
    .map(({ event }) => {
      const body = JSON.stringify(event);
      return { body, headers: signed(body, AUTH_KEY) };
    });
}

/** Sent as the vendor does: again, while the response is that Temporal is too busy now. */
async function send(url: string, { body, headers }: Captured): Promise<number> {
  for (;;) {
    const { status } = await fetch(url, { method: 'POST', body, headers });
    if (status !== 503) return status;
  }
}

/** Each of them so many times at once; responses with the different statuses. */
async function replay(url: string, captured: Captured[]): Promise<number[]> {
  const statuses = new Set<number>();
  for (const one of captured) {
    for (const status of await Promise.all(Array.from({ length: TIMES }, () => send(url, one)))) statuses.add(status);
  }
  return [...statuses];
}

/** What must be the same with and without replays, and that every file is the job's own. */
async function outcomeOf(recording: Recording) {
  const { outcome, endedBy, fileCount, stopReason, warnings, files, jobId } = await recording.result();
  const own = files.every(({ object }) => object.includes(`s_${jobId}_`));
  return { outcome, endedBy, fileCount, stopReason, warnings, own };
}

const recordRule = (cycle: number) => ({
  obsAddr: {
    bucket: 'obsName',
    location: 'cn-north-4',
    object: 'Record/',
    projectId: '01234567890123456789012345678901',
  },
  recordFormats: ['MP4' as const],
  mp4Config: { recordCycle: cycle },
});

it('a callback that is sent again and again changes nothing, wherever it is sent', async () => {
  // Three files each, in some six seconds.
  const rig = await startRig({ simulator: { timeScale: 30, publishDurationMs: 170_000 } });
  const otherApp = `${rig.appName}-other`;
  const otherUrl = rig.callbackUrl.replace(rig.appName, otherApp);
  // No question may come before the last callback, however slow the machine: it is the callbacks that this is about.
  const input = { recordRule: recordRule(60), maxIdleTime: 30, reconcileInterval: '5 minutes' };
  const jobOf = async (recording: Recording) => {
    await expect.poll(async () => (await recording.status()).jobId, { timeout: 30_000 }).toBeTruthy();
    return (await recording.status()).jobId;
  };

  const straight = await outcomeOf(await rig.start({ ...input, userId: 'straight' }));
  expect(straight).toEqual({
    outcome: 'recorded',
    endedBy: 'callback',
    fileCount: 3,
    stopReason: 'EXCEED_MAX_IDLE_TIME',
    warnings: [],
    own: true,
  });

  // While it records, and after its end.
  const recording = await rig.start(input);
  const job = await jobOf(recording);
  await expect.poll(() => capture(rig, job).length, { timeout: 30_000 }).toBeGreaterThanOrEqual(2);
  expect(await replay(rig.callbackUrl, capture(rig, job))).toEqual([200]);
  expect(await outcomeOf(recording)).toEqual(straight);
  expect(await replay(rig.callbackUrl, capture(rig, job))).toEqual([200]);

  // To the next recording of the same stream, and to that of the same room and user in another application.
  const captured = capture(rig, job);
  expect(captured.map(({ body }) => body).join()).toContain('CLOUD_RECORD_OVER');
  const [next, elsewhere] = await Promise.all([rig.start(input), rig.start({ ...input, appName: otherApp })]);
  await Promise.all([jobOf(next), jobOf(elsewhere)]);
  expect(await replay(rig.callbackUrl, captured)).toEqual([200]);
  expect(await replay(otherUrl, captured)).toEqual([200]);
  expect(await Promise.all([outcomeOf(next), outcomeOf(elsewhere)])).toEqual([straight, straight]);
}, 180_000);
