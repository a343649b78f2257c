import { TestWorkflowEnvironment } from '@temporalio/testing';
import { expect, inject, vi, type TestContext } from 'vitest';
import { DEFAULT_TASK_QUEUE, type Recording } from '../../src/client.js';
import { registerSearchAttributes } from '../../src/temporal/searchAttributes.js';
import { freePort } from '../support/freePort.js';
import { startRig } from '../support/recordingRig.js';

const HOUR = 3_600_000;

/** An application of a name that reads well; each recording has a user of its own. */
const appName = 'rtctest';

/** Times that pass as they do with the real vendor, and a stream that goes on until it is stopped. */
const live = { timeScale: 1, publishDurationMs: HOUR };

/** As a caller who leaves these to their defaults. */
const calm = { maxIdleTime: 30, reconcileInterval: '5 minutes', settleTimeout: '5 minutes' } as const;

const SERVICE_UNAVAILABLE = {
  kind: 'respond',
  status: 503,
  body: { error_code: 'RTC.00002003', error_msg: 'Service unavailable' },
} as const;

/** For what the stage waits for; far more than it ever takes. */
const LIMIT = { timeout: 60_000, interval: 100 };

export interface Stage {
  /** Its list of workflows; behind a slash and a workflow's id there is that one. */
  webUi: string;
  /** Has begun its file. */
  running: Recording;
  /** Waits for its participant. */
  waiting: Recording;
  /** Was stopped and has its file. */
  finished: Recording;
  /** Records in another room than the three above. */
  elsewhere: Recording;
  /** Its job is polled each second; one attempt at least has found it running. */
  polled: Recording;
  /** The vendor responds with 503 to its third step, always; it was tried three times at least. */
  hindered: Recording;
  /** Ended with a wrong password. */
  failed: Recording;
}

/** One recording of each kind, on a Temporal server of its own with its Web UI. */
export async function setStage(onEnd: (cleanUp: () => Promise<unknown>) => void): Promise<Stage> {
  const uiPort = await freePort();
  const environment = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: inject('temporalCli') },
      uiPort,
      log: { format: 'pretty', level: 'error' },
    },
  });
  onEnd(() => environment.teardown());
  await registerSearchAttributes(environment.connection, 'default');

  const surroundings = { temporalAddress: environment.address };
  const context: Pick<TestContext, 'onTestFinished'> = {
    // A rig's clean-up asks nothing of the test, and there is none yet.
    onTestFinished: (cleanUp) => onEnd(cleanUp as () => Promise<void>),
  };
  const plain = await startRig({ ...surroundings, taskQueue: DEFAULT_TASK_QUEUE, simulator: live }, context);
  const unavailable = await startRig(
    {
      ...surroundings,
      simulator: {
        ...live,
        faults: [{ match: 'GET /v2/apps/*/record-rules', effect: SERVICE_UNAVAILABLE, times: 'always' }],
      },
    },
    context,
  );
  const rejected = await startRig({ ...surroundings, credentials: { password: 'not-the-password' } }, context);

  const recorded = { ...calm, appName, roomId: 'room001' };
  const finished = await plain.start({ ...recorded, userId: 'user002' });
  const elsewhere = await plain.start({ ...recorded, roomId: 'room002', userId: 'user006' });
  const waiting = await plain.start({ ...recorded, userId: 'user003', waitForParticipant: true });
  const running = await plain.start({ ...recorded, userId: 'user001' });
  const polled = await plain.start({
    ...recorded,
    roomId: 'room005',
    userId: 'user007',
    reconcileInterval: '1 second',
  });
  const hindered = await unavailable.start({ ...calm, appName, roomId: 'room003', userId: 'user004' });
  const failed = await rejected.start({ ...calm, appName, roomId: 'room004', userId: 'user005' });

  await vi.waitFor(async () => {
    for (const recording of [running, elsewhere, finished]) {
      expect((await recording.status()).lastEvent?.eventType).toBe('RECORD_NEW_FILE_START');
    }
    expect(await polled.lastPoll()).toMatchObject({ state: 'RUNNING' });
    const { raw } = await unavailable.client.workflow.getHandle(hindered.workflowId).describe();
    expect(raw.pendingActivities?.[0]?.attempt).toBeGreaterThan(3);
  }, LIMIT);
  await finished.stop();
  await finished.result();
  const webUi = `http://localhost:${uiPort}/namespaces/default/workflows`;
  return { webUi, running, waiting, finished, elsewhere, polled, hindered, failed };
}
