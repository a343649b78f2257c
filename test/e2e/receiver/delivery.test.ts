import { randomUUID } from 'node:crypto';
import { describe, expect, inject, it } from 'vitest';
import { freePort } from '../../support/freePort.js';
import { FILE_COMPLETE, signed } from '../../support/signedCallback.js';
import type { StartedReceiver } from '../../support/startReceiver.js';
import { connectClient, signalsOf, startDeliveringReceiver, startIdleWorkflow } from './temporal.js';

const address = inject('temporalAddress');

/** An application that no other test knows. */
const newApp = () => `app-${randomUUID().slice(0, 8)}`;

async function send({ origin }: StartedReceiver, app: string, event: object) {
  const body = JSON.stringify(event);
  const response = await fetch(`${origin}/callback/${app}`, { method: 'POST', body, headers: signed(body) });
  return { status: response.status, ...((await response.json()) as { result: string }) };
}

const DELIVERED = { status: 200, result: 'delivered' };
const ORPHAN = { status: 200, result: 'orphan' };
const UNROUTED = { status: 200, result: 'unrouted' };

describe('an event of a stream', () => {
  it('is in the history of its recording when it gets 200', async () => {
    const app = newApp();
    const receiver = await startDeliveringReceiver(address);
    const handle = await startIdleWorkflow(await connectClient(address), `recording:${app}:room001:user001:camera`);
    expect(await send(receiver, app, FILE_COMPLETE)).toEqual(DELIVERED);
    expect(await signalsOf(handle)).toEqual([
      {
        name: 'recordingEvent',
        argument: {
          eventType: 'RECORD_FILE_COMPLETE',
          jobId: FILE_COMPLETE.job_id,
          streamName: FILE_COMPLETE.stream_name,
          appId: FILE_COMPLETE.app_id,
          roomId: 'room001',
          recordFormat: 'MP4',
          fileSize: 5_242_880,
          recordDuration: 62.5,
          width: 1280,
          height: 720,
          startTime: '2021-04-21T10:51:55Z',
          endTime: '2021-04-21T10:52:57Z',
          obsBucket: 'obsName',
          obsObject: FILE_COMPLETE.obs_object,
        },
      },
    ]);
  });

  it('goes to camera and screen, and to no one else', async () => {
    const app = newApp();
    const receiver = await startDeliveringReceiver(address);
    const client = await connectClient(address);
    const start = (key: string) => startIdleWorkflow(client, `recording:${app}:${key}`);
    const [camera, screen, otherUser, otherRoom] = await Promise.all(
      ['a_b:c_d:camera', 'a_b:c_d:screen', 'a_b:d:camera', 'a:b_c_d:camera'].map(start),
    );
    const event = { event_type: 'CLOUD_RECORD_OVER', job_id: 'j_1', room_id: 'a_b', stream_name: 's_j_1_a_b_c_d' };
    expect(await send(receiver, app, event)).toEqual(DELIVERED);
    const received = [camera, screen, otherUser, otherRoom].map(async (handle) => (handle ? signalsOf(handle) : []));
    expect((await Promise.all(received)).map((signals) => signals.length)).toEqual([1, 1, 0, 0]);
  });

  it('gets 200 and is ignored where no recording runs: never started, or closed', async () => {
    const app = newApp();
    const receiver = await startDeliveringReceiver(address);
    expect(await send(receiver, app, FILE_COMPLETE)).toEqual(ORPHAN);
    const handle = await startIdleWorkflow(await connectClient(address), `recording:${app}:room001:user001:camera`);
    // It stopped no job.
    await handle.terminate();
    expect(await send(receiver, app, FILE_COMPLETE)).toEqual(ORPHAN);
    const mixed = { ...FILE_COMPLETE, stream_name: `m_${FILE_COMPLETE.job_id}_room001` };
    expect(await send(receiver, app, mixed)).toEqual(UNROUTED);
    expect(receiver.log.filter(({ result }) => result === 'orphan')).toMatchObject([
      {
        ...{
          level: 'error',
          appId: FILE_COMPLETE.app_id,
          room: 'room001',
          user: 'user001',
          job: FILE_COMPLETE.job_id,
        },
        advice: expect.stringContaining(
          `job stop --app ${FILE_COMPLETE.app_id} --job ${FILE_COMPLETE.job_id}`,
        ) as string,
      },
      {},
    ]);
  });

  it('says that its participant has joined', async () => {
    const app = newApp();
    const receiver = await startDeliveringReceiver(address);
    const open = { event_type: 'RTC_VIDEO_STREAM_OPEN', room_id: 'room001', user_id: 'user001' };
    expect(await send(receiver, app, open)).toEqual({ status: 200, result: 'ignored' });
    const handle = await startIdleWorkflow(await connectClient(address), `recording:${app}:room001:user001:camera`);
    expect(await send(receiver, app, open)).toEqual(DELIVERED);
    expect(await send(receiver, app, { ...open, user_id: 'user002' })).toEqual({ status: 200, result: 'ignored' });
    const { events } = await handle.fetchHistory();
    const signals = events?.flatMap(({ workflowExecutionSignaledEventAttributes: one }) => one?.signalName ?? []);
    expect(signals).toEqual(['participantJoined']);
  });

  it.each([
    ['no fields but the type', { event_type: 'CLOUD_RECORD_OVER' }],
    [
      'a room that would change the query',
      { event_type: 'CLOUD_RECORD_OVER', room_id: 'x" OR WorkflowId STARTS_WITH "' },
    ],
  ])('gets 200 and is ignored with %s', async (_what, event) => {
    const receiver = await startDeliveringReceiver(address);
    expect(await send(receiver, newApp(), event)).toEqual(UNROUTED);
  });
});

describe('an event of a stream of another shape', () => {
  it('goes to all running recordings of its room, and to those of no other', async () => {
    // "_" stands for any character where a search is a pattern: the room aXb must not be found for a_b.
    const app = newApp();
    const receiver = await startDeliveringReceiver(address);
    const client = await connectClient(address);
    const start = (key: string) => startIdleWorkflow(client, `recording:${app}:${key}`);
    const room = await Promise.all(['a_b:u1:camera', 'a_b:u1:screen', 'a_b:u2:camera'].map(start));
    const others = await Promise.all(['aXb:u1:camera', 'a_b2:u1:camera', 'a:u1:camera'].map(start));
    const closed = await start('a_b:u3:camera');
    await closed.terminate();
    const visible = async () =>
      (await client.workflow.count(`WorkflowId STARTS_WITH "recording:${app}:" AND ExecutionStatus = "Running"`))
        .count;
    await expect.poll(visible, { timeout: 60_000 }).toBe(room.length + others.length);

    for (const streamName of ['x_j1_a_b', undefined]) {
      const event = { event_type: 'RECORD_NEW_FILE_START', job_id: 'j1', room_id: 'a_b', stream_name: streamName };
      expect(await send(receiver, app, event)).toEqual(DELIVERED);
    }
    for (const handle of room) expect(await signalsOf(handle)).toHaveLength(2);
    for (const handle of others) expect(await signalsOf(handle)).toHaveLength(0);
  });

  it('gets 200 and is ignored where no recording runs in its room', async () => {
    const receiver = await startDeliveringReceiver(address);
    const event = { event_type: 'CLOUD_RECORD_OVER', room_id: 'room001', stream_name: 'x_j_room001' };
    expect(await send(receiver, newApp(), event)).toEqual(UNROUTED);
  });

  it('goes to a recording that has just started, although the index shows it later', async () => {
    const app = newApp();
    const receiver = await startDeliveringReceiver(address);
    const client = await connectClient(address);
    const rooms = Array.from({ length: 5 }, (_, n) => `room${n}`);
    for (const room of rooms) {
      const handle = await startIdleWorkflow(client, `recording:${app}:${room}:user001:camera`);
      const event = { event_type: 'RECORD_NEW_FILE_START', job_id: 'j1', room_id: room };
      expect(await send(receiver, app, event)).toEqual(DELIVERED);
      expect(await signalsOf(handle)).toHaveLength(1);
    }
  });
});

describe('an event of a mixed or an automatic recording', () => {
  it.each(['m_j_room001', '5ff9_room001_user001_av_m'])('needs no Temporal: %s', async (stream_name) => {
    const receiver = await startDeliveringReceiver(`127.0.0.1:${await freePort()}`);
    const event = { event_type: 'RECORD_NEW_FILE_START', job_id: 'j', room_id: 'room001', stream_name };
    const responses = await Promise.all(Array.from({ length: 100 }, () => send(receiver, 'rtctest', event)));
    expect(responses).toEqual(responses.map(() => UNROUTED));
  });
});

describe('a server that responds, but rejects', () => {
  it('is no missing recording: a namespace that does not exist', async () => {
    const receiver = await startDeliveringReceiver(address, 'no-such-namespace');
    expect(await send(receiver, newApp(), FILE_COMPLETE)).toMatchObject({ status: 503 });
    const nameless = { event_type: 'CLOUD_RECORD_OVER', room_id: 'room001', stream_name: 'x_j_room001' };
    expect(await send(receiver, newApp(), nameless)).toMatchObject({ status: 503 });
    const readiness = await fetch(`${receiver.origin}/readyz`);
    expect(readiness.status).toBe(503);
    expect(await readiness.text()).toContain('no-such-namespace');
  });

  it('is ready when the namespace is there', async () => {
    const receiver = await startDeliveringReceiver(address);
    expect((await fetch(`${receiver.origin}/readyz`)).status).toBe(200);
  });
});
