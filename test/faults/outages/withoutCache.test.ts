import { describe, expect, it, vi } from 'vitest';
import type { Fault } from '../../../simulator/faults.js';
import { startRig } from '../../support/recordingRig.js';

const JOBS = '/v2/apps/*/individual-stream-jobs';
const UNAVAILABLE = { kind: 'respond', status: 503 } as const;

const faults: { what: string; faults: Fault[]; stop?: boolean }[] = [
  {
    what: 'calls that fail at first',
    faults: ['POST /v3/auth/tokens', 'POST /v2/apps', 'PUT /v2/apps/*/record-callback', 'GET /obsName/**'].map(
      (match) => ({ match, effect: UNAVAILABLE }),
    ),
  },
  { what: 'a start whose response is lost', faults: [{ match: `POST ${JOBS}`, effect: { kind: 'resetAfter' } }] },
  {
    what: 'events that come five times',
    faults: [{ callback: '*', effect: { kind: 'repeat', times: 5 }, times: 'always' }],
  },
  { what: 'no events at all', faults: [{ callback: '*', effect: { kind: 'drop' }, times: 'always' }] },
  {
    what: 'a stop that fails at first',
    faults: [{ match: `DELETE ${JOBS}/*`, effect: UNAVAILABLE, times: 2 }],
    stop: true,
  },
];

// Every task replays the history from its beginning: what the workflow remembers outside of it would show.
describe.concurrent('a worker without its cache of workflows', { timeout: 140_000 }, () => {
  it.for(faults)('brings a recording to its end in spite of $what', async ({ faults, stop }, test) => {
    const rig = await startRig(
      { maxCachedWorkflows: 0, simulator: { timeScale: 1, publishDurationMs: stop ? 120_000 : 3_000, faults } },
      test,
    );
    const recording = await rig.start();
    if (stop) {
      await vi.waitFor(async () => expect((await recording.status()).phase).toBe('recording'), { timeout: 60_000 });
      await recording.stop();
    }
    const result = await recording.result();
    expect(result).toMatchObject({ outcome: 'recorded', warnings: [] });
    expect(result.files.map(({ object }) => object)).toEqual(rig.simulator.objects('obsName').map(({ key }) => key));
    expect(rig.simulator.jobs.map((job) => [job.job_id, job.state])).toEqual([[result.jobId, 'STOPPED']]);
  });
});
