import { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { randomUUID } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { RecordingClient, WORKFLOW_TYPE, type Recording } from '../../../src/client.js';
import { registerSearchAttributes } from '../../../src/temporal/searchAttributes.js';
import { bareNamespace } from '../../support/bareNamespace.js';
import { failureOf, startRig, type RecordingRig } from '../../support/recordingRig.js';
import { calls, LIMIT, runningJob, START } from './faults.js';

/** What Temporal's Web UI requests from the server, of recordings on the real server. */

const HOUR = 3_600_000;

async function attributesOf({ client }: RecordingRig, { workflowId }: Recording): Promise<Record<string, unknown>> {
  const { typedSearchAttributes } = await client.workflow.getHandle(workflowId).describe();
  const ours = typedSearchAttributes.getAll().filter(({ key }) => key.name.startsWith('Recording'));
  return Object.fromEntries(ours.map(({ key, value }) => [key.name, value]));
}

interface Metadata {
  currentDetails: string;
  definition: { signalDefinitions: { name: string; description: string }[] };
}

function metadataOf({ client }: RecordingRig, { workflowId }: Recording): Promise<Metadata> {
  return client.workflow.getHandle(workflowId).query<Metadata>('__temporal_workflow_metadata');
}

describe.concurrent('a recording in the Web UI', () => {
  it('is found by application, room, user, job, phase and outcome', async (test) => {
    const rig = await startRig({ simulator: { publishDurationMs: HOUR } }, test);
    const room = `room-${randomUUID().slice(0, 8)}`;
    const recording = await rig.start({ roomId: room, waitForParticipant: true });
    const found = async (query: string) => {
      const ids: string[] = [];
      for await (const { workflowId } of rig.client.workflow.list({ query })) ids.push(workflowId);
      return ids;
    };
    const isFoundBy = (query: string) =>
      vi.waitFor(async () => expect(await found(query)).toEqual([recording.workflowId]), LIMIT);

    await isFoundBy(`RecordingRoom = "${room}" AND RecordingPhase = "waitingForParticipant"`);
    await recording.participantJoined();
    const jobId = await runningJob(rig);
    await isFoundBy(`RecordingJobId = "${jobId}" AND RecordingPhase = "recording"`);
    expect(await attributesOf(rig, recording)).toEqual({
      RecordingApp: rig.appName,
      RecordingRoom: room,
      RecordingUser: 'user001',
      RecordingJobId: jobId,
      RecordingPhase: 'recording',
      RecordingOutcome: '',
    });
    await recording.stop();
    await recording.result();
    await isFoundBy(`RecordingApp = "${rig.appName}" AND RecordingUser = "user001" AND RecordingOutcome = "recorded"`);
    expect((await attributesOf(rig, recording))['RecordingPhase']).toBe('completed');
  });

  it('costs a plain one two events, and a third only while files are still to come', async (test) => {
    const rig = await startRig({}, test);
    const recording = await rig.start();
    await recording.result();
    const { events } = await rig.client.workflow.getHandle(recording.workflowId).fetchHistory();
    const phases = (events ?? []).flatMap(({ upsertWorkflowSearchAttributesEventAttributes: upsert }) => {
      const phase = upsert?.searchAttributes?.indexedFields?.['RecordingPhase'];
      return phase ? [defaultPayloadConverter.fromPayload<string>(phase)] : [];
    });
    expect(phases.filter((phase) => phase !== 'settling')).toEqual(['recording', 'completed']);
    expect(phases.length).toBeLessThanOrEqual(3);
  });

  it('has a summary, and details that tell the story while it runs and when it is over', async (test) => {
    const rig = await startRig({ simulator: { publishDurationMs: HOUR } }, test);
    const recording = await rig.start();
    const jobId = await runningJob(rig);
    await vi.waitFor(async () => {
      const { currentDetails, definition } = await metadataOf(rig, recording);
      expect(currentDetails).toContain(`**Job:** \`${jobId}\``);
      expect(currentDetails).toContain('**Last event:** `RECORD_NEW_FILE_START`');
      expect(definition.signalDefinitions.map(({ name }) => name)).toEqual(['recordingEvent', 'participantJoined']);
      for (const { description } of definition.signalDefinitions) expect(description).not.toBe('');
    }, LIMIT);
    const description = await rig.client.workflow.getHandle(recording.workflowId).describe();
    expect(await description.staticSummary()).toBe('Camera of user001 in room001');

    await recording.stop();
    const { files } = await recording.result();
    const { currentDetails } = await metadataOf(rig, recording);
    expect(currentDetails).toContain('**Outcome:** **recorded**, ended by stop');
    expect(currentDetails).toContain(files[0]?.object);
  });

  it('says that it failed', async (test) => {
    const rig = await startRig(
      { simulator: { faults: [{ match: START, effect: { kind: 'respond', status: 400 } }] } },
      test,
    );
    const recording = await rig.start();
    await failureOf(recording);
    expect(await attributesOf(rig, recording)).toMatchObject({ RecordingPhase: 'failed', RecordingOutcome: '' });
    expect((await metadataOf(rig, recording)).currentDetails).toContain(': failed');
  });

  it('has no attributes, and no events for them, if a client of ours disabled them', async (test) => {
    const rig = await startRig({}, test);
    const unlisted = new RecordingClient({ client: rig.client, taskQueue: rig.taskQueue, searchAttributes: false });
    const { recording, warnings } = await unlisted.start(rig.input());
    expect(warnings).toEqual([]);
    expect(await recording.result()).toMatchObject({ outcome: 'recorded', warnings: [] });
    expect(await attributesOf(rig, recording)).toEqual({});
    const { events } = await rig.client.workflow.getHandle(recording.workflowId).fetchHistory();
    expect(events?.some((event) => event.upsertWorkflowSearchAttributesEventAttributes)).toBe(false);
  });

  it('goes without attributes where its caller gave none', async (test) => {
    const rig = await startRig({}, test);
    const workflowId = `recording:${rig.appName}:room001:user001:camera`;
    const options = { workflowId, taskQueue: rig.taskQueue, args: [rig.input()] };
    await rig.client.workflow.start(WORKFLOW_TYPE, options);
    const recording = rig.recordings.get(workflowId);
    expect(await recording.result()).toMatchObject({ outcome: 'recorded' });
    expect(await attributesOf(rig, recording)).toEqual({});
    expect(calls(rig, 'POST', /individual-stream-jobs$/)).toBe(1);
  });
});

it('a namespace without the attributes records with one warning; then it gets the attributes', async () => {
  const { connection, namespace } = await bareNamespace();
  const client = new Client({ connection, namespace });
  const recordings = new RecordingClient({ client });
  const input = (roomId: string) => ({
    appName: 'rtctest',
    roomId,
    userId: 'user001',
    recordRule: {
      obsAddr: { bucket: 'obsName', location: 'cn-north-4', object: '', projectId: '0'.repeat(32) },
      recordFormats: ['MP4' as const],
    },
  });

  // A new namespace is known to all parts of the server after a moment.
  const started = await vi.waitFor(() => recordings.start(input('room001')), LIMIT);
  expect(started.alreadyRunning).toBe(false);
  expect(started.warnings).toEqual([expect.stringContaining('npm run setup:namespace')]);

  const { missing: registered } = await registerSearchAttributes(connection, namespace);
  expect(registered.toSorted()).toEqual([
    'RecordingApp',
    'RecordingJobId',
    'RecordingOutcome',
    'RecordingPhase',
    'RecordingRoom',
    'RecordingUser',
  ]);
  expect(await registerSearchAttributes(connection, namespace)).toEqual({ missing: [] });
  await vi.waitFor(async () => {
    const { warnings } = await recordings.start(input(`room-${randomUUID()}`));
    expect(warnings).toEqual([]);
  }, LIMIT);
});
