import { randomUUID } from 'node:crypto';
import {
  Client,
  Connection,
  ServiceError,
  WorkflowFailedError,
  type WorkflowClientInterceptor,
  type WorkflowHandle,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import {
  FailureType,
  InvalidRecordingInputError,
  RecordingClient,
  RecordingFailedError,
  RecordingNotFoundError,
  type Recording,
  type RecordingInput,
} from '../../../src/client.js';
import { startRig } from '../../support/recordingRig.js';
import { seedInput } from '../../support/given.js';

/** A client of the caller's own; `seen` names its calls. */
async function connectOwnClient(namespace = 'default') {
  const connection = await Connection.connect({ address: inject('temporalAddress') });
  onTestFinished(() => connection.close());
  const seen: string[] = [];
  const note: WorkflowClientInterceptor = {
    start: (call, next) => {
      seen.push(`start ${call.options.workflowId}`);
      return next(call);
    },
    signal: (call, next) => {
      seen.push(`signal ${call.signalName}`);
      return next(call);
    },
  };
  return { client: new Client({ connection, namespace, interceptors: { workflow: [note] } }), seen };
}

describe('start', () => {
  it('rejects invalid input before anything is sent, naming every field', async () => {
    const { client, seen } = await connectOwnClient();
    const recordings = new RecordingClient({ client });
    const input = { ...seedInput, roomId: 'a room', maxDuration: '10 bananas', colour: 'red' } as RecordingInput;
    const error = await recordings.start(input).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InvalidRecordingInputError);
    const { problems, message } = error as InvalidRecordingInputError;
    expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual(['colour', 'maxDuration', 'roomId']);
    for (const problem of problems) expect(message).toContain(problem);
    expect(seen).toEqual([]);
  });

  it('makes one recording of two starts at the same time, and names what differs', async () => {
    const rig = await startRig();
    const starts = await Promise.all([
      rig.recordings.start(rig.input()),
      rig.recordings.start(rig.input({ resolution: '640*360', maxDuration: '1 hour' })),
    ]);
    const [second, first] = starts.sort((a, b) => Number(b.alreadyRunning) - Number(a.alreadyRunning));
    expect(first).toMatchObject({ alreadyRunning: false, warnings: [], runId: expect.any(String) as string });
    expect(second).toMatchObject({ alreadyRunning: true, workflowId: first.workflowId });
    expect(second).not.toHaveProperty('runId');
    expect(second.warnings).toEqual([
      'The running recording was started with another resolution, maxDuration; it continues as it was started.',
    ]);
    expect(await second.recording.result()).toEqual(await first.recording.result());
    expect(rig.simulator.jobs).toHaveLength(1);
  });

  it('has nothing to warn of when the same was asked for in other words', async () => {
    const rig = await startRig({ simulator: { publishDurationMs: 600_000 } });
    const { recording } = await rig.recordings.start(rig.input({ maxDuration: '1 hour' }));
    await expect.poll(async () => (await recording.status()).input).toBeDefined();
    const { maxIdleTime, ...rest } = rig.input({ maxDuration: 3_600_000 });
    expect(await rig.recordings.start({ maxIdleTime, ...rest })).toMatchObject({ alreadyRunning: true, warnings: [] });
    await recording.stop();
    await recording.result();
  });

  it('says that it could not compare when no worker responds for the running one', { timeout: 15_000 }, async () => {
    const { client } = await connectOwnClient();
    const recordings = new RecordingClient({ client, taskQueue: `unserved-${randomUUID()}` });
    const input = { ...seedInput, appName: `app-${randomUUID()}` };
    const { workflowId } = await recordings.start(input);
    onTestFinished(async () => {
      await client.workflow.getHandle(workflowId).terminate();
    });
    const second = await recordings.start({ ...input, maxIdleTime: 99 });
    expect(second.alreadyRunning).toBe(true);
    expect(second.warnings).toEqual([expect.stringMatching(/did not return its input/)]);
  });
});

describe('get', () => {
  it('follows a recording by its key: camera unless the screen is named', async () => {
    const rig = await startRig({ simulator: { publishDurationMs: 600_000 } });
    const key = { appName: rig.appName, roomId: 'room001', userId: 'user001' };
    await rig.start({ waitForParticipant: true });
    const camera = rig.recordings.get(key);
    expect(camera.workflowId).toBe(`recording:${rig.appName}:room001:user001:camera`);
    expect(rig.recordings.get({ ...key, videoType: undefined }).workflowId).toBe(camera.workflowId);
    await expect.poll(async () => (await camera.status()).phase, { timeout: 60_000 }).toBe('waitingForParticipant');
    await expect(rig.recordings.get({ ...key, videoType: 'SCREENSTREAM' }).status()).rejects.toThrow(
      RecordingNotFoundError,
    );

    await camera.participantJoined();
    await expect.poll(() => rig.simulator.jobs[0]?.state, { timeout: 60_000 }).toBe('RUNNING');
    expect(await camera.stop()).toMatchObject({ stopRequestedBy: 'stop' });
    const result = await rig.recordings.get(camera.workflowId).result();
    expect(result).toMatchObject({ outcome: 'recorded', endedBy: 'stop', fileCount: 1 });
    expect(await camera.status()).toMatchObject({ phase: 'completed', outcome: 'recorded', files: result.files });
  });

  it.each<[string, (recording: Recording) => Promise<unknown>]>([
    ['status', (recording) => recording.status()],
    ['stop', (recording) => recording.stop()],
    ['participantJoined', (recording) => recording.participantJoined()],
    ['result', (recording) => recording.result()],
  ])('%s of no recording says so', async (_name, call) => {
    const { client } = await connectOwnClient();
    const workflowId = `recording:app-${randomUUID()}:room001:user001:camera`;
    const error = await call(new RecordingClient({ client }).get(workflowId)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RecordingNotFoundError);
    expect(error).toMatchObject({ workflowId, message: expect.stringContaining(workflowId) as string });
  });
});

describe('stop', () => {
  /** The server's error when an activity ends in the moment in which the update would have ended the workflow. */
  const turnedAway = new ServiceError('Workflow Update failed', {
    cause: Object.assign(new Error('9 FAILED_PRECONDITION'), {
      code: 9,
      details: 'Unable to perform workflow execution update due to unexpected workflow task failure.',
      metadata: {},
    }),
  });

  it.each([
    ['is repeated when the server turns it away', 1],
    ['gives up when the server always does', Infinity],
  ])('%s', async (_what, refusals) => {
    const rig = await startRig();
    const { workflowId } = await rig.start({ waitForParticipant: true });
    let left = refusals;
    const reject: WorkflowClientInterceptor = {
      startUpdate: (call, next) => (left-- > 0 ? Promise.reject(turnedAway) : next(call)),
    };
    const client = new Client({ connection: rig.client.connection, interceptors: { workflow: [reject] } });
    const recording = new RecordingClient({ client }).get(workflowId);
    if (refusals === Infinity) {
      await expect(recording.stop()).rejects.toBe(turnedAway);
      await rig.recordings.get(workflowId).stop();
    } else expect(await recording.stop()).toMatchObject({ stopRequestedBy: 'stop' });
    expect(await recording.result()).toMatchObject({ outcome: 'empty', endedBy: 'stop' });
  });
});

describe('result', () => {
  it("rejects with the recording's error: type, advice, and Temporal's error as its cause", async () => {
    const rig = await startRig({ simulator: { buckets: [{ name: 'obsName', authorized: false }] } });
    const recording = await rig.start();
    const error = await recording.result().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RecordingFailedError);
    const advice = 'Authorize SparkRTC for the bucket in its console, then start the recording again.';
    const docs = 'docs/errors.md#bucketnotauthorized';
    expect(error).toMatchObject({
      type: FailureType.BucketNotAuthorized,
      recording: recording.workflowId,
      message:
        'BucketNotAuthorized: Camera of user001 in room001 ' +
        `(${rig.appName}): SparkRTC is not authorized to write to the bucket "obsName". ${advice} See ${docs}.`,
      advice,
      docs,
    });
    const { cause } = error as RecordingFailedError;
    expect(cause).toBeInstanceOf(WorkflowFailedError);
    expect(cause.cause).toBeInstanceOf(ApplicationFailure);
    await expect(recording.resultIfOver()).rejects.toMatchObject({ type: FailureType.BucketNotAuthorized });
  });

  it.each([
    ['Cancelled', (handle: WorkflowHandle) => handle.cancel()],
    ['Terminated', (handle: WorkflowHandle) => handle.terminate()],
  ])('rejects with %s when someone else has ended the workflow', async (type, end) => {
    const rig = await startRig();
    const recording = await rig.start({ waitForParticipant: true });
    expect(await recording.resultIfOver()).toBeUndefined();
    await end(rig.client.workflow.getHandle(recording.workflowId));
    const error = await recording.result().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RecordingFailedError);
    expect(error).toMatchObject({ type, docs: `docs/errors.md#${type.toLowerCase()}` });
  });
});

describe("a client of the caller's own", () => {
  it('is what every call goes through', async () => {
    const rig = await startRig();
    const { client, seen } = await connectOwnClient();
    const recordings = new RecordingClient({ client, taskQueue: rig.taskQueue });
    const { recording, workflowId } = await recordings.start(rig.input({ waitForParticipant: true }));
    await recording.participantJoined();
    expect(await recording.result()).toMatchObject({ outcome: 'recorded' });
    expect(seen).toEqual([`start ${workflowId}`, 'signal participantJoined']);
    // It stays the caller's: nothing has closed its connection.
    expect((await client.workflow.getHandle(workflowId).describe()).status.name).toBe('COMPLETED');
  });

  it('decides the namespace', async () => {
    const { client } = await connectOwnClient('another-namespace');
    await expect(new RecordingClient({ client }).start(seedInput)).rejects.toMatchObject({
      name: 'NamespaceNotFoundError',
    });
  });
});
