import { describe, expect, it } from 'vitest';
import { startRig, type RecordingRig } from '../rig/recordingRig.js';

/*
 * What a worker remembers of an earlier recording of the application: the steps that prepare the next one then wait neither for the vendor nor for each
 * other.
 */

const PREPARATION = ['authenticate', 'ensureApplication', 'ensureRecordRule', 'configureRecordCallback'];

/** The activities of a recording in the order of the history, and how many of them were scheduled before the first one ended. */
async function activitiesOf({ client }: RecordingRig, workflowId: string) {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const scheduled: string[] = [];
  let atOnce: number | undefined;
  for (const { activityTaskScheduledEventAttributes: begun, activityTaskCompletedEventAttributes: ended } of events ??
    []) {
    if (begun?.activityType?.name) scheduled.push(begun.activityType.name);
    if (ended) atOnce ??= scheduled.length;
  }
  return { scheduled, atOnce };
}

const calls = ({ simulator }: RecordingRig) => simulator.requests.map(({ method, path }) => `${method} ${path}`);

describe.concurrent('a worker that remembers steps 1 to 4', () => {
  it('does them at once for the next recording, and asks nobody', async (test) => {
    const rig = await startRig({}, test);
    const first = await rig.start({ roomId: 'first' });
    expect(await first.result()).toMatchObject({ outcome: 'recorded' });
    expect(await activitiesOf(rig, first.workflowId)).toMatchObject({ atOnce: 1 });

    const before = calls(rig).length;
    const second = await rig.start({ roomId: 'second' });
    expect(await second.result()).toMatchObject({ outcome: 'recorded', warnings: [] });
    const { scheduled, atOnce } = await activitiesOf(rig, second.workflowId);
    expect(scheduled.slice(0, 5)).toEqual([...PREPARATION, 'startIndividualStreamJob']);
    expect(atOnce).toBe(4);
    const preparing = calls(rig)
      .slice(before)
      .filter((call) => !/individual-stream-jobs|obsName/.test(call));
    expect(preparing).toEqual([]);
  });

  it('does not take the memory of one template for another', async (test) => {
    const rig = await startRig({}, test);
    await (await rig.start({ roomId: 'first' })).result();
    const { recordRule } = rig.input();
    const other = await rig.start({ roomId: 'second', recordRule: { ...recordRule, recordFormats: ['HLS'] } });
    const { files } = await other.result();
    expect(files.map(({ format }) => format)).toEqual(['HLS']);
    expect(await activitiesOf(rig, other.workflowId)).toMatchObject({ atOnce: 1 });
  });
});
