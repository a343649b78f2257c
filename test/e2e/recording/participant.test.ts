import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../simulator/faults.js';
import type { SimulatorOptions } from '../../../simulator/options.js';
import { PERSONAL_DATA } from '../../../simulator/users.js';
import type { Recording, RecordingInput } from '../../../src/client.js';
import { startRig, type RecordingRig } from '../../support/recordingRig.js';

/* Whether the recorded user has joined the room, or has left it, without a word of the caller's. */

const ROOM = 'room001';
const USER = 'user001';

async function historyOf({ client }: RecordingRig, { workflowId }: Recording): Promise<string> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  // Payloads are bytes.
  return JSON.stringify(events, (_name, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString() : value,
  );
}

const usersRequests = ({ simulator }: RecordingRig) =>
  simulator.requests.filter(({ path }) => /rtc\/users/.test(path));

describe('a recording that waits for its participant', { timeout: 60_000 }, () => {
  it("starts its job when the vendor's list has the user, and keeps no personal data", async () => {
    const rig = await startRig();
    const recording = await rig.start({ waitForParticipant: true });
    await expect.poll(() => usersRequests(rig).length, { timeout: 10_000 }).toBe(1);
    await expect.poll(async () => (await recording.lastPoll())?.state, { timeout: 10_000 }).toBe('OFFLINE');
    const { waitsFor, phase } = await recording.status();
    expect({ waitsFor, phase }).toMatchObject({
      waitsFor: expect.stringContaining(`${USER} to join ${ROOM}`) as string,
      phase: 'waitingForParticipant',
    });
    expect(rig.simulator.jobs).toEqual([]);

    rig.simulator.joinRoom(ROOM, USER);
    const lastEvent = async () => (await recording.status()).lastEvent?.eventType;
    await expect.poll(lastEvent, { timeout: 20_000 }).toBe('RECORD_NEW_FILE_START');
    rig.simulator.leaveRoom(ROOM, USER);
    expect(await recording.result()).toMatchObject({ outcome: 'recorded', warnings: [] });

    const written = (await historyOf(rig, recording)) + rig.logs.join('\n');
    for (const data of PERSONAL_DATA) expect(written).not.toContain(data);
  });

  it.each(['rejected', 'throttled'] as const)('starts by the signal when the list is %s', async (usersList) => {
    const rig = await startRig({ simulator: { usersList } });
    const recording = await rig.start({ waitForParticipant: true });
    await expect.poll(() => usersRequests(rig).length, { timeout: 10_000 }).toBeGreaterThan(0);
    await recording.participantJoined();
    const { outcome, warnings } = await recording.result();
    expect(outcome).toBe('recorded');
    if (usersList === 'throttled') return expect(warnings).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/^The list of users does not report.*403/)]);
  });
});

describe('an event that the user has joined', { timeout: 60_000 }, () => {
  it('starts the job of a recording that waits for that', async () => {
    const rig = await startRig({ simulator: { usersList: 'rejected', rtcEvents: true } });
    const recording = await rig.start({ waitForParticipant: true });
    await expect.poll(async () => (await recording.status()).phase).toBe('waitingForParticipant');
    rig.simulator.joinRoom(ROOM, 'user002');
    rig.simulator.joinRoom(ROOM, USER);
    const lastEvent = async () => (await recording.status()).lastEvent?.eventType;
    await expect.poll(lastEvent, { timeout: 10_000 }).toBe('RECORD_NEW_FILE_START');
    rig.simulator.leaveRoom(ROOM, USER);
    rig.simulator.leaveRoom(ROOM, 'user002');
    expect(await recording.result()).toMatchObject({ outcome: 'recorded' });
  });
});

describe('stopAfterAbsence', { timeout: 90_000 }, () => {
  /** The user publishes for some seconds in a room that is never idle. */
  async function record(simulator: SimulatorOptions, input: Partial<RecordingInput> = {}) {
    const rig = await startRig({ simulator });
    const recording = await rig.start({ maxIdleTime: 43_200, stopAfterAbsence: '1 second', ...input });
    await expect.poll(() => rig.simulator.jobs.length, { timeout: 10_000 }).toBe(1);
    return { rig, recording };
  }

  it('stops a job whose user has left, after two requests at least 10 s apart', async () => {
    const { rig, recording } = await record({});
    const result = await recording.result();
    expect(result).toMatchObject({ endedBy: 'absence', outcome: 'recorded', stopReason: 'TENANT_STOP', warnings: [] });
    const [first, second] = usersRequests(rig).map(({ at }) => at);
    expect(second! - first!).toBeGreaterThanOrEqual(10_000);
    expect(rig.simulator.jobs[0]?.state).toBe('STOPPED');
  });

  it('leaves a job alone while its user is listed as online, and where no list is to be had, with a warning', async () => {
    // Every callback is lost, so that the recording seems to have no file.
    const faults: Fault[] = [{ callback: '*', effect: { kind: 'drop' }, times: 'always' }];
    const present = record({ faults, publishDurationMs: 3_600_000 }).then(async ({ rig, recording }) => {
      await expect.poll(() => usersRequests(rig).length, { timeout: 60_000 }).toBeGreaterThan(2);
      await recording.stop();
      return recording.result();
    });
    const rejected = record({ usersList: 'rejected' }, { maxDuration: '15 seconds' }).then(({ recording }) =>
      recording.result(),
    );
    expect(await present).toMatchObject({ endedBy: 'stop', warnings: [] });
    const { endedBy, warnings } = await rejected;
    expect(endedBy).toBe('maxDuration');
    expect(warnings).toEqual([expect.stringMatching(/^stopAfterAbsence has no effect/)]);
  });
});
