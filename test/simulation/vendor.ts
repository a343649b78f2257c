import type { RecordedFile } from '../../src/contract/result.js';
import type { RecordingEvent } from '../../src/contract/event.js';
import type {
  FileInspection,
  InspectionRequest,
  Job,
  JobResponse,
  Listing,
  ListingRequest,
} from '../../src/contract/activityTypes.js';
import type { User } from '../../src/huawei/sparkrtcSchemas.js';
import type { OnlineUsersRequest } from '../../src/huawei/sparkrtc.js';
import type { Interval } from '../support/intervals.js';
import type { Plan, Stay } from './plan.js';
import type { VirtualTime } from './virtualTime.js';

export const APP_ID = 'app1';
export const RULE_ID = 'rule1';
export const BUCKET = 'obs-name';
export const ROOM = 'room001';
export const USER = 'user001';

const MOST_FILES = 40;

type JobState = 'INIT' | 'RUNNING' | 'STOPPED';
type StopReason = 'TENANT_STOP' | 'EXCEED_MAX_IDLE_TIME' | 'INTERNAL_ERROR';

/** One job at the vendor, ours or someone else's. */
export interface VendorJob {
  jobId: string;
  userId: string;
  streamName: string;
  /** Whether a request of the recording made it. */
  ours: boolean;
  createdAt: number;
  state: JobState;
  stoppedAt?: number;
  stopReason?: StopReason;
  /** When the user and the others came and went, from then on. */
  timelineFrom: number;
  /** Whether a file is being written, and since when. */
  fileSince?: number;
  files: number;
  /** An open file that was lost as the job broke off. */
  discarded?: Interval;
}

/** An object in the bucket, or one that never gets there. */
export interface VendorFile {
  jobId: string;
  object: string;
  size: number;
  duration: number;
  /** What it holds. */
  recorded: Interval;
  /** When a listing shows it; Infinity: never. */
  listedFrom: number;
  /** Infinity: never. */
  playableFrom: number;
}

/** SparkRTC and OBS as far as the activities pass them on to the workflow. */
export class Vendor {
  readonly jobs: VendorJob[] = [];
  readonly files: VendorFile[] = [];
  readonly #openedAt: number;

  constructor(
    private readonly plan: Plan,
    private readonly time: VirtualTime,
    private readonly deps: {
      send: (job: VendorJob, event: RecordingEvent) => void;
      /** The n-th stay of the recorded user begins. */
      joined: (nth: number) => void;
      observe: (what: string) => void;
    },
  ) {
    this.#openedAt = time.now;
    if (plan.input.waitForParticipant) this.#reportJoins();
  }

  createJob({ ours, userId = USER }: { ours: boolean; userId?: string }): VendorJob {
    const jobId = `job${this.jobs.length + 1}`;
    const nth = this.jobs.filter((job) => job.ours).length;
    const timelineFrom = ours ? this.liveFrom : this.time.now;
    const job: VendorJob = {
      ...{ jobId, userId, ours, streamName: `s_${jobId}_${ROOM}_${userId}`, createdAt: this.time.now, timelineFrom },
      state: 'INIT',
      files: 0,
    };
    this.jobs.push(job);
    this.deps.observe(`vendor: ${ours ? 'creates' : 'someone else creates'} ${jobId} of ${userId}`);
    const { initDelay, internalErrorAfter, input, publisher, others, lingers, waitsRunning } = this.plan;
    if (ours && nth === 0 && !input.waitForParticipant) this.#reportJoins();
    if (waitsRunning) this.time.after(initDelay, () => this.#run(job));
    const passed = this.time.now - timelineFrom;
    for (const { from, to } of timesOf(publisher, passed).filter((stay) => stay.to >= initDelay)) {
      this.time.after(Math.max(initDelay, from), () => this.#record(job));
      this.time.after(to, () => this.#closeFile(job));
    }
    const stays = [...withLinger(timesOf(publisher, passed), lingers), ...timesOf(others, passed)];
    const idleFrom = emptyFrom(stays, initDelay, input.maxIdleTime * 1000);
    this.time.after(idleFrom + input.maxIdleTime * 1000, () => this.end(job, 'EXCEED_MAX_IDLE_TIME'));
    const breaksAfter = ours ? internalErrorAfter[nth] : undefined;
    if (breaksAfter !== undefined) this.time.after(breaksAfter, () => this.end(job, 'INTERNAL_ERROR'));
    return job;
  }

  end(job: VendorJob, reason: StopReason): void {
    if (job.state === 'STOPPED') return;
    if (reason === 'INTERNAL_ERROR' && !this.plan.keepsOpenFile) this.#discardFile(job);
    else this.#closeFile(job);
    Object.assign(job, { state: 'STOPPED', stoppedAt: this.time.now, stopReason: reason });
    this.deps.observe(`vendor: ${job.jobId} ends: ${reason}`);
    if (!this.plan.noEndEvent) this.deps.send(job, { eventType: 'CLOUD_RECORD_OVER' });
  }

  /** From when on the users' coming and going counts: the recording's start, or the creation of our first job. */
  get liveFrom(): number {
    if (this.plan.input.waitForParticipant) return this.#openedAt;
    return this.jobs.find(({ ours }) => ours)?.createdAt ?? this.time.now;
  }

  /** When the recorded user is live. */
  get live(): Interval[] {
    return timesOf(this.plan.publisher, -this.liveFrom);
  }

  /** When the recorded user is in the room, publishing or not. */
  get present(): Interval[] {
    return withLinger(this.live, this.plan.lingers);
  }

  /** The recorded user's sessions as far as the list knows them: earlier ones are in it as OFFLINE. */
  listUsers({ roomIds, userIds, joinedSince }: OnlineUsersRequest): User[] {
    if (!roomIds.includes(ROOM) || !userIds.includes(USER)) return [];
    const known = this.time.now - this.plan.userList.delay;
    return this.present
      .filter(({ from }) => from >= joinedSince && from <= known)
      .map(({ to }) => ({ roomId: ROOM, uid: USER, state: to > known ? 'ONLINE' : 'OFFLINE' }));
  }

  isInitialised(job: VendorJob): boolean {
    return this.time.now >= job.createdAt + this.plan.initDelay;
  }

  describe(job: VendorJob): Job {
    return {
      ...{ jobId: job.jobId, roomId: ROOM, userId: job.userId, videoType: 'CAMERASTREAM', streamName: job.streamName },
      state: job.state,
      ...(job.stopReason && { stopReason: job.stopReason }),
      startTime: new Date(job.createdAt).toISOString(),
      ...(job.stoppedAt !== undefined && { stopTime: new Date(job.stoppedAt).toISOString() }),
    };
  }

  show(jobId: string): JobResponse {
    const job = this.jobs.find((one) => one.jobId === jobId);
    if (!job) return {};
    return { job: this.describe(job), createdBetween: { from: job.createdAt - 20, until: job.createdAt + 20 } };
  }

  list(request: ListingRequest): Listing {
    const listed = this.files.filter(
      (file) =>
        file.listedFrom <= this.time.now &&
        (request.streamNames.some((name) => file.object.includes(name)) ||
          request.announced.some(({ object }) => object === file.object)),
    );
    const files: RecordedFile[] = listed.map(({ object, size }) => ({ bucket: BUCKET, object, format: 'MP4', size }));
    files.sort((a, b) => (a.object < b.object ? -1 : 1));
    return {
      files,
      fileCount: files.length,
      totalSize: files.reduce((sum, { size }) => sum + size, 0),
      missing: request.announced.flatMap(({ object }, place) =>
        files.some((file) => file.object === object) ? [] : [place],
      ),
      warnings: [],
    };
  }

  inspect({ files }: InspectionRequest): FileInspection[] {
    return files.map(({ object }) => {
      const { duration = 0, playableFrom = Infinity } = this.files.find((file) => file.object === object) ?? {};
      if (playableFrom <= this.time.now) return { media: { playable: true, duration } };
      const media = { playable: false, reason: 'segments are missing' };
      return { media, ...(playableFrom < Infinity && { mayBecomePlayable: true }) };
    });
  }

  #reportJoins(): void {
    this.live.forEach(({ from }, nth) => this.time.at(from, () => this.deps.joined(nth)));
  }

  #run(job: VendorJob): void {
    if (job.state === 'INIT') job.state = 'RUNNING';
  }

  #record(job: VendorJob): void {
    if (job.state === 'STOPPED') return;
    this.#run(job);
    job.fileSince = this.time.now;
    this.deps.send(job, { eventType: 'RECORD_NEW_FILE_START', recordFormat: 'MP4' });
    const file = job.files;
    // No more than some dozens of files, however long the recording is.
    const published = this.plan.publisher.reduce((sum, { staysFor }) => sum + staysFor, 0);
    const cycle = Math.max(this.plan.recordCycle, published / MOST_FILES);
    this.time.after(cycle, () => {
      if (job.fileSince === undefined || job.files !== file) return;
      this.#closeFile(job);
      this.#record(job);
    });
  }

  #discardFile(job: VendorJob): void {
    if (job.fileSince === undefined) return;
    job.discarded = { from: job.fileSince, to: this.time.now };
    delete job.fileSince;
  }

  #closeFile(job: VendorJob): void {
    if (job.fileSince === undefined) return;
    const recorded = { from: job.fileSince, to: this.time.now };
    const duration = (recorded.to - recorded.from) / 1000;
    delete job.fileSince;
    const { lostFile, brokenFile } = this.plan;
    const isLost = lostFile === job.files;
    const brokenFor = brokenFile?.nth === job.files ? (brokenFile.lasts ?? Infinity) : 0;
    job.files += 1;
    const object = `Record/${job.streamName}/${String(job.files).padStart(4, '0')}.mp4`;
    const listedFrom = isLost ? Infinity : this.time.now + this.plan.listDelay;
    this.files.push({
      jobId: job.jobId,
      object,
      size: Math.ceil(duration * 1000),
      duration,
      recorded,
      listedFrom,
      playableFrom: listedFrom + brokenFor,
    });
    this.deps.send(job, {
      eventType: 'RECORD_FILE_COMPLETE',
      recordFormat: 'MP4',
      obsBucket: BUCKET,
      obsObject: object,
      recordDuration: duration,
    });
  }
}

/** When a job may see these stays, so long after they began to count. */
function timesOf(stays: Stay[], passed: number): Interval[] {
  let now = -passed;
  return stays.map(({ after, staysFor }) => {
    const from = now + after;
    now = from + staysFor;
    return { from, to: now };
  });
}

function withLinger(stays: Interval[], lingers: number): Interval[] {
  return stays.map(({ from, to }) => ({ from, to: to + lingers }));
}

/** When a room becomes empty for longer than the idle limit, from `start` on. */
function emptyFrom(stays: Interval[], start: number, idleLimit: number): number {
  let empty = start;
  for (const { from, to } of stays.sort((a, b) => a.from - b.from)) {
    if (from > empty + idleLimit) break;
    empty = Math.max(empty, to);
  }
  return empty;
}
