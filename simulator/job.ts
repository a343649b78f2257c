import type { App, RuleSettings } from './app.js';
import type { Courier } from './callbacks.js';
import type { EventBody } from './faults.js';
import { Recorder, type RecorderDeps } from './recorder.js';
import { secondsStamp, UNSET_TIME } from './stamps.js';

type JobState = 'INIT' | 'RUNNING' | 'STOPPED';
export type StopReason = 'TENANT_STOP' | 'EXCEED_MAX_IDLE_TIME' | 'INTERNAL_ERROR';

/** A job's request with its defaults. `resolution` belongs to the older dialect, `select_stream_type` to the newer. */
export interface JobRequest {
  room_id: string;
  user_id: string;
  is_record_audio: boolean;
  video_type: 'CAMERASTREAM' | 'SCREENSTREAM';
  /** Seconds. */
  max_idle_time: number;
  record_param: { record_rule_id: string };
  resolution?: string | undefined;
  resolution_policy?: string | undefined;
  select_stream_type?: 'LD' | 'SD' | 'HD' | 'FHD' | undefined;
}

/** The API's response for a job. */
export interface JobResponse extends JobRequest {
  app_id: string;
  job_id: string;
  stream_name: string;
  state?: JobState;
  stop_reason?: StopReason;
  create_time: string;
  start_time: string;
  update_time: string;
  stop_time: string;
  job_unique_id?: string;
  push_param?: { rtmp_urls: null };
  record_files?: null;
}

interface JobIdentity {
  jobId: string;
  jobUniqueId: string;
  streamName: string;
  /** Simulated milliseconds since 1970. */
  createdAt: number;
}

const PIXELS = { LD: [320, 180], SD: [640, 360], HD: [1280, 720], FHD: [1920, 1080] } as const;

/** One single-stream recording job, from INIT to STOPPED. */
export class Job {
  state: JobState = 'INIT';
  stopReason: StopReason | undefined;
  #initialised = false;
  #hasIdleLimit = true;
  /** Whether the publisher is in the room, and is being recorded. */
  #present = false;
  #recording = false;
  #updatedAt: number;
  #stoppedAt: number | undefined;
  readonly #recorders: Recorder[];
  readonly #firstFormat: string | undefined;
  #timers: (() => void)[] = [];
  #cancelIdle: (() => void) | undefined;
  #cancelPublishing = () => {};

  constructor(
    readonly app: App,
    readonly request: JobRequest,
    readonly identity: JobIdentity,
    rule: RuleSettings,
    private readonly deps: Omit<RecorderDeps, 'emit'> & { courier: Courier; roomChanged: () => void },
  ) {
    this.#updatedAt = identity.createdAt;
    const [width = 0, height = 0] =
      request.resolution?.split('*').map(Number) ?? PIXELS[request.select_stream_type ?? 'FHD'];
    const stream = { appId: app.id, streamName: identity.streamName, width, height };
    const emit = (event: EventBody) => this.#emit(event);
    this.#recorders = [...new Set(rule.record_formats)].map(
      (format) => new Recorder(format, rule, stream, { ...deps, emit }),
    );
    this.#firstFormat = rule.record_formats[0];
  }

  get hasEnded(): boolean {
    return this.state === 'STOPPED';
  }

  get isInitialised(): boolean {
    return this.#initialised;
  }

  get isPublishing(): boolean {
    return this.#recording && !this.hasEnded;
  }

  /** Whether people are in the room because of this job: its publisher, or others for a while. */
  get occupiesRoom(): boolean {
    const { clock, settings } = this.deps;
    return !this.hasEnded && (this.#present || clock.now() < this.identity.createdAt + settings.othersStayMs);
  }

  /** Starts the job, with a publisher who is in the room or not, or comes and goes as the settings say. */
  begin(publisher: 'present' | 'absent' | 'automatic'): void {
    const { settings } = this.deps;
    this.#present = publisher === 'present';
    this.#later(settings.initDelayMs, () => this.initialise());
    if (publisher === 'automatic') this.#publish(1, settings.publishDelayMs);
    if (settings.othersStayMs > 0) this.#later(settings.othersStayMs, this.deps.roomChanged);
    if (Number.isFinite(settings.internalErrorAfterMs)) {
      this.#later(settings.internalErrorAfterMs, () => this.end('INTERNAL_ERROR'));
    }
  }

  initialise(): void {
    const { settings } = this.deps;
    if (this.#initialised) return;
    this.#initialised = true;
    if (settings.jobsNeverStart) return;
    if (settings.waitingState === 'RUNNING') this.#enter('RUNNING');
    this.#followPublisher();
  }

  /** Becomes a running job in which nothing happens by itself. */
  appearRunning(): void {
    this.#initialised = true;
    this.#hasIdleLimit = false;
    this.#enter('RUNNING');
  }

  setPublisher(present: boolean): void {
    this.#cancelPublishing();
    this.#present = present;
    this.#followPublisher();
  }

  /** The idle limit is that of the room, whoever is in it. */
  roomIs(occupied: boolean): void {
    if (!this.#isWatching || !this.#hasIdleLimit || occupied) {
      this.#cancelIdle?.();
      this.#cancelIdle = undefined;
      return;
    }
    const limit = this.request.max_idle_time * 1000;
    this.#cancelIdle ??= this.deps.clock.after(limit, () => this.end('EXCEED_MAX_IDLE_TIME'));
  }

  end(reason: StopReason): void {
    if (this.hasEnded) return;
    for (const cancel of [...this.#timers, this.#cancelPublishing]) cancel();
    this.#cancelIdle?.();
    for (const recorder of this.#recorders) {
      if (reason === 'INTERNAL_ERROR') recorder.discard();
      else recorder.finish();
    }
    this.stopReason = reason;
    this.#enter('STOPPED');
    this.#stoppedAt = this.#updatedAt;
    const { courier, settings, roomChanged } = this.deps;
    if (settings.overEventType !== 'none')
      this.#emit({ event_type: settings.overEventType, record_format: this.#firstFormat });
    courier.jobEnded(this.identity.jobId);
    roomChanged();
  }

  toResponse(): JobResponse {
    const { jobId, jobUniqueId, streamName, createdAt } = this.identity;
    const stamp = (ms: number) => secondsStamp(ms, this.deps.settings.fractionDigits);
    const older = this.request.select_stream_type === undefined;
    return {
      ...this.request,
      app_id: this.app.id,
      job_id: jobId,
      stream_name: streamName,
      state: this.state,
      ...(this.stopReason ? { stop_reason: this.stopReason } : {}),
      create_time: stamp(createdAt),
      start_time: stamp(createdAt),
      update_time: stamp(this.#updatedAt),
      stop_time: this.#stoppedAt === undefined ? UNSET_TIME : stamp(this.#stoppedAt),
      ...(older ? { job_unique_id: jobUniqueId, push_param: { rtmp_urls: null }, record_files: null } : {}),
    };
  }

  get #isWatching(): boolean {
    return !this.hasEnded && this.#initialised && !this.deps.settings.jobsNeverStart;
  }

  #publish(nth: number, afterMs: number): void {
    const { clock, settings } = this.deps;
    const comes = () => {
      this.setPublisher(true);
      this.#cancelPublishing = clock.after(settings.publishDurationMs, () => {
        this.setPublisher(false);
        if (nth < settings.publishTimes) this.#publish(nth + 1, settings.publishPauseMs);
      });
    };
    if (afterMs === 0) comes();
    else this.#cancelPublishing = clock.after(afterMs, comes);
  }

  #followPublisher(): void {
    if (this.#isWatching && this.#recording !== this.#present) {
      this.#recording = this.#present;
      if (this.#recording) this.#enter('RUNNING');
      for (const recorder of this.#recorders) {
        if (this.#recording) recorder.resume();
        else recorder.pause();
      }
    }
    this.deps.roomChanged();
  }

  #enter(state: JobState): void {
    if (this.state === state) return;
    this.state = state;
    this.#updatedAt = this.deps.clock.now();
  }

  #later(simulatedMs: number, action: () => void): void {
    this.#timers.push(this.deps.clock.after(simulatedMs, action));
  }

  #emit(event: EventBody): void {
    if (!this.app.callback) return;
    const { event_type, record_format, ...rest } = event;
    const { jobId: job_id, streamName: stream_name } = this.identity;
    const common = {
      event_type,
      job_id,
      stream_name,
      app_id: this.app.id,
      room_id: this.request.room_id,
      record_format,
    };
    this.deps.courier.sendOfJob(job_id, this.app.callback, { ...common, ...rest });
  }
}
