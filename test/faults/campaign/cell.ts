import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time.js';
import { vi, type TestContext } from 'vitest';
import type { JobResponse } from '../../../simulator/job.js';
import { RecordingFailedError, RecordingNotFoundError, type Recording } from '../../../src/client.js';
import type { Child } from '../../support/child.js';
import { AUTH_KEY, deploy, PASSWORD, type Deployment } from '../../support/deployment.js';
import { exposedSecrets, textOf } from '../../support/exposedSecrets.js';
import { count } from './audit.js';
import type { CellFacts, End, RecordingFacts } from './facts.js';
import { dynamicFaultsOf, nameOf, streamOfJob } from './dynamicFaults.js';
import { readHistory } from './history.js';
import { RECONCILE_INTERVAL, type Disturbance, type RecordingPlan } from './plan.js';

/** No recording of a plan lasts longer, on a busy machine either. */
const LONGEST_RECORDING = 240_000;

const MOST_OPEN = 8;

/** The last ones are left in peace for their ends: a killed worker costs a step some time. */
const DISTURBED_AFTER_LAST = 10_000;

/** How often it is looked whether a job has been created. */
const LOOK_EVERY = 50;

/** Old enough to be no one's start whose response was lost. */
const AGE_OF_OLDER_STRANGER = 20_000;

/** By then the request to start is over, and a job that is created is none of ours. */
const PAUSE_BEFORE_LATER_STRANGER = 3000;

const BUCKET = 'obsName';

/** An installation of its own: simulator, two workers, a receiver; and the recordings that it makes. */
export interface Cell {
  deployment: Deployment;
  workers: Child[];
  receiver: Child;
  /** The jobs that the recordings made, oldest first. */
  ownJobs: () => JobResponse[];
  injected: Record<string, number>;
  disturbances: CellFacts['disturbances'][number][];
}

export interface CellOptions {
  plans: readonly RecordingPlan[];
  /** Milliseconds from one recording's start to the next one's. */
  everyMs: number;
  /** How many recordings may be open; as a rule so few that a slow machine is not the fault. */
  mostOpen?: number;
  /** What happens to the installation meanwhile; notified before the last recordings, which are to end undisturbed. */
  meanwhile: (cell: Cell, calm: AbortSignal) => Promise<void>;
}

/** Makes all recordings of the plans, and tells what became of them. */
export async function runCell(test: TestContext, options: CellOptions): Promise<CellFacts & Pick<Cell, 'injected'>> {
  const injected: Record<string, number> = {};
  const strangers = new Set<string>();
  const dynamicFaults = dynamicFaultsOf(options.plans, () => deployment.simulator, strangers, injected);
  const deployment: Deployment = await deploy(test, {
    // A job's age tells whose it is: time must go as fast as ours.
    timeScale: 1,
    initDelayMs: 200,
    autoPublish: false,
    callbackRetryDelaysMs: [500, 1000, 2000, 4000, 4000],
    dynamicFaults,
  });
  const { simulator } = deployment;
  const [receiver, ...workers] = await Promise.all([
    deployment.startReceiver(),
    deployment.startWorker(),
    deployment.startWorker(),
  ]);
  const cell: Cell = {
    deployment,
    workers,
    receiver,
    ownJobs: () => simulator.jobs.filter((job) => !strangers.has(job.job_id)),
    injected,
    disturbances: [],
  };

  await makeApplications(deployment, options.plans);
  liveWithJobs(cell, options.plans, strangers);
  const calm = new AbortController();
  const meanwhile = options.meanwhile(cell, calm.signal);
  const making = new Set<Promise<void>>();
  const recordings: RecordingOutcome[] = [];
  for (const plan of options.plans) {
    // A slow machine is given time, not more and more to do.
    if (making.size >= (options.mostOpen ?? MOST_OPEN)) await Promise.race(making);
    const made = makeRecording(cell, plan, strangers).then((outcome) => {
      recordings.push(outcome);
      making.delete(made);
    });
    making.add(made);
    await sleep(options.everyMs);
  }
  await Promise.race([Promise.all(making), sleep(DISTURBED_AFTER_LAST)]);
  calm.abort();
  await Promise.all([...making, meanwhile]);

  // What was left to the vendor's idle limit ends by it.
  await vi
    .waitUntil(() => cell.ownJobs().every((job) => job.state === 'STOPPED'), { timeout: 30_000 })
    .catch(() => false);
  const secrets = [PASSWORD, AUTH_KEY, ...simulator.secrets];
  return {
    injected,
    recordings: recordings.map(({ facts }) => facts),
    jobs: simulator.jobs,
    strangers,
    requests: simulator.requests,
    callbacks: simulator.callbacks,
    objects: simulator.objects(BUCKET).map(({ key }) => key),
    sessions: simulator.sessions,
    recordedFiles: simulator.recordedFiles,
    disturbances: cell.disturbances,
    exposedSecrets: exposedSecrets([deployment.output(), ...recordings.map(({ texts }) => texts)].join('\n'), secrets),
  };
}

/** Kills, revokes and rejects as planned, one after the other, and repairs them. */
export async function disturb(cell: Cell, disturbances: Iterable<Disturbance>, calm: AbortSignal): Promise<void> {
  const { deployment, injected } = cell;
  const { simulator } = deployment;
  for (const { kind, pauseMs, lastsMs } of disturbances) {
    await sleep(pauseMs, undefined, { signal: calm }).catch(() => undefined);
    if (calm.aborted) return;
    count(injected, kind);
    const from = Date.now();
    switch (kind) {
      case 'worker killed':
      case 'both workers killed': {
        const killed = cell.workers.splice(0, kind === 'worker killed' ? 1 : 2);
        for (const worker of killed) worker.kill('SIGKILL');
        await sleep(lastsMs);
        cell.workers.push(...(await Promise.all(killed.map(() => deployment.startWorker()))));
        break;
      }
      case 'receiver killed':
        cell.receiver.kill('SIGKILL');
        await cell.receiver.ended;
        await sleep(lastsMs);
        cell.receiver = await deployment.startReceiver();
        break;
      case 'tokens revoked':
        simulator.revokeTokens();
        break;
      case 'IAM out':
        simulator.addFault({ match: '* /v3/**', effect: { kind: 'respond', status: 503 }, times: 'always' });
        simulator.revokeTokens();
        await sleep(lastsMs);
        simulator.clearFaults();
        break;
      case 'throttled':
        simulator.addFault({
          match: '* /v2/**',
          effect: { kind: 'respond', status: 429, body: { error_code: 'APIGW.0308', error_msg: 'throttled' } },
          times: 'always',
        });
        await sleep(lastsMs);
        simulator.clearFaults();
        break;
    }
    cell.disturbances.push({ kind, from, to: Date.now() });
  }
}

function inputOf({ input }: Deployment, plan: RecordingPlan) {
  const { roomId, userId, videoType, formats, caller } = plan;
  const base = input();
  return {
    ...base,
    // An application has one template for a bucket's region: each choice of formats needs an application of its own.
    appName: `${base.appName}-${formats.join('-')}`,
    roomId,
    userId,
    videoType,
    recordRule: { obsAddr: base.recordRule.obsAddr, recordFormats: formats },
    reconcileInterval: RECONCILE_INTERVAL,
    ...(caller.does === 'maxDuration' && { maxDuration: caller.ms }),
    ...(caller.does === 'participant' && { waitForParticipant: true }),
  };
}

/** Strangers need the applications before the first recording has made them. */
async function makeApplications(deployment: Deployment, plans: readonly RecordingPlan[]): Promise<void> {
  const byApplication = new Map(plans.map((plan) => [inputOf(deployment, plan).appName, plan]));
  await Promise.all(
    [...byApplication.values()].map(async (plan) => {
      const first = { ...inputOf(deployment, plan), userId: 'unknown', waitForParticipant: true };
      const { recording } = await deployment.recordings.start(first);
      await vi.waitFor(async () => {
        const { phase } = await recording.status();
        if (phase !== 'waitingForParticipant') throw new Error(`it is ${phase} still`);
      }, 60_000);
      await recording.stop();
      await recording.result();
    }),
  );
}

/** The world around each job: its user publishes, strangers have their jobs, the vendor fails. */
function liveWithJobs(
  { deployment: { simulator }, ownJobs, injected }: Cell,
  plans: readonly RecordingPlan[],
  strangers: Set<string>,
): void {
  const byStream = new Map(plans.map((plan) => [nameOf(plan), plan]));
  const seen = new Set<string>();
  const publishing = new Map<string, number>();
  const brokenOff = new Set<string>();
  const look = () => {
    for (const job of ownJobs()) {
      if (seen.has(job.job_id)) continue;
      seen.add(job.job_id);
      const plan = byStream.get(nameOf(streamOfJob(job)));
      if (plan) liveWith(job, plan);
    }
    simulator.clock.afterReal(LOOK_EVERY, look);
  };
  const liveWith = (job: JobResponse, plan: RecordingPlan) => {
    const { clock } = simulator;
    publish(simulator, publishing, plan);
    // The next part of the recording may live.
    if (plan.internalErrorAfterMs !== undefined && !brokenOff.has(nameOf(plan))) {
      brokenOff.add(nameOf(plan));
      clock.afterReal(plan.internalErrorAfterMs, () => {
        const state = simulator.jobs.find(({ job_id }) => job_id === job.job_id)?.state;
        if (state === 'STOPPED') return;
        count(injected, 'job broken off');
        simulator.endJob(job.job_id, 'INTERNAL_ERROR');
      });
    }
    if (plan.stranger === 'sibling') addStranger(simulator, strangers, job.app_id, plan);
    if (plan.stranger === 'later') {
      clock.afterReal(PAUSE_BEFORE_LATER_STRANGER, () => addStranger(simulator, strangers, job.app_id, plan));
    }
  };
  look();
}

/**
 * The user is in the room for as long as the plan says. Whoever is there for two recordings, camera and screen, leaves
 * when both have had their time.
 */
function publish(
  simulator: Deployment['simulator'],
  publishing: Map<string, number>,
  { roomId, userId, publishMs }: RecordingPlan,
): void {
  publishing.set(userId, (publishing.get(userId) ?? 0) + 1);
  simulator.joinRoom(roomId, userId);
  simulator.clock.afterReal(publishMs, () => {
    const left = (publishing.get(userId) ?? 0) - 1;
    publishing.set(userId, left);
    if (left === 0) simulator.leaveRoom(roomId, userId);
  });
}

/** Another client's job of the same room and user, and its first event. */
function addStranger(
  simulator: Deployment['simulator'],
  strangers: Set<string>,
  appId: string,
  { roomId, userId, videoType, stranger }: RecordingPlan,
): void {
  const sibling = videoType === 'CAMERASTREAM' ? 'SCREENSTREAM' : 'CAMERASTREAM';
  const job = simulator.createForeignJob({
    appId,
    roomId,
    userId,
    videoType: stranger === 'sibling' ? sibling : videoType,
    ageMs: stranger === 'older' ? AGE_OF_OLDER_STRANGER : 0,
  });
  strangers.add(job.job_id);
  const event = {
    event_type: 'RECORD_NEW_FILE_START',
    job_id: job.job_id,
    stream_name: job.stream_name,
    app_id: appId,
    room_id: roomId,
    record_format: 'MP4',
  };
  // Some come before our job, some after it.
  for (const ms of [0, 1000, 5000]) simulator.clock.afterReal(ms, () => simulator.sendCallback(appId, event));
}

interface RecordingOutcome {
  facts: RecordingFacts;
  /** Where no secret may be seen. */
  texts: string;
}

async function makeRecording(cell: Cell, plan: RecordingPlan, strangers: Set<string>): Promise<RecordingOutcome> {
  const { deployment } = cell;
  const { simulator, client } = deployment;
  const input = inputOf(deployment, plan);
  if (plan.stranger === 'older') {
    const app = simulator.apps.find(({ name }) => name === input.appName);
    if (app) addStranger(simulator, strangers, app.appId, plan);
  }
  const { recording } = await deployment.recordings.start(input);
  const handle = client.workflow.getHandle(recording.workflowId);
  const ending = endOf(recording);
  const calling = call(cell, recording, plan);
  const end = await Promise.race([ending, sleep(LONGEST_RECORDING, undefined, { ref: false })]);
  const runningAtEnd = jobsOf(cell, plan).filter(({ state }) => state !== 'STOPPED');
  const ended = end ?? (await giveUp(handle));
  await calling;
  const history = await handle.fetchHistory();
  return {
    facts: { plan, end: ended, runningAtEnd: runningAtEnd.map(({ job_id }) => job_id), ...readHistory(history) },
    texts: textOf(history) + textOf(ended),
  };
}

/** A recording that does not end: terminated, since no one waits for it any more. */
async function giveUp(handle: WorkflowHandle): Promise<End> {
  const { raw } = await handle.describe();
  const { events } = await handle.fetchHistory();
  await handle.terminate('it did not end');
  const activities = (raw.pendingActivities ?? []).map(
    ({ activityType, attempt, lastFailure }) =>
      `${activityType?.name}, attempt ${attempt}: ${lastFailure?.message ?? 'under way'}`,
  );
  const task = raw.pendingWorkflowTask ? [`workflow task, attempt ${raw.pendingWorkflowTask.attempt}`] : [];
  const last = (events ?? [])
    .slice(-5)
    .map(({ eventType, eventTime }) => `event ${eventType} at ${tsToMs(eventTime)}`);
  return { kind: 'open', waitsFor: [...task, ...activities, ...last] };
}

async function endOf(recording: Recording): Promise<End> {
  try {
    return { kind: 'completed', result: await recording.result() };
  } catch (error) {
    if (!(error instanceof RecordingFailedError)) throw error;
    const { type, reason: message } = error;
    return type === 'Cancelled' ? { kind: 'cancelled' } : { kind: 'failed', type, message };
  }
}

/** What the caller of the plan does. After the end, the response is that there is no such recording. */
async function call(cell: Cell, recording: Recording, plan: RecordingPlan): Promise<void> {
  const { caller } = plan;
  if (caller.does === 'nothing' || caller.does === 'maxDuration') return;
  if ('sinceJob' in caller) {
    await vi.waitUntil(() => jobsOf(cell, plan).length > 0, { timeout: LONGEST_RECORDING, interval: LOOK_EVERY });
  }
  await sleep(caller.afterMs);
  try {
    if (caller.does === 'participant') await recording.participantJoined();
    if (caller.does === 'stop') await recording.stop();
    if (caller.does === 'cancel') {
      await cell.deployment.client.workflow.getHandle(recording.workflowId).cancel();
    }
  } catch (error) {
    if (!(error instanceof RecordingNotFoundError || error instanceof WorkflowNotFoundError)) throw error;
  }
}

function jobsOf(cell: Cell, plan: RecordingPlan): JobResponse[] {
  return cell.ownJobs().filter((job) => nameOf(streamOfJob(job)) === nameOf(plan));
}
