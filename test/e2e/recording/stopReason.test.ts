import { describe, expect, it, type TestContext } from 'vitest';
import type { Fault } from '../../../simulator/faults.js';
import { startRig, type RecordingRig } from '../../support/recordingRig.js';

/*
 * How a job ended is polled by an activity of its own, in parallel with the listing: no event tells it.
 */

const STATE = 'GET /v2/apps/*/individual-stream-jobs/*';

const polls = ({ simulator }: RecordingRig) =>
  simulator.requests.filter(({ method, path }) => method === 'GET' && path.includes('/individual-stream-jobs/'))
    .length;

/** The activities of a recording, by the workflow task that has scheduled them. */
async function activitiesOf({ client }: RecordingRig, workflowId: string): Promise<string[][]> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const byTask = new Map<string, string[]>();
  for (const { activityTaskScheduledEventAttributes: scheduled } of events ?? []) {
    if (!scheduled?.activityType?.name) continue;
    const task = String(scheduled.workflowTaskCompletedEventId);
    byTask.set(task, [...(byTask.get(task) ?? []), scheduled.activityType.name]);
  }
  return [...byTask.values()];
}

async function record(test: TestContext, faults: Fault[]) {
  const rig = await startRig({ simulator: { faults } }, test);
  const recording = await rig.start();
  const result = await recording.result();
  expect(result).toMatchObject({ outcome: 'recorded', stopReason: 'EXCEED_MAX_IDLE_TIME', warnings: [] });
  return { polls: polls(rig), activities: await activitiesOf(rig, recording.workflowId) };
}

describe.concurrent('the reason of the end', () => {
  it('is fetched in parallel with the listing, by one request', async (test) => {
    const recorded = await record(test, []);
    expect(recorded.polls).toBe(1);
    expect(recorded.activities.at(-2)?.sort()).toEqual(['listRecordingFiles', 'pollIndividualStreamJob']);
    expect(recorded.activities.at(-1)).toEqual(['inspectMedia']);
  });

  it.for<[string, Fault]>([
    ['rejected', { match: STATE, effect: { kind: 'respond', status: 429 } }],
    ['denied', { match: STATE, effect: { kind: 'respond', status: 404 } }],
    ['without a response', { match: STATE, effect: { kind: 'hang', ms: 600_000 } }],
  ])('is fetched again by a retry where the request was %s', async ([, fault], test) => {
    const recorded = await record(test, [fault]);
    expect(recorded.polls).toBe(2);
    expect(recorded.activities.flat().filter((name) => name === 'pollIndividualStreamJob')).toHaveLength(1);
  });

  it('of recordings that end together is fetched once for each', async (test) => {
    const rig = await startRig({}, test);
    const recordings = await Promise.all(['a', 'b', 'c', 'd'].map((roomId) => rig.start({ roomId })));
    for (const recording of recordings) expect(await recording.result()).toMatchObject({ outcome: 'recorded' });
    expect(polls(rig)).toBe(recordings.length);
  });
});
