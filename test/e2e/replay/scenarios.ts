import { vi } from 'vitest';
import type { Recording, RecordingInput } from '../../../src/client.js';
import { CREDENTIAL_ATTEMPTS } from '../../../src/contract/credentialAttempts.js';
import { sharedAttemptLimit } from '../../../src/temporal/attemptLimit.js';
import type { RecordingRig, RigOptions } from '../../support/recordingRig.js';

/** One way in which a recording goes and ends, to be recorded as a history. */
export interface Scenario {
  /** The file is `{name}.json`. */
  name: string;
  rig?: RigOptions;
  input?: Partial<RecordingInput>;
  /** What has happened at the same worker before the recording starts. */
  before?: (rig: RecordingRig) => Promise<unknown>;
  /** On a server that takes 60 events for a long history: which of the recording's runs is meant. */
  ofSeveralRuns?: 'first' | 'last';
  /** The history is that of this workflow, not the recording's. */
  of?: typeof CREDENTIAL_ATTEMPTS;
  /** What is done to the running recording. */
  meanwhile?: (recording: Recording, rig: RecordingRig) => Promise<unknown>;
}

const START = 'POST /v2/apps/*/individual-stream-jobs';
const realTime = { timeScale: 1, publishDurationMs: 3_000 };
const longStream: RigOptions = { simulator: { publishDurationMs: 600_000 } };
const shortWaits: Partial<RecordingInput> = { reconcileInterval: '1 second', settleTimeout: '1 second' };
const jobRuns = (rig: RecordingRig) =>
  vi.waitFor(
    () => rig.simulator.jobs.some((job) => job.state === 'RUNNING') || Promise.reject(new Error('no job runs')),
    {
      timeout: 20_000,
    },
  );

/** Enough for three runs; then the recording is stopped. */
async function manyEvents(recording: Recording, rig: RecordingRig): Promise<void> {
  await jobRuns(rig);
  const handle = rig.client.workflow.getHandle(recording.workflowId);
  for (let number = 0; number < 80; number++) {
    await handle.signal('recordingEvent', {
      eventType: 'RECORD_NEW_FILE_START',
      jobId: rig.simulator.jobs[0]?.job_id,
    });
  }
  await recording.stop();
}

/** A worker that is rejected, one that dies during its try, one that waits for that, and one that comes too late. */
async function severalTries({ client, taskQueue }: RecordingRig): Promise<void> {
  const credentials = { accessKey: 'key', secretKey: 'secret', projectId: 'project' };
  const [rejected, dies, waits, late] = [1, 2, 3, 4].map((credentialsReadAt) =>
    sharedAttemptLimit({ client, taskQueue, credentials, versioned: false, credentialsReadAt }),
  );
  await rejected?.request();
  await rejected?.report('rejected');
  await dies?.request();
  // Two tries may have been rejected then, which is the limit of those that have old credentials.
  await waits?.request().catch(() => undefined);
  await late?.request().catch(() => undefined);
}

export const SCENARIOS: Scenario[] = [
  { name: 'recorded' },
  {
    name: 'recorded-by-memory',
    before: async (rig) => (await rig.start({ roomId: 'an-earlier-one' })).result(),
  },
  {
    name: 'recorded-hls',
    input: {
      recordRule: {
        obsAddr: { bucket: 'obsName', location: 'cn-north-4', object: 'Record/', projectId: '0'.repeat(32) },
        recordFormats: ['HLS'],
        hlsConfig: {},
      },
    },
  },
  {
    name: 'stopped',
    rig: longStream,
    meanwhile: async (recording, rig) => {
      await jobRuns(rig);
      await recording.stop();
    },
  },
  {
    name: 'resumed',
    rig: { simulator: { publishDurationMs: 30_000 } },
    meanwhile: async (_recording, rig) => {
      await jobRuns(rig);
      rig.simulator.endJob(String(rig.simulator.jobs[0]?.job_id), 'INTERNAL_ERROR');
    },
  },
  { name: 'continued-first-run', ofSeveralRuns: 'first', rig: longStream, meanwhile: manyEvents },
  { name: 'continued-last-run', ofSeveralRuns: 'last', rig: longStream, meanwhile: manyEvents },
  { name: 'longest-duration', rig: longStream, input: { maxDuration: '2 seconds' } },
  {
    name: 'callbacks-lost',
    rig: { simulator: { faults: [{ callback: '*', effect: { kind: 'drop' }, times: 'always' }] } },
    input: shortWaits,
  },
  { name: 'partial', rig: { simulator: { listDelayMs: 3_600_000 } }, input: shortWaits },
  { name: 'empty', rig: { simulator: { autoPublish: false } }, input: shortWaits },
  {
    name: 'cancelled',
    rig: longStream,
    meanwhile: async (recording, rig) => {
      await jobRuns(rig);
      await rig.client.workflow.getHandle(recording.workflowId).cancel();
    },
  },
  {
    name: 'participant-joined',
    input: { waitForParticipant: true },
    meanwhile: (recording) => recording.participantJoined(),
  },
  { name: 'participant-awaited-in-vain', input: { waitForParticipant: true, maxDuration: '1 second' } },
  { name: 'stopped-before-the-job', input: { waitForParticipant: true }, meanwhile: (recording) => recording.stop() },
  { name: 'adopted', rig: { simulator: { ...realTime, faults: [{ match: START, effect: { kind: 'resetAfter' } }] } } },
  {
    name: 'started-again',
    rig: { simulator: { ...realTime, faults: [{ match: START, effect: { kind: 'resetBefore' } }] } },
  },
  {
    name: 'extra-job-stopped',
    rig: {
      simulator: {
        ...realTime,
        publishDurationMs: 14_000,
        faults: [
          { match: START, effect: { kind: 'resetAfter' } },
          { callback: 'RECORD_NEW_FILE_START', effect: { kind: 'delay', ms: 11_000 } },
        ],
      },
    },
  },
  { name: 'wrong-password', rig: { credentials: { password: 'not-the-password' } } },
  { name: 'bucket-not-authorized', rig: { simulator: { buckets: [{ name: 'obsName', authorized: false }] } } },
  {
    name: 'job-rejected',
    rig: {
      simulator: {
        faults: [
          {
            match: START,
            effect: {
              kind: 'respond',
              status: 400,
              body: { error_code: 'RTC.00001007', error_msg: 'JobQuotaExceeded' },
            },
          },
        ],
      },
    },
  },
  {
    name: 'job-waits-in-init',
    rig: { simulator: { jobsNeverStart: true } },
    input: { maxDuration: '3 seconds' },
  },
  {
    name: 'no-end-event',
    rig: { simulator: { faults: [{ callback: 'CLOUD_RECORD_OVER', effect: { kind: 'drop' }, times: 'always' }] } },
  },
  { name: 'credential-attempts', of: CREDENTIAL_ATTEMPTS, meanwhile: (_recording, rig) => severalTries(rig) },
];
