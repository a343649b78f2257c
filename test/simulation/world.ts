import { createHash } from 'node:crypto';
import { continuePoll } from '../../src/activities/pollIndividualStreamJob.js';
import { continueParticipantPoll } from '../../src/activities/pollParticipant.js';
import { UserLists } from '../../src/activities/userLists.js';
import type { RecordingEvent } from '../../src/contract/event.js';
import { FailureType, StepFailure } from '../../src/contract/failures.js';
import type { RecordingSettings } from '../../src/contract/input.js';
import type { RecordingResult } from '../../src/contract/result.js';
import type { RecordingStatus } from '../../src/contract/status.js';
import type {
  InspectionRequest,
  JobResponse,
  JobPoll,
  JobPollProgress,
  ListingRequest,
  ParticipantPoll,
  ParticipantPollProgress,
  ParticipantPollResult,
} from '../../src/contract/activityTypes.js';
import { DEFAULT_TASK_QUEUE, WORKFLOW_TYPE } from '../../src/contract/workflowId.js';
import { StatusError } from '../../src/huawei/errors.js';
import type { OnlineUsersRequest } from '../../src/huawei/sparkrtc.js';
import type { User } from '../../src/huawei/sparkrtcSchemas.js';
import type { Interval } from '../support/intervals.js';
import type { ActivityCall, Attempt, AttemptFailure, Outcome } from './activityExecution.js';
import { Execution, type Closed } from './execution.js';
import { FAULTY_ACTIVITIES, type Act, type Fault, type FaultyActivity, type Plan, type UserList } from './plan.js';
import { APP_ID, BUCKET, ROOM, RULE_ID, USER, Vendor, type VendorFile, type VendorJob } from './vendor.js';
import { VirtualTime } from './virtualTime.js';
import type { WorkflowThread } from './workflowThread.js';

export const T0 = Date.UTC(2026, 0, 1, 12);

const MINUTE = 60_000;

/** A start that no one waits for any more may reach the vendor as late as this. */
const LATE_JOB = 40_000;

/** Longer than anything may last: what is still open then hangs. */
const HORIZON = 60 * 60 * MINUTE;

/** A worker without a cache replays before each task; here only before the first ones: replays grow longer. */
const EVICTED_TASKS = 40;

/** How many runs of a recording the server suggests to end. */
const SUGGESTING_RUNS = 4;

const LIST_STATUS = { rejected: 403, throttled: 429, unavailable: 503 };

const STEPS_1_TO_4 = ['authenticate', 'ensureApplication', 'ensureRecordRule', 'configureRecordCallback'];

export const ACTIVITY_NAMES = ['checkInput', 'pollParticipant', ...FAULTY_ACTIVITIES];

/** What happened in one recording: all that the promises are checked against. */
export interface Facts {
  plan: Plan;
  closed: Closed | undefined;
  closedAt: number;
  result: RecordingResult | undefined;
  /** The response to the query after the end. */
  status: RecordingStatus | undefined;
  jobs: readonly VendorJob[];
  files: readonly VendorFile[];
  /** When the recorded user was live, and in the room. */
  live: Interval[];
  present: Interval[];
  /** Each report that the user has joined, as the workflow or its worker got it. */
  joinReports: { at: number; by: 'signal' | 'event' | 'list' }[];
  /** Every request for the list of users: what the poll waits for, and whether the user is in the response. */
  userLists: { at: number; until: ParticipantPoll['until']; response: UserListResponse }[];
  /** Every poll of the list that has completed. */
  participantPolls: { at: number; until: ParticipantPoll['until']; outcome: ParticipantPollResult['outcome'] }[];
  /** How many attempts of such a poll came to nothing with their worker. */
  participantFaults: number;
  /** The jobs that were running at the vendor when the recording closed. */
  runningAtEnd: string[];
  /** Every request to start the job that was scheduled, and what came of its attempts. */
  starts: {
    at: number;
    jobId?: string;
    acknowledged: boolean;
    /** When a response is on its way; absent where none comes, or a rejection. */
    respondsAt?: number;
    /** When the worker knows that the response is lost. */
    lost?: { at: number; mayTakeEffectLater: boolean };
  }[];
  /** Jobs whose start was acknowledged to the workflow, with the time. */
  acknowledged: Map<string, number>;
  /** Callbacks that the server took for the workflow while it was open. */
  events: { at: number; event: RecordingEvent }[];
  stops: { at: number; jobId: string }[];
  polls: { at: number; jobId: string; state: string | undefined }[];
  listings: { at: number; request: ListingRequest }[];
  stopRequests: { at: number; accepted: boolean }[];
  cancelledAt: number | undefined;
  /** Types of final failures that the plan has really caused. */
  injected: Set<string>;
  /** How many faults have really happened, for each activity. */
  faults: Map<string, number>;
  /** The last time at which a fault or an outage disturbed something. */
  disturbedUntil: number;
  /** SHA-256 over all commands and their times. */
  hash: string;
  story: string[];
  /** A workflow task that failed, or a replay that differs. */
  error: Error | undefined;
}

export type UserListResponse = 'online' | 'offline' | UserList['problems'][number]['kind'];

/** Plays one recording to its end. */
export async function play(thread: WorkflowThread, plan: Plan): Promise<Facts> {
  const world = new World(thread, plan);
  return world.play();
}

class World {
  readonly #time = new VirtualTime(T0);
  readonly #vendor: Vendor;
  readonly #execution: Execution;
  readonly #facts: Facts;
  readonly #attempts = new Map<string, number>();
  readonly #draws = new Map<string, number>();
  #callbacks = 0;
  /** What a worker knows of the vendor's list of users: the product's own code, which decides when it is requested. */
  #userLists = this.#newUserLists();
  #userPoll: ParticipantPoll['until'] = 'present';

  constructor(
    thread: WorkflowThread,
    private readonly plan: Plan,
  ) {
    const observe = (what: string) => this.#tell(what);
    const send = (job: VendorJob, event: RecordingEvent) => this.#send(job, event);
    this.#vendor = new Vendor(plan, this.#time, { send, joined: (nth) => this.#sendJoin(nth), observe });
    this.#facts = {
      ...{ plan, jobs: this.#vendor.jobs, files: this.#vendor.files, live: [], present: [] },
      ...{ joinReports: [], userLists: [], participantPolls: [], participantFaults: 0 },
      ...{ closed: undefined, closedAt: Infinity, result: undefined, status: undefined, error: undefined },
      ...{ runningAtEnd: [], starts: [], events: [], stops: [], polls: [], listings: [], stopRequests: [], story: [] },
      ...{ acknowledged: new Map(), faults: new Map(), injected: new Set(), cancelledAt: undefined },
      ...{ disturbedUntil: T0, hash: '' },
    };
    const { evictions, suggestAfter } = plan;
    this.#execution = new Execution({
      ...{ thread, time: this.#time, observe, workflowType: WORKFLOW_TYPE, taskQueue: DEFAULT_TASK_QUEUE },
      workflowId: `recording:rtctest:${ROOM}:${USER}:camera`,
      input: { roomId: ROOM },
      searchAttributes: { RecordingJobId: '', RecordingPhase: 'preparing', RecordingOutcome: '' },
      perform: (call) => this.#perform(call),
      performLocal: (call) => this.#performLocally(call),
      queueing: (what) => this.#draw(what, 5, what === 'task' ? 40 : 200),
      taskDuration: () => this.#draw('duration', 2, 20),
      isEvicted: (task) => (evictions === 'all' ? task <= EVICTED_TASKS : evictions.includes(task)),
      suggestsContinueAsNew: (run, task) =>
        suggestAfter !== undefined && run <= SUGGESTING_RUNS && task > suggestAfter,
    });
  }

  async play(): Promise<Facts> {
    const { acts, participantJoinsAt } = this.plan;
    const joins: Act[] =
      participantJoinsAt === undefined ? [] : [{ at: participantJoinsAt, does: 'participantJoined' }];
    for (const act of [...acts, ...joins]) this.#time.after(act.at, () => this.#act(act));
    const facts = this.#facts;
    const execution = this.#execution;
    try {
      while (!execution.closed && this.#time.now < T0 + HORIZON && (await this.#time.step()));
      Object.assign(facts, { closed: execution.closed, closedAt: this.#time.now });
      Object.assign(facts, { live: this.#vendor.live, present: this.#vendor.present });
      facts.runningAtEnd = this.#vendor.jobs.filter(({ state }) => state !== 'STOPPED').map(({ jobId }) => jobId);
      facts.status = (await execution.query('recordingStatus')) as RecordingStatus | undefined;
      if (execution.closed?.kind === 'completed') facts.result = execution.closed.result as RecordingResult;
      this.#tell(`server: the execution is ${execution.closed ? JSON.stringify(execution.closed) : 'still open'}`);
    } catch (error) {
      facts.error = error as Error;
      this.#tell(`worker: ${(error as Error).message}`);
    }
    await execution.dispose();
    return Object.assign(facts, { hash: execution.hash });
  }

  // Callers

  async #act(act: Act): Promise<void> {
    const execution = this.#execution;
    if (execution.closed) return;
    switch (act.does) {
      case 'stop': {
        this.#tell('caller: asks to stop');
        const request = { at: this.#time.now, accepted: false };
        this.#facts.stopRequests.push(request);
        execution.update('stopRecording', [], (outcome) => (request.accepted = 'completed' in outcome));
        return;
      }
      case 'cancel':
        this.#tell('caller: cancels');
        this.#facts.cancelledAt ??= this.#time.now;
        execution.cancel();
        return;
      case 'participantJoined':
        this.#tell('caller: the participant has joined');
        return this.#reportJoin('signal');
      case 'query':
        await execution.query('recordingStatus');
        return;
      case 'message':
        return this.#sendMessage(act);
      case 'eventOfEarlierJob':
        this.#deliver({ eventType: act.eventType, jobId: 'earlier', appId: APP_ID, roomId: ROOM, obsObject: 'x.mp4' });
        return;
      case 'foreignJob':
        this.#vendor.createJob({ ours: false, userId: act.sameUser ? USER : 'user002' });
        return;
    }
  }

  async #sendMessage({ by, name, content }: Extract<Act, { does: 'message' }>): Promise<void> {
    this.#tell(`caller: sends ${by} ${name} ${JSON.stringify(content)?.slice(0, 200)}`);
    const execution = this.#execution;
    if (by === 'signal') {
      if (name === 'participantJoined') this.#facts.joinReports.push({ at: this.#time.now, by });
      execution.signal(name, content);
    } else if (by === 'query') await execution.query(name, content);
    else {
      const request = { at: this.#time.now, accepted: false };
      if (name === 'stopRecording') this.#facts.stopRequests.push(request);
      execution.update(name, [content], (outcome) => (request.accepted = 'completed' in outcome));
    }
  }

  // Callbacks

  #send(job: VendorJob, event: RecordingEvent): void {
    const nth = this.#callbacks++;
    const effects = this.plan.callbacks
      .filter((fault) => fault.nth === nth || fault.nth === 'all')
      .map(({ effect }) => effect);
    const all = { ...event, appId: APP_ID, roomId: ROOM, jobId: job.jobId, streamName: job.streamName };
    const { jobId, streamName, ...rest } = all;
    const sent: RecordingEvent = {
      ...rest,
      ...(!effects.includes('withoutJobId') && { jobId }),
      ...(!effects.includes('withoutStreamName') && { streamName }),
    };
    if (effects.includes('lost')) {
      this.#tell(`callback: ${event.eventType} of ${jobId} is lost`);
      return;
    }
    const delay =
      this.#draw('callback', 20, 1_500) + (effects.includes('late') ? this.#draw('late', 5_000, 60_000) : 0);
    this.#time.after(delay, () => this.#deliver(sent));
    if (effects.includes('twice')) this.#time.after(delay + this.#draw('twice', 0, 10_000), () => this.#deliver(sent));
  }

  /** The receiver passes an event that names the user on as the caller's signal. */
  #sendJoin(nth: number): void {
    this.#tell(`vendor: ${USER} joins the room`);
    const effect = this.plan.joinEvents[nth] ?? 'lost';
    if (effect === 'lost') return;
    const delay = this.#draw('join', 20, 1_500) + (effect === 'late' ? this.#draw('lateJoin', 5_000, 60_000) : 0);
    const deliveries = effect === 'twice' ? [delay, delay + this.#draw('joinTwice', 0, 10_000)] : [delay];
    for (const after of deliveries) {
      this.#time.after(after, () => {
        this.#tell(`callback: ${USER} has joined`);
        this.#reportJoin('event');
      });
    }
  }

  #reportJoin(by: 'signal' | 'event'): void {
    if (this.#execution.signal('participantJoined')) this.#facts.joinReports.push({ at: this.#time.now, by });
  }

  #deliver(event: RecordingEvent): void {
    const taken = this.#execution.signal('recordingEvent', event);
    const of = `${event.eventType} of ${event.jobId ?? event.streamName ?? 'a job it does not name'}`;
    this.#tell(`callback: ${of} ${taken ? 'is delivered' : 'finds no open recording'}`);
    if (taken) this.#facts.events.push({ at: this.#time.now, event });
  }

  // Activities

  #performLocally({ type, args }: ActivityCall): Attempt {
    const { plan } = this;
    if (type !== 'checkInput') {
      const failure = { type: StepFailure.NotRemembered, message: 'not remembered', nonRetryable: true };
      if (STEPS_1_TO_4.indexOf(type) >= plan.remembered) return { after: 1, outcome: () => ({ failure }) };
      return this.#attemptOf(type as FaultyActivity, args[0], undefined, 1);
    }
    const settings: RecordingSettings = {
      ...{
        appName: 'rtctest',
        roomId: ROOM,
        userId: USER,
        videoType: 'CAMERASTREAM',
        isRecordAudio: true,
        checkMedia: true,
        resumeAfterError: true,
        manifest: false,
      },
      recordRule: {
        obsAddr: { bucket: BUCKET, location: 'cn-north-4', object: 'Record/', projectId: '0123' },
        recordFormats: ['MP4'],
      },
      ...plan.input,
    };
    return { after: 2, outcome: () => ({ result: settings }) };
  }

  #perform(call: ActivityCall): Attempt {
    const { type, args } = call;
    const nth = this.#attempts.get(type) ?? 0;
    this.#attempts.set(type, nth + 1);
    const fault = this.plan.faults.find(({ activity, nth: at }) => activity === type && at === nth);
    if (type === 'pollParticipant') return this.#pollParticipant(call, fault?.kind);
    const now = this.#time.now;
    const kind = fault?.kind ?? (this.#isOut() ? 'unavailable' : undefined);
    if (kind) {
      this.#facts.faults.set(type, (this.#facts.faults.get(type) ?? 0) + 1);
      this.#tell(`activity: ${type}, attempt ${call.attempt}: ${kind}`);
    }
    const after = this.#draw(type, 10, 400);
    const attempt = this.#attemptOf(type as FaultyActivity, args[0], kind, after, call.heartbeatDetails);
    if (kind) this.#facts.disturbedUntil = Math.max(this.#facts.disturbedUntil, now + attempt.after + 2 * MINUTE);
    return attempt;
  }

  #isOut(): boolean {
    const now = this.#time.now;
    return this.plan.outages.some(({ at, lasts }) => now >= T0 + at && now < T0 + at + lasts);
  }

  #attemptOf(
    type: FaultyActivity,
    arg: unknown,
    kind: Fault['kind'] | undefined,
    after: number,
    heartbeatDetails?: unknown,
  ): Attempt {
    if (type === 'pollIndividualStreamJob') {
      const before = heartbeatDetails as JobPollProgress | undefined;
      return { after, outcome: () => this.#pollOnce(arg as JobPoll, before, kind) };
    }
    const general = kind && generalFault(kind);
    if (general && !(type === 'startIndividualStreamJob')) {
      if ('failure' in general) this.#inject(general.failure);
      return { after, outcome: () => general };
    }
    const returns = (result: () => unknown): Attempt => ({ after, outcome: () => ({ result: result() }) });
    switch (type) {
      case 'authenticate':
        return returns(() => ({ expiresAt: new Date(this.#time.now + 24 * 60 * MINUTE).toISOString() }));
      case 'ensureApplication':
        return returns(() => ({ appId: APP_ID, warnings: [] }));
      case 'ensureRecordRule': {
        const place = { bucket: BUCKET, location: 'cn-north-4', object: 'Record/', templates: [] };
        return returns(() => ({ ruleId: RULE_ID, outputLocations: [place], warnings: [] }));
      }
      case 'configureRecordCallback':
        return returns(() => ({ warnings: [] }));
      case 'startIndividualStreamJob':
        return this.#start(kind, after);
      case 'getIndividualStreamJob':
        return returns(() => this.#poll((arg as { jobId: string }).jobId, kind));
      case 'stopIndividualStreamJob':
        return this.#stop((arg as { jobId: string }).jobId, kind, after);
      case 'listRecordingFiles':
        return returns(() => this.#list(arg as ListingRequest));
      case 'inspectMedia':
        return returns(() => this.#vendor.inspect(arg as InspectionRequest));
    }
  }

  #start(kind: Fault['kind'] | undefined, after: number): Attempt {
    const sentAt = this.#time.now;
    const start: Facts['starts'][number] = { at: sentAt, acknowledged: false };
    this.#facts.starts.push(start);
    const lost = (wait: number, mayTakeEffectLater: boolean): Attempt => {
      start.lost = { at: sentAt + wait, mayTakeEffectLater };
      return { after: wait, outcome: () => lostResponse(mayTakeEffectLater) };
    };
    const lostResponse = (mayTakeEffectLater: boolean): Outcome => ({
      failure: {
        ...{ type: StepFailure.StartOutcomeUnknown, message: 'SparkRTC did not respond.', nonRetryable: true },
        details: [{ from: sentAt, until: this.#time.now, mayTakeEffectLater }],
      },
    });
    switch (kind) {
      case 'lostWithJob':
        this.#createJob(start, after / 2);
        return lost(after, false);
      case 'lostWithoutJob':
        return lost(after, false);
      case 'lateJob':
        this.#createJob(start, 20_000 + this.#draw('lateJob', 0, LATE_JOB));
        return lost(20_000, true);
      case 'workerDiedWithJob':
        this.#createJob(start, after / 2);
        return { after, outcome: () => ({ silent: 'workerDied' }) };
      case 'hungWithJob':
        this.#createJob(start, after / 2);
        return { after, outcome: () => ({ silent: 'hung' }) };
      case 'jobRunning':
        return this.#rejected(after, { type: StepFailure.JobRunning, message: 'RTC.00001006', nonRetryable: true });
      case 'notFound':
        return this.#rejected(after, { type: StepFailure.NotFound, message: 'RTC.00001003', nonRetryable: true });
      case 'jobRejected':
        return this.#rejected(after, { type: FailureType.JobRejected, message: 'RTC.00001007', nonRetryable: true });
      default:
        return this.#plainStart(start, kind && generalFault(kind), after);
    }
  }

  #plainStart(start: Facts['starts'][number], general: Outcome | undefined, after: number): Attempt {
    if (general && 'failure' in general) return this.#rejected(after, general.failure);
    if (general) return { after, outcome: () => general };
    this.#createJob(start, after / 2);
    start.respondsAt = start.at + after;
    return {
      after,
      outcome: () => {
        const job = this.#vendor.jobs.find(({ jobId }) => jobId === start.jobId);
        if (!job) throw new Error('the job of this start was not created');
        start.acknowledged = true;
        this.#facts.acknowledged.set(job.jobId, this.#time.now);
        return { result: this.#vendor.describe(job) };
      },
    };
  }

  #createJob(start: Facts['starts'][number], after: number): void {
    this.#time.after(after, () => {
      start.jobId = this.#vendor.createJob({ ours: true }).jobId;
    });
  }

  #rejected(after: number, failure: AttemptFailure): Attempt {
    this.#inject(failure);
    return { after, outcome: () => ({ failure }) };
  }

  #inject({ type }: AttemptFailure): void {
    this.#facts.injected.add(type);
  }

  /** One attempt of a poll: the job, or the failure that the next attempt follows. */
  #pollOnce(poll: JobPoll, before: JobPollProgress | undefined, kind: Fault['kind'] | undefined): Outcome {
    const general = kind && generalFault(kind);
    if (general) {
      const isRejection = 'failure' in general && general.failure.type !== FailureType.VendorUnavailable;
      return isRejection ? { failure: { ...general.failure, nextRetryDelay: poll.intervals[0] ?? 0 } } : general;
    }
    const response = this.#poll(poll.jobId, kind);
    const pending = continuePoll(poll, response, before, this.#time.now);
    if (!pending) return { result: response };
    const { progress, nextRetryDelay } = pending;
    return {
      failure: { type: StepFailure.NotYet, message: 'not yet', nextRetryDelay, heartbeatDetails: progress },
    };
  }

  #poll(jobId: string, kind: Fault['kind'] | undefined): JobResponse {
    const response = kind === 'notFound' ? {} : this.#vendor.show(jobId);
    this.#facts.polls.push({ at: this.#time.now, jobId, state: response.job?.state });
    this.#tell(`activity: the state of ${jobId} is ${response.job?.state ?? 'not found'}`);
    return response;
  }

  #pollParticipant({ args, attempt, heartbeatDetails }: ActivityCall, kind: Fault['kind'] | undefined): Attempt {
    const poll = args[0] as ParticipantPoll;
    const before = heartbeatDetails as ParticipantPollProgress | undefined;
    const after = this.#draw('pollParticipant', 10, 400);
    if (kind === 'workerDied' || kind === 'hung') {
      this.#tell(`activity: pollParticipant, attempt ${attempt}: ${kind}`);
      this.#facts.participantFaults += 1;
      // Another worker makes the next attempt.
      if (kind === 'workerDied') this.#userLists = this.#newUserLists();
      return { after, outcome: () => ({ silent: kind }) };
    }
    const outcome = async (): Promise<Outcome> => {
      this.#userPoll = poll.until;
      const finding = await this.#userLists.find(poll);
      const next = continueParticipantPoll(poll, finding, before);
      if ('result' in next) {
        const { outcome } = next.result;
        this.#tell(`activity: the poll until ${USER} is ${poll.until} ends: ${outcome}`);
        this.#facts.participantPolls.push({ at: this.#time.now, until: poll.until, outcome });
        return { result: next.result };
      }
      const type = finding.error ? FailureType.VendorUnavailable : StepFailure.NotYet;
      const { retryIn: nextRetryDelay } = finding;
      return { failure: { type, message: 'not yet', nextRetryDelay, heartbeatDetails: next.progress } };
    };
    return { after, outcome };
  }

  #newUserLists(): UserLists {
    return new UserLists(
      (request) => Promise.resolve(this.#listUsers(request)),
      () => this.#time.now,
    );
  }

  #listUsers(request: OnlineUsersRequest): User[] {
    const now = this.#time.now;
    const problem = this.plan.userList.problems.find(
      ({ at, lasts = Infinity }) => now >= T0 + at && now < T0 + at + lasts,
    );
    const kind = problem?.kind ?? (this.#isOut() ? 'unavailable' : undefined);
    const users = this.#vendor.listUsers(request);
    const response = kind ?? (users.some(({ state }) => state === 'ONLINE') ? 'online' : 'offline');
    if (this.#facts.userLists.at(-1)?.response !== response) this.#tell(`vendor: its list of users is ${response}`);
    this.#facts.userLists.push({ at: now, until: this.#userPoll, response });
    if (kind) throw new StatusError(`the list of users is ${kind}`, { call: 'GET users', status: LIST_STATUS[kind] });
    if (response === 'online') this.#facts.joinReports.push({ at: now, by: 'list' });
    return users;
  }

  #stop(jobId: string, kind: Fault['kind'] | undefined, after: number): Attempt {
    this.#facts.stops.push({ at: this.#time.now, jobId });
    const job = this.#vendor.jobs.find((one) => one.jobId === jobId);
    const notInitialised: Outcome = {
      failure: { type: FailureType.VendorUnavailable, message: 'RTC.00001022', nextRetryDelay: 1_000 },
    };
    if (kind === 'alreadyEnded') return { after, outcome: () => ({ result: { alreadyEnded: true } }) };
    if (kind === 'notInitialised') return { after, outcome: () => notInitialised };
    let response: Outcome = { result: { alreadyEnded: true } };
    this.#time.after(after / 2, () => {
      if (!job || job.state === 'STOPPED') return;
      response = this.#vendor.isInitialised(job) ? { result: { alreadyEnded: false } } : notInitialised;
      if (response === notInitialised) return;
      this.#tell(`activity: stops ${jobId}${kind === 'withoutEffect' ? ', without effect' : ''}`);
      if (kind !== 'withoutEffect') this.#vendor.end(job, 'TENANT_STOP');
    });
    return { after, outcome: () => response };
  }

  #list(request: ListingRequest): unknown {
    this.#facts.listings.push({ at: this.#time.now, request });
    const listing = this.#vendor.list(request);
    this.#tell(`activity: the bucket shows ${listing.fileCount} files`);
    return listing;
  }

  /** A number that depends only on the plan's seed, on what it is for and on how often that was drawn. */
  #draw(what: string, from: number, to: number): number {
    const nth = this.#draws.get(what) ?? 0;
    this.#draws.set(what, nth + 1);
    const bits = createHash('md5').update(`${this.plan.seed} ${what} ${nth}`).digest().readUInt32BE();
    return from + Math.floor((bits / 2 ** 32) * (to - from + 1));
  }

  #tell(what: string): void {
    const seconds = ((this.#time.now - T0) / 1000).toFixed(3).padStart(10);
    this.#facts.story.push(`${seconds} s  ${what}`);
  }
}

function generalFault(kind: Fault['kind']): Outcome | undefined {
  switch (kind) {
    case 'unavailable':
      return { failure: { type: FailureType.VendorUnavailable, message: 'SparkRTC is not available (503).' } };
    case 'throttled':
      return { failure: { type: FailureType.VendorUnavailable, message: 'APIGW.0308', nextRetryDelay: 3_000 } };
    case 'authenticationFailed':
      return { failure: { type: FailureType.AuthenticationFailed, message: 'APIGW.0301' } };
    case 'permissionDenied':
      return { failure: { type: FailureType.PermissionDenied, message: 'RTC.00001021' } };
    case 'workerDied':
    case 'hung':
      return { silent: kind };
    default:
      return undefined;
  }
}
