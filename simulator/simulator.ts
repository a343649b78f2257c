import fastify, { type FastifyInstance } from 'fastify';
import { Agent } from 'undici';
import type { AppState } from './app.js';
import { Apps } from './apps.js';
import { bucketQueries } from './bucketQueries.js';
import { Courier, type SentCallback } from './callbacks.js';
import { Clock } from './clock.js';
import { control } from './control.js';
import { serializerOf } from './dialect.js';
import { applyFaults, Faults, type EventBody, type Fault } from './faults.js';
import { Iam } from './iam.js';
import type { Job, JobResponse, StopReason } from './job.js';
import { Jobs, type ForeignJob } from './jobs.js';
import { ObjectStore, type Bucket, type ObjectSource, type StoredObject } from './objectStore.js';
import { obs } from './obs.js';
import { withDefaults, type Settings, type SimulatorOptions } from './options.js';
import { recordCallback } from './recordCallback.js';
import { RecordRules } from './recordRules.js';
import type { RecordedFile } from './recorder.js';
import { recordRequests, type RecordedRequest } from './requestLog.js';
import { sparkRtc } from './sparkRtc.js';
import { streamOf } from './streamOf.js';
import { Users, type Session } from './users.js';

const MAX_BODY_BYTES = 64 * 1024 * 1024;

/**
 * Simulates IAM, SparkRTC and OBS on one loopback port, in memory, until `stop()`. Its state is read and changed by
 * the members below, or over HTTP under `/_simulator/`.
 */
export class Simulator {
  /** `http://127.0.0.1:{port}`: the endpoint of all three services; OBS in path style. */
  url = '';
  /** All requests, in order of arrival. */
  readonly requests: readonly RecordedRequest[];
  readonly clock: Clock;
  readonly #http: FastifyInstance;
  readonly #agent = new Agent();
  readonly #iam: Iam;
  readonly #apps: Apps;
  readonly #rules: RecordRules;
  readonly #jobs: Jobs;
  readonly #users: Users;
  readonly #store: ObjectStore;
  readonly #courier: Courier;
  readonly #faults: Faults;

  /** Listens when the promise is fulfilled. */
  static async start(
    options: SimulatorOptions = {},
    onRequestEnd: (request: RecordedRequest) => void = () => {},
  ): Promise<Simulator> {
    const settings = withDefaults(options);
    const simulator = new Simulator(settings, onRequestEnd);
    simulator.url = await simulator.#http.listen({ host: settings.host, port: settings.port });
    return simulator;
  }

  private constructor(settings: Settings, onRequestEnd: (request: RecordedRequest) => void) {
    const serialize = serializerOf(settings);
    this.clock = new Clock(settings.timeScale, settings.clockSkewMs, settings.time);
    this.#faults = new Faults(settings.faults, settings.dynamicFaults);
    this.#iam = new Iam(settings, this.clock);
    this.#apps = new Apps(settings, this.clock);
    this.#rules = new RecordRules(settings, this.clock, this.#apps);
    this.#store = new ObjectStore(this.clock, settings.listDelayMs);
    for (const { name, location, authorized } of settings.buckets) this.#store.addBucket(name, location, authorized);
    this.#courier = new Courier(settings, this.clock, this.#faults, this.#agent, serialize);
    const { clock } = this;
    const [apps, rules, store, courier, iam] = [this.#apps, this.#rules, this.#store, this.#courier, this.#iam];
    this.#jobs = new Jobs({ settings, clock, apps, rules, store, courier });
    this.#users = new Users({ settings, clock, apps, jobs: this.#jobs.all, courier });

    this.#http = fastify({ bodyLimit: MAX_BODY_BYTES, forceCloseConnections: true, exposeHeadRoutes: false });
    this.#http.removeAllContentTypeParsers();
    this.#http.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    this.requests = recordRequests(this.#http, onRequestEnd);
    this.#http.addHook('onRequest', (_request, reply, done) => {
      // Node adds the header itself otherwise.
      reply.raw.sendDate = settings.dateHeader;
      if (settings.dateHeader) reply.header('Date', new Date(clock.now()).toUTCString());
      done();
    });
    applyFaults(this.#http, this.#faults, clock, (request) => streamOf(request, this.#jobs.all));
    iam.routes(this.#http);
    control(this.#http, this);
    this.#http.register(
      (http, _options, done) => {
        sparkRtc(http, { settings, iam, serialize });
        apps.routes(http);
        rules.routes(http);
        recordCallback(http, { settings, clock, apps, dispatcher: this.#agent, secrets: iam.secrets });
        this.#jobs.routes(http);
        bucketQueries(http, store);
        done();
      },
      { prefix: '/v2' },
    );
    this.#http.register(
      (http, _options, done) => {
        sparkRtc(http, { settings, iam, serialize });
        this.#users.routes(http);
        done();
      },
      { prefix: '/v1' },
    );
    this.#http.register((http, _options, done) => {
      obs(http, { settings, clock, iam, store });
      done();
    });
  }

  /** Closes every socket and forgets every timer, at once. */
  async stop(): Promise<void> {
    this.clock.stop();
    await this.#agent.destroy();
    await this.#http.close();
  }

  /** Every sending of a recording event, with its result. */
  get callbacks(): readonly SentCallback[] {
    return this.#courier.sent;
  }

  /** All jobs, as the API shows them, oldest first. */
  get jobs(): JobResponse[] {
    return [...this.#jobs.all.values()].map((job) => job.toResponse());
  }

  /** What each file holds, lost ones too, in the order of their ends. */
  get recordedFiles(): readonly RecordedFile[] {
    return this.#jobs.recordedFiles;
  }

  /** Who published when: every stay of a user that `joinRoom` began. */
  get sessions(): readonly Session[] {
    return this.#users.sessions;
  }

  get apps(): { appId: string; name: string; state: AppState; ruleIds: string[]; callbackUrl: string | undefined }[] {
    return [...this.#apps.all.values()].map(({ id, name, state, rules, callback }) => {
      return {
        appId: id,
        name,
        state,
        ruleIds: [...rules.values()].map((rule) => rule.id),
        callbackUrl: callback?.url,
      };
    });
  }

  get bucketNames(): string[] {
    return [...this.#store.buckets.keys()];
  }

  /** Must never be visible outside: all passwords, tokens and keys that were configured or issued. */
  get secrets(): string[] {
    return [...this.#iam.secrets];
  }

  objects(bucket: string): StoredObject[] {
    return [...this.#bucket(bucket).objects.values()];
  }

  putObject(bucket: string, key: string, source: ObjectSource): void {
    this.#store.put(this.#bucket(bucket), key, source);
  }

  removeBucket(bucket: string): void {
    this.#store.removeBucket(bucket);
  }

  removeObject(bucket: string, key: string): void {
    this.#store.remove(this.#bucket(bucket), key);
  }

  /** The user publishes in this room until `leaveRoom`, in jobs of now and later; no job in this room is idle. */
  joinRoom(roomId: string, userId: string): void {
    this.#users.join(roomId, userId);
    this.#jobs.setPresence(roomId, userId, true);
  }

  leaveRoom(roomId: string, userId: string): void {
    this.#users.leave(roomId, userId);
    this.#jobs.setPresence(roomId, userId, false);
  }

  /** All tokens are rejected from now on, as after a change of the password. */
  revokeTokens(): void {
    this.#iam.revokeTokens();
  }

  /** Ends the state INIT of a job before its `initDelayMs` has passed. */
  initialiseJob(jobId: string): void {
    this.#job(jobId).initialise();
  }

  endJob(jobId: string, reason: StopReason): void {
    this.#job(jobId).end(reason);
  }

  setAppState(appId: string, state: AppState): void {
    this.#apps.setState(appId, state);
  }

  /** As if it had been deleted; its jobs continue, but are not found. */
  removeApp(appId: string): void {
    this.#apps.all.delete(appId);
  }

  removeRule(appId: string, ruleId: string): void {
    this.#rules.remove(this.#apps.find(appId), ruleId);
  }

  createForeignJob(job: ForeignJob): JobResponse {
    return this.#jobs.addForeign(job).toResponse();
  }

  /** Sends any event, signed with the application's key. */
  sendCallback(appId: string, event: EventBody): void {
    const { callback } = this.#apps.find(appId);
    if (callback === undefined) throw new Error(`app ${appId} has no callback URL`);
    this.#courier.send(callback, event);
  }

  addFault(fault: Fault): void {
    this.#faults.add(fault);
  }

  clearFaults(): void {
    this.#faults.clear();
  }

  #bucket(name: string): Bucket {
    const bucket = this.#store.buckets.get(name);
    if (bucket === undefined) throw new Error(`there is no bucket ${name}`);
    return bucket;
  }

  #job(jobId: string): Job {
    const job = this.#jobs.all.get(jobId);
    if (job === undefined) throw new Error(`there is no job ${jobId}`);
    return job;
  }
}
