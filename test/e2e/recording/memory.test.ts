import { describe, expect, it } from 'vitest';
import { startRig, type RecordingRig } from '../../support/recordingRig.js';

/*
 * What a worker remembers of an earlier recording of the application: the steps that prepare the next one are local
 * activities then, in one workflow task, and ask no one.
 */

const PREPARATION = ['authenticate', 'ensureApplication', 'ensureRecordRule', 'configureRecordCallback'];

/**
 * The regular activities of a recording in the order of its history, and how many workflow tasks came before the start
 * of the job.
 */
async function activitiesOf({ client }: RecordingRig, workflowId: string) {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const scheduled: string[] = [];
  let tasks = 0;
  let tasksBeforeTheStart: number | undefined;
  for (const event of events ?? []) {
    if (event.workflowTaskCompletedEventAttributes) tasks += 1;
    const name = event.activityTaskScheduledEventAttributes?.activityType?.name;
    if (name === 'startIndividualStreamJob') tasksBeforeTheStart ??= tasks;
    if (name) scheduled.push(name);
  }
  return { scheduled, tasksBeforeTheStart };
}

const calls = ({ simulator }: RecordingRig) => simulator.requests.map(({ method, path }) => `${method} ${path}`);

describe.concurrent('a worker that remembers steps 1 to 4', () => {
  it('does them in one workflow task for the next recording, and asks no one', async (test) => {
    const rig = await startRig({}, test);
    const first = await rig.start({ roomId: 'first' });
    expect(await first.result()).toMatchObject({ outcome: 'recorded' });
    const { scheduled: atFirst } = await activitiesOf(rig, first.workflowId);
    expect(atFirst.slice(0, 5)).toEqual([...PREPARATION, 'startIndividualStreamJob']);

    const before = calls(rig).length;
    const second = await rig.start({ roomId: 'second' });
    expect(await second.result()).toMatchObject({ outcome: 'recorded', warnings: [] });
    const { scheduled, tasksBeforeTheStart } = await activitiesOf(rig, second.workflowId);
    expect(scheduled[0]).toBe('startIndividualStreamJob');
    expect(tasksBeforeTheStart).toBe(1);
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
    const { scheduled } = await activitiesOf(rig, other.workflowId);
    expect(scheduled.slice(0, 4)).toEqual(PREPARATION);
  });
});
