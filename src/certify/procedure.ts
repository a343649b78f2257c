import { randomBytes } from 'node:crypto';
import { present } from '../contract/present.js';
import { classifyError, HuaweiError } from '../huawei/errors.js';
import { hasEnded, isTooEarly, outcomeOf, succeeded, type Caller, type CallOptions, type Exchange } from './caller.js';
import type { Listener } from './listener.js';
import { APP, APPS, CALLBACK, FOLDER, JOB, JOBS, RULE, RULES, USERS } from './plan.js';
import type { JobStream, Observations, Step } from './observations.js';
import { isParameterError } from './questions.js';
import type { Time } from './time.js';

export interface Place {
  bucket: string;
  location: string;
  projectId: string;
}

const PREFIX = `${FOLDER}/{record_format}/{stream}_{file_start_time}/{stream}_{file_start_time}`;
/** Seconds; the vendor's minimum. */
const IDLE_TIME = 5;

/** Milliseconds. */
const POLL = 1_000;
const LONGEST_WAIT = 30_000;
const RECORDED = 10_000;
/** For a publisher to join. */
const LONGEST_ABSENCE = 120_000;
/** How long the vendor has for a callback, its probe or its repetition. */
export const PATIENCE = 20_000;
/** Repetitions may go on for hours. */
const LONGEST_REPETITION = 90_000;

/** Nothing more can be settled; the message says why. */
export class CannotContinue extends Error {}

/** What a run has created, and has to remove. */
export class Traces {
  readonly appName = `certify-${randomBytes(6).toString('hex')}`;
  appId: string | undefined;
  readonly ruleIds = new Set<string>();
  readonly openJobs = new Set<string>();
  /** What may have been created by a call whose response does not say so. */
  pending: Created | undefined;
}

const ID_OF = { application: 'app_id', template: 'rule_id', job: 'job_id' };

type Created = keyof typeof ID_OF;

type Seen = Omit<Observations, 'probes' | 'events' | 'repetitions' | 'exchanges'>;

/** The documented procedure, with every call that settles a question. */
export class Procedure {
  readonly seen: Seen & { emptyJobs: JobStream[]; waitingStates: string[] } = {
    ...{ steps: {}, waitedForEvents: false, waitingStates: [], emptyJobs: [], folder: FOLDER },
  };

  constructor(
    private readonly caller: Caller,
    private readonly listener: Listener,
    private readonly traces: Traces,
    private readonly options: {
      callbackUrl: string;
      authKey: string;
      place: Place;
      publisher: { roomId: string; userId: string } | undefined;
      time: Time;
      signal: AbortSignal;
      note: (line: string) => void;
    },
  ) {}

  /** @throws {CannotContinue | HuaweiError} what was seen before remains */
  async run(): Promise<void> {
    const { note, publisher } = this.options;
    note('The account and an application …');
    await this.examineApp();
    note('The callback URL …');
    await this.examineCallback();
    note('The recording template …');
    const ruleId = await this.examineRules();
    note('Jobs in an empty room …');
    await this.examineEmptyRoom(ruleId);
    if (publisher) {
      note(`A job for --user: let this user join --room of the application ${this.seen.appId} within two minutes …`);
      await this.examinePublisher(ruleId, publisher);
    }
    note('Callbacks and their repetitions …');
    await this.waitForEvents();
  }

  private async examineApp(): Promise<void> {
    await this.step('withoutType', 'GET', APPS, { query: { offset: 0, limit: 1 }, contentType: false });
    await this.step('wrongToken', 'GET', APPS, { query: { offset: 0, limit: 1 }, token: 'certify' });
    const created = await this.create('application', 'createApp', APPS, { app_name: this.traces.appName });
    if (!this.traces.appId) throw new CannotContinue(`No application: the response is ${outcomeOf(created)}.`);
    const app = await this.step('showApp', 'GET', APP);
    await this.step('autoRecord', 'GET', `${APP}/auto-record-mode`);
    await this.step('buckets', 'GET', '/v2/rtc-ops/buckets');
    // No one is there: no personal data comes back.
    const query = { app: this.traces.appId, room_id: this.traces.appName, state: 'ONLINE', limit: 1 };
    this.seen.steps.users = await this.caller.send('GET', USERS, { ids: [this.options.place.projectId], query });
    const { state } = (app.body['state'] ?? {}) as { state?: unknown };
    if (state === 'DEACTIVATION' || state === 'ARREARS') {
      throw new CannotContinue(`New applications are in the state ${state}: enable them, or pay what is due.`);
    }
  }

  private async examineCallback(): Promise<void> {
    const body = { url: `${this.options.callbackUrl}/${this.traces.appName}`, auth_key: this.options.authKey };
    this.listener.probeStatus = 404;
    const first = await this.step('callbackProbe404', 'PUT', CALLBACK, { body });
    this.listener.probeStatus = 200;
    const second = succeeded(first) ? first : await this.send('PUT', CALLBACK, { body });
    this.seen.steps.callback = second;
    if (!succeeded(second)) {
      const reached = this.listener.probes.length > 0 ? 'although it was reached' : 'no request has arrived here';
      this.options.note(`The callback URL was rejected with ${outcomeOf(second)}: ${reached}.`);
    }
    await this.step('showCallback', 'GET', CALLBACK);
  }

  /** @returns the template for the jobs */
  private async examineRules(): Promise<string> {
    const { bucket, location, projectId: project_id } = this.options.place;
    const withFolder = (object: string, mp4_config: object) => ({
      obs_addr: { bucket, location, object, project_id },
      record_formats: ['MP4'],
      mp4_config,
    });
    const save = (step: Step, body: object) => this.create('template', step, RULES, body);
    const empty = await save('emptyRule', withFolder(FOLDER, {}));
    const config = isParameterError(empty) ? { record_cycle: 7_200 } : {};
    const rule = succeeded(empty) ? empty : await save('rule', withFolder(FOLDER, config));
    this.seen.steps.rule = rule;
    let ruleId = idOf(rule, 'rule_id');
    if (!succeeded(rule) || !ruleId) {
      throw new CannotContinue(`No recording template: the response is ${outcomeOf(rule)}.`);
    }
    await save('secondRule', withFolder(FOLDER, config));
    // A changed template reaches new streams after minutes only; a new one at once.
    if (!succeeded(await this.send('DELETE', RULE, { ids: [ruleId] }))) return ruleId;
    this.traces.ruleIds.delete(ruleId);
    const withPrefix = await save('prefixRule', withFolder(`${FOLDER}/`, { ...config, record_prefix: PREFIX }));
    ruleId = idOf(succeeded(withPrefix) ? withPrefix : await save('rule', withFolder(FOLDER, config)), 'rule_id');
    if (!ruleId) throw new CannotContinue('No recording template after the deletion of the first one.');
    return ruleId;
  }

  private async examineEmptyRoom(ruleId: string): Promise<void> {
    const stream = { roomId: this.traces.appName, userId: 'certify-absent' };
    const size = { resolution: '1280*720', resolution_policy: 'DOWNWARD' };
    const jobId = await this.startJob('job', ruleId, stream, size);
    if (!jobId) throw new CannotContinue(`No job: the response is ${outcomeOf(this.seen.steps.job)}.`);
    const second = await this.startJob('secondJob', ruleId, stream);

    // The state while the job waits, until the vendor ends it because the room is empty.
    const ended = await this.until(async () => {
      const state = await this.stateOf(jobId);
      if (state !== 'STOPPED') this.seen.waitingStates.push(state);
      return state === 'STOPPED';
    });
    if (!ended) await this.stopJob(jobId);
    for (const id of [jobId, second]) if (id) await this.until(async () => (await this.stateOf(id)) === 'STOPPED');
    await this.step('stopOfEnded', 'DELETE', JOB, { ids: [jobId] });

    const third = await this.startJob(undefined, ruleId, stream);
    if (third) Object.assign(this.seen, present({ initDelayMs: await this.stopJob(third) }));
  }

  private async examinePublisher(ruleId: string, stream: Omit<JobStream, 'jobId'>): Promise<void> {
    const jobId = await this.startJob(undefined, ruleId, stream, { max_idle_time: LONGEST_ABSENCE / 1_000 });
    if (!jobId) return;
    // Where a job that waits is RUNNING too, only an event shows that someone has come.
    const showsPublisher = !this.seen.waitingStates.includes('RUNNING');
    await this.until(async () => {
      const state = await this.stateOf(jobId);
      const hasEvent = this.listener.events.some(({ event }) => String(event?.['job_id']) === jobId);
      return state === 'STOPPED' || hasEvent || (showsPublisher && state === 'RUNNING');
    }, LONGEST_ABSENCE);
    await this.sleep(RECORDED);
    await this.stopJob(jobId);
  }

  private async waitForEvents(): Promise<void> {
    const { time } = this.options;
    const since = time.now();
    while (!this.listener.isQuiet(PATIENCE, since) && time.now() - since < LONGEST_REPETITION) {
      await this.sleep(POLL);
    }
    this.seen.waitedForEvents = true;
  }

  private async startJob(
    step: Step | undefined,
    ruleId: string,
    { roomId, userId }: Omit<JobStream, 'jobId'>,
    more: object = {},
  ): Promise<string | undefined> {
    const base = { room_id: roomId, user_id: userId, max_idle_time: IDLE_TIME };
    const job = { ...base, record_param: { record_rule_id: ruleId } };
    let started = await this.create('job', step, JOBS, { ...job, ...more });
    if (step && isParameterError(started) && 'resolution' in more) started = await this.create('job', step, JOBS, job);
    const jobId = idOf(started, 'job_id');
    if (!jobId) return undefined;
    const stream = { jobId, roomId, userId };
    if (userId === this.options.publisher?.userId) this.seen.publisherJob = stream;
    else this.seen.emptyJobs.push(stream);
    return jobId;
  }

  /** @returns after how many milliseconds the job could be stopped; 0: at once */
  private async stopJob(jobId: string): Promise<number | undefined> {
    const { time } = this.options;
    const since = time.now();
    let tries = 0;
    let stop: Exchange | undefined;
    await this.until(async () => {
      tries += 1;
      stop = await this.send('DELETE', JOB, { ids: [jobId] });
      return !isTooEarly(stop);
    });
    if (!hasEnded(stop)) return undefined;
    this.traces.openJobs.delete(jobId);
    return tries === 1 ? 0 : time.now() - since;
  }

  private async stateOf(jobId: string): Promise<string> {
    const shown = await this.send('GET', JOB, { ids: [jobId] });
    const { state = 'unknown' } = shown.body as { state?: string };
    if (state === 'STOPPED') this.traces.openJobs.delete(jobId);
    return state;
  }

  /** Sends a call that creates something that has to be removed, even if its response does not name it. */
  private async create(what: Created, step: Step | undefined, path: string, body: object): Promise<Exchange> {
    const { traces } = this;
    const created = await this.send('POST', path, { body }).catch((error: unknown) => {
      if (error instanceof HuaweiError && classifyError(error).outcomeUnknown) traces.pending = what;
      throw error;
    });
    if (step) this.seen.steps[step] = created;
    const id = idOf(created, ID_OF[what]);
    if (id === undefined) {
      if (succeeded(created) || created.status >= 500) traces.pending = what;
    } else if (what === 'application') traces.appId = this.seen.appId = id;
    else (what === 'template' ? traces.ruleIds : traces.openJobs).add(id);
    return created;
  }

  private async step(step: Step, method: 'GET' | 'PUT' | 'DELETE', path: string, options: CallOptions = {}) {
    const exchange = await this.send(method, path, options);
    this.seen.steps[step] = exchange;
    return exchange;
  }

  private send(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, options: CallOptions = {}) {
    const { appId } = this.traces;
    return this.caller.send(method, path, { ...options, ids: [...(appId ? [appId] : []), ...(options.ids ?? [])] });
  }

  private sleep(ms: number): Promise<void> {
    return this.options.time.sleep(ms, this.options.signal);
  }

  /** Polls; false if it has not happened in time. */
  private async until(hasHappened: () => Promise<boolean>, longest = LONGEST_WAIT): Promise<boolean> {
    const { time } = this.options;
    const deadline = time.now() + longest;
    for (;;) {
      if (await hasHappened()) return true;
      if (time.now() > deadline) return false;
      await this.sleep(POLL);
    }
  }
}

function idOf({ body }: Exchange, name: string): string | undefined {
  const id = body[name];
  return typeof id === 'string' || typeof id === 'number' ? String(id) : undefined;
}
