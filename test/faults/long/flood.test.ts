import { performance } from 'node:perf_hooks';
import { Agent, request } from 'undici';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { signed } from '../../support/signedCallback.js';
import { AUTH_KEY, startRig } from '../../support/recordingRig.js';

const EVENTS = 20_000;
/** Each is announced five times. */
const FILES = 4_000;
const SENDERS = 40;

/** How long one event may be rejected before the sender gives up: far longer than a run needs to make room. */
const PATIENCE_MS = 120_000;

describe('a flood of events', () => {
  it(`of ${EVENTS}, twice what one run takes, changes nothing in the result`, { timeout: 480_000 }, async (test) => {
    const rig = await startRig({ simulator: { publishDurationMs: 36_000_000 } }, test);
    const { simulator, recordings, callbackUrl } = rig;
    const { recording } = await recordings.start(rig.input({ maxDuration: '12 hours' }));
    await vi.waitFor(() => expect(simulator.jobs[0]?.state).toBe('RUNNING'), { timeout: 30_000 });
    const [job] = simulator.jobs;
    const [app] = simulator.apps;
    const objects = Array.from(
      { length: FILES },
      (_, n) =>
        `Record/Record/domain/app/continuous_record/mp4/${job?.stream_name}_${String(n).padStart(5, '0')}/file.mp4`,
    );
    for (const object of objects) simulator.putObject('obsName', object, { size: 10 });

    const agent = new Agent({ connections: SENDERS });
    onTestFinished(() => agent.close());
    const responses = new Map<number, number>();
    const send = async (n: number): Promise<void> => {
      const body = JSON.stringify({
        event_type: 'RECORD_FILE_COMPLETE',
        app_id: app?.appId,
        room_id: 'room001',
        job_id: job?.job_id,
        stream_name: job?.stream_name,
        record_format: 'MP4',
        record_duration: 60,
        obs_bucket: 'obsName',
        // A step that has no divisor in common with their number: neighbours are announced far apart.
        obs_object: objects[(n * 7) % FILES],
      });
      const giveUpAt = performance.now() + PATIENCE_MS;
      for (let pause = 100; ; pause = Math.min(pause * 2, 2_000)) {
        const options = { method: 'POST', headers: signed(body, AUTH_KEY), body, dispatcher: agent } as const;
        const { statusCode, body: response } = await request(callbackUrl, options);
        await response.dump();
        responses.set(statusCode, (responses.get(statusCode) ?? 0) + 1);
        if (statusCode === 200) return;
        // What the vendor is asked to do by a 503: come again.
        if (performance.now() > giveUpAt) throw new Error(`event ${n} still got ${statusCode}`);
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    };
    let next = 0;
    const sender = async () => {
      while (next < EVENTS) await send(next++);
    };
    const begun = performance.now();
    await Promise.all(Array.from({ length: SENDERS }, sender));
    const seconds = (performance.now() - begun) / 1_000;

    await recording.stop();
    const result = await recording.result();
    const runs: string[] = [];
    for await (const { status } of rig.client.workflow.list({ query: `WorkflowId = "${recording.workflowId}"` })) {
      runs.push(status.name);
    }
    console.log(
      `${EVENTS} events in ${seconds.toFixed(0)} s, responses ${JSON.stringify([...responses])}, ${runs.length} runs`,
    );
    expect([...responses.keys()].toSorted()).toEqual(expect.arrayContaining([200]));
    expect([...responses.keys()].every((status) => status === 200 || status === 503)).toBe(true);
    expect(runs.filter((status) => status === 'CONTINUED_AS_NEW').length).toBeGreaterThanOrEqual(2);
    expect(simulator.jobs).toHaveLength(1);
    expect(result).toMatchObject({
      outcome: 'recorded',
      endedBy: 'stop',
      fileCount: simulator.objects('obsName').length,
      warnings: [],
    });
    expect(result.files).toHaveLength(2_000);
    expect(result.files.every(({ duration }) => duration !== undefined)).toBe(true);
  });
});
