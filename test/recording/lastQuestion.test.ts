import { describe, expect, it, type TestContext } from 'vitest';
import type { Fault } from '../../simulator/faults.js';
import { startRig, type RecordingRig } from '../rig/recordingRig.js';

/*
 * How a job ended is asked for once, with the listing where that costs nobody their turn.
 */

const QUESTION = 'GET /v2/apps/*/individual-stream-jobs/*';

const questions = ({ simulator }: RecordingRig) =>
  simulator.requests.filter(({ method, path }) => method === 'GET' && path.includes('/individual-stream-jobs/')).length;

async function activitiesOf({ client }: RecordingRig, workflowId: string): Promise<string[]> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).flatMap(
    ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType?.name ?? [],
  );
}

async function record(test: TestContext, faults: Fault[]) {
  const rig = await startRig({ simulator: { faults } }, test);
  const recording = await rig.start();
  const result = await recording.result();
  expect(result).toMatchObject({ outcome: 'recorded', stopReason: 'EXCEED_MAX_IDLE_TIME', warnings: [] });
  return { asked: questions(rig), activities: await activitiesOf(rig, recording.workflowId) };
}

describe.concurrent('the question how a job ended', () => {
  it('goes with the listing, and is no step of its own', async (test) => {
    const { asked, activities } = await record(test, []);
    expect(asked).toBe(1);
    expect(activities).not.toContain('getIndividualStreamJob');
    expect(activities.filter((name) => name === 'listRecordingFiles')).toHaveLength(1);
  });

  it.for<[string, Fault]>([
    ['refused', { match: QUESTION, effect: { kind: 'answer', status: 429 } }],
    ['denied', { match: QUESTION, effect: { kind: 'answer', status: 404 } }],
    ['not answered', { match: QUESTION, effect: { kind: 'hang', ms: 600_000 } }],
  ])('is asked again in its turn where it was %s', async ([, fault], test) => {
    const { asked, activities } = await record(test, [fault]);
    expect(asked).toBe(2);
    expect(activities).toContain('getIndividualStreamJob');
  });

  it('of recordings that end together is asked in turns', async (test) => {
    const rig = await startRig({}, test);
    const recordings = await Promise.all(['a', 'b', 'c', 'd'].map((roomId) => rig.start({ roomId })));
    for (const recording of recordings) expect(await recording.result()).toMatchObject({ outcome: 'recorded' });
    const paced = await Promise.all(recordings.map(({ workflowId }) => activitiesOf(rig, workflowId)));
    const inTurn = paced.filter((activities) => activities.includes('getIndividualStreamJob')).length;
    expect(inTurn).toBeGreaterThanOrEqual(1);
    expect(questions(rig)).toBe(recordings.length);
  });
});
