import { describe, expect, it } from 'vitest';
import { globMatches, type Fault } from '../../../simulator/faults.js';
import type { RecordingInput } from '../../../src/client.js';
import { deploy, type Deployment } from '../../support/deployment.js';
import { expectRightEnds } from './rightEnd.js';

const callsOf = ({ simulator }: Deployment, match: string) =>
  simulator.requests.filter(({ method, path }) => globMatches(match, `${method} ${path}`));

/** Far longer than the worker lives. */
const HELD = { kind: 'delayAfter', ms: 140_000 } as const;
const JOBS = '/v2/apps/*/individual-stream-jobs';
const LIMIT = { timeout: 60_000 };

/** Ten seconds by the heartbeat, and the machine may be slow. */
const NOTICED_MS = 30_000;

interface Step {
  name: string;
  /** The call whose work is done, but whose response the worker does not live to see. */
  held: string;
  input?: Partial<RecordingInput>;
  faults?: Fault[];
  /** How long the user publishes; default 3 s. */
  publishDurationMs?: number;
  stop?: boolean;
  /** What the held call has made is found and used. */
  adopted?: boolean;
}

const steps: Step[] = [
  { name: '1, the token', held: 'POST /v3/auth/tokens' },
  { name: '2, the application', held: 'POST /v2/apps' },
  { name: '3, the recording template', held: 'POST /v2/apps/*/record-rules' },
  { name: '4, the callback', held: 'PUT /v2/apps/*/record-callback' },
  // Its job is found by its events: they continue until the death was noticed.
  { name: '6, the start of the job', held: `POST ${JOBS}`, publishDurationMs: 25_000, adopted: true },
  {
    name: 'the question for the state, when no callback comes',
    held: `GET ${JOBS}/*`,
    input: { reconcileInterval: '2 seconds' },
    faults: [{ callback: '*', effect: { kind: 'drop' }, times: 'always' }],
  },
  { name: 'the stop', held: `DELETE ${JOBS}/*`, publishDurationMs: 120_000, stop: true },
  { name: '7, the list of the files', held: 'GET /obsName/**' },
];

describe.concurrent('a worker that is killed while it waits for the response to', { timeout: 150_000 }, () => {
  it.for(steps)('step $name: another one brings the recording to its end', async (step, test) => {
    const deployment = await deploy(test, {
      timeScale: 1,
      publishDurationMs: step.publishDurationMs ?? 3_000,
      faults: [{ match: step.held, effect: HELD }, ...(step.faults ?? [])],
    });
    const { recordings } = deployment;
    const [worker] = await Promise.all([deployment.startWorker(), deployment.startReceiver()]);
    const { recording } = await recordings.start(deployment.input({ settleTimeout: '10 seconds', ...step.input }));
    if (step.stop) {
      await test.expect.poll(async () => (await recording.status()).phase, LIMIT).toBe('recording');
      await recording.stop();
    }
    await test.expect.poll(() => callsOf(deployment, step.held), LIMIT).toHaveLength(1);

    worker.kill('SIGKILL');
    await worker.ended;
    const killedAt = Date.now();
    await deployment.startWorker();
    const readyAt = Date.now();
    await expectRightEnds(deployment, [recording]);
    // Long before the minute of an attempt is over.
    const next = deployment.simulator.requests.find(({ at }) => at > killedAt);
    expect(Number(next?.at) - readyAt).toBeLessThan(NOTICED_MS);
    // What may have made a job is never sent again blindly.
    if (step.adopted) expect(callsOf(deployment, step.held)).toHaveLength(1);
  });

  it('step 5, the participant: another one starts the job when they have come', async (test) => {
    const deployment = await deploy(test, { timeScale: 1, publishDurationMs: 5_000 });
    const [worker] = await Promise.all([deployment.startWorker(), deployment.startReceiver()]);
    const { recording } = await deployment.recordings.start(deployment.input({ waitForParticipant: true }));
    await test.expect.poll(async () => (await recording.status()).phase, LIMIT).toBe('waitingForParticipant');

    worker.kill('SIGKILL');
    await worker.ended;
    await recording.participantJoined();
    await deployment.startWorker();
    await expectRightEnds(deployment, [recording]);
    expect(deployment.simulator.jobs).toHaveLength(1);
  });
});
