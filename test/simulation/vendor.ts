import type { RecordedFile } from '../../src/contract/result.js';
import type { RecordingEvent } from '../../src/contract/event.js';
import type { Job, JobAnswer, Listing, ListingRequest } from '../../src/contract/activityTypes.js';
import type { Plan } from './plan.js';
import type { VirtualTime } from './virtualTime.js';

export const APP_ID = 'app1';
export const RULE_ID = 'rule1';
export const BUCKET = 'obs-name';
export const ROOM = 'room001';
export const USER = 'user001';

const MOST_FILES = 40;

/** Later than the end of any simulation. */
const NEVER = 1_000 * 60 * 60_000;

type JobState = 'INIT' | 'RUNNING' | 'STOPPED';
type StopReason = 'TENANT_STOP' | 'EXCEED_MAX_IDLE_TIME' | 'INTERNAL_ERROR';

/** One job at the vendor, ours or somebody else's. */
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
  /** Whether a file is being written, and since when. */
  fileSince?: number;
  files: number;
}

/** An object in the bucket, or one that never gets there. */
export interface VendorFile {
  jobId: string;
  object: string;
  size: number;
  duration: number;
  /** When a listing shows it; Infinity: never. */
  listedFrom: number;
}

/** SparkRTC and OBS as far as the activities pass them on to the workflow. */
export class Vendor {
  readonly jobs: VendorJob[] = [];
  readonly files: VendorFile[] = [];

  constructor(
    private readonly plan: Plan,
    private readonly time: VirtualTime,
    private readonly deps: {
      send: (job: VendorJob, event: RecordingEvent) => void;
      observe: (what: string) => void;
    },
  ) {}

  createJob({ ours, userId = USER }: { ours: boolean; userId?: string }): VendorJob {
    const jobId = `job${this.jobs.length + 1}`;
    const job: VendorJob = {
      ...{ jobId, userId, ours, streamName: `s_${jobId}_${ROOM}_${userId}`, createdAt: this.time.now },
      state: 'INIT',
      files: 0,
    };
    this.jobs.push(job);
    this.deps.observe(`vendor: ${ours ? 'creates' : 'somebody else creates'} ${jobId} of ${userId}`);
    const { comesAfter, staysFor } = this.plan.publisher;
    const { initDelay, internalErrorAfter, input, othersInRoom } = this.plan;
    const come = Math.max(initDelay, comesAfter);
    // The idle limit is that of the room.
    const idle = othersInRoom ? NEVER : input.maxIdleTime * 1000;
    if (come > initDelay + idle) this.time.after(initDelay + idle, () => this.end(job, 'EXCEED_MAX_IDLE_TIME'));
    this.time.after(come, () => this.#record(job));
    this.time.after(Math.max(come, comesAfter + staysFor), () => this.#closeFile(job));
    this.time.after(Math.max(come, comesAfter + staysFor) + idle, () => this.end(job, 'EXCEED_MAX_IDLE_TIME'));
    if (internalErrorAfter !== undefined) this.time.after(internalErrorAfter, () => this.end(job, 'INTERNAL_ERROR'));
    return job;
  }

  end(job: VendorJob, reason: StopReason): void {
    if (job.state === 'STOPPED') return;
    if (reason === 'INTERNAL_ERROR') delete job.fileSince;
    else this.#closeFile(job);
    Object.assign(job, { state: 'STOPPED', stoppedAt: this.time.now, stopReason: reason });
    this.deps.observe(`vendor: ${job.jobId} ends: ${reason}`);
    this.deps.send(job, { eventType: 'CLOUD_RECORD_OVER' });
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

  show(jobId: string): JobAnswer {
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

  #record(job: VendorJob): void {
    if (job.state === 'STOPPED') return;
    job.state = 'RUNNING';
    job.fileSince = this.time.now;
    this.deps.send(job, { eventType: 'RECORD_NEW_FILE_START', recordFormat: 'MP4' });
    const file = job.files;
    // No more than some dozens of files, however long the recording is.
    const cycle = Math.max(this.plan.recordCycle, this.plan.publisher.staysFor / MOST_FILES);
    this.time.after(cycle, () => {
      if (job.fileSince === undefined || job.files !== file) return;
      this.#closeFile(job);
      this.#record(job);
    });
  }

  #closeFile(job: VendorJob): void {
    if (job.fileSince === undefined) return;
    const duration = (this.time.now - job.fileSince) / 1000;
    delete job.fileSince;
    const isLost = this.plan.lostFile === job.files;
    job.files += 1;
    const object = `Record/${job.streamName}/${String(job.files).padStart(4, '0')}.mp4`;
    const listedFrom = isLost ? Infinity : this.time.now + this.plan.listDelay;
    this.files.push({ jobId: job.jobId, object, size: Math.ceil(duration * 1000), duration, listedFrom });
    this.deps.send(job, {
      eventType: 'RECORD_FILE_COMPLETE',
      recordFormat: 'MP4',
      obsBucket: BUCKET,
      obsObject: object,
      recordDuration: duration,
    });
  }
}
