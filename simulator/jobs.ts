import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { App, RuleSettings } from './app.js';
import type { Apps } from './apps.js';
import type { Courier } from './callbacks.js';
import type { Clock } from './clock.js';
import { newId } from './dialect.js';
import { Job, type JobRequest } from './job.js';
import type { ObjectStore } from './objectStore.js';
import type { Settings } from './options.js';
import type { RecordRules } from './recordRules.js';
import type { RecordedFile } from './recorder.js';
import { readBody } from './request.js';
import { notFound, RtcError } from './rtcError.js';

const participantId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 of A-Z, a-z, 0-9, _ and -');

const jobRequest = z
  .object({
    room_id: participantId,
    user_id: participantId,
    is_record_audio: z.boolean().default(true),
    video_type: z.enum(['CAMERASTREAM', 'SCREENSTREAM']).default('CAMERASTREAM'),
    max_idle_time: z.int().min(5).max(43_200).default(30),
    record_param: z.object({ record_rule_id: z.string().min(1) }),
    resolution: z
      .string()
      .regex(/^\d{2,5}\*\d{2,5}$/, 'must be width*height')
      .optional(),
    resolution_policy: z.enum(['DOWNWARD', 'UPWARD']).optional(),
    select_stream_type: z.enum(['LD', 'SD', 'HD', 'FHD']).optional(),
  })
  .superRefine((job, context) => {
    if (job.select_stream_type === undefined || (job.resolution ?? job.resolution_policy) === undefined) return;
    const message = 'cannot be combined with resolution or resolution_policy';
    context.addIssue({ code: 'custom', path: ['select_stream_type'], message });
  });

/** A job that another client started. */
export interface ForeignJob {
  appId: string;
  roomId: string;
  userId: string;
  videoType?: JobRequest['video_type'];
  /** Simulated time since its creation; default 0. */
  ageMs?: number;
}

/** Single-stream recording jobs. Source: SparkRTC API reference, "Single Stream Recording Job Management". */
export class Jobs {
  readonly all = new Map<string, Job>();
  /** Every file that a job has begun and ended, in the order of their ends. */
  readonly recordedFiles: RecordedFile[] = [];
  /** Whether users publish, if that was set, by room. */
  readonly #presence = new Map<string, Map<string, boolean>>();
  /** The open jobs, by room. */
  readonly #open = new Map<string, Set<Job>>();

  constructor(
    private readonly deps: {
      settings: Settings;
      clock: Clock;
      apps: Apps;
      rules: RecordRules;
      store: ObjectStore;
      courier: Courier;
    },
  ) {}

  setPresence(roomId: string, userId: string, present: boolean): void {
    this.#presence.set(roomId, (this.#presence.get(roomId) ?? new Map<string, boolean>()).set(userId, present));
    for (const job of this.#open.get(roomId) ?? []) if (job.request.user_id === userId) job.setPublisher(present);
    this.#roomChanged(roomId);
  }

  addForeign(foreign: ForeignJob): Job {
    const app = this.deps.apps.find(foreign.appId);
    const request: JobRequest = {
      room_id: foreign.roomId,
      user_id: foreign.userId,
      is_record_audio: true,
      video_type: foreign.videoType ?? 'CAMERASTREAM',
      max_idle_time: 30,
      record_param: { record_rule_id: newId(16, this.deps.settings.numericIds) },
      select_stream_type: 'FHD',
    };
    const obs_addr = { bucket: '', location: '', project_id: '' };
    const config = { record_cycle: 0, record_max_duration_to_merge_file: 0 };
    const rule: RuleSettings = { obs_addr, record_formats: ['MP4'], mp4_config: config, hls_config: config };
    const job = this.#create(app, request, rule, this.deps.clock.now() - (foreign.ageMs ?? 0));
    job.appearRunning();
    return job;
  }

  routes(http: FastifyInstance): void {
    const { settings, clock, apps, rules } = this.deps;
    type OfApp = { Params: { appId: string } };
    type OfJob = { Params: { appId: string; jobId: string } };

    http.post<OfApp>('/apps/:appId/individual-stream-jobs', (request, reply) => {
      const app = apps.findActive(request.params.appId);
      const { resolution, resolution_policy, ...others } = readBody(request, jobRequest);
      const requested = settings.knowsResolution ? { ...others, resolution, resolution_policy } : others;
      const rule = rules.find(app, requested.record_param.record_rule_id);
      const open = [...this.all.values()].filter((job) => job.app === app && !job.hasEnded);
      if (settings.rejectSecondJob && open.some((job) => sameStream(job.request, requested))) {
        throw new RtcError('RTC.00001006', `user ${requested.user_id} of room ${requested.room_id} is being recorded`);
      }
      if (open.length >= settings.maxJobs) throw new RtcError('RTC.00001007', `${settings.maxJobs} jobs are open`);
      const older = settings.knowsResolution && (resolution ?? resolution_policy) !== undefined;
      const dialect = older ? {} : { select_stream_type: requested.select_stream_type ?? ('FHD' as const) };
      const known = this.#presence.get(requested.room_id)?.get(requested.user_id);
      const publisher =
        known === undefined && settings.autoPublish ? 'automatic' : known === true ? 'present' : 'absent';
      const job = clock.atOnce(() => {
        const created = this.#create(app, { ...requested, ...dialect }, rules.effective(rule), clock.now());
        created.begin(publisher);
        return created;
      });
      const { state, ...response } = job.toResponse();
      return reply.code(201).send(settings.omitStateAtCreation ? response : { ...response, state });
    });

    http.get<OfJob>('/apps/:appId/individual-stream-jobs/:jobId', (request) =>
      this.#find(request.params).toResponse(),
    );

    http.delete<OfJob>('/apps/:appId/individual-stream-jobs/:jobId', (request, reply) => {
      const job = this.#find(request.params);
      if (job.hasEnded) {
        if (settings.stopOfFinishedJob === 'notFound') throw notFound(`job ${job.identity.jobId}`);
        throw new RtcError('RTC.00001009', `job ${job.identity.jobId} is over`);
      }
      if (!job.isInitialised) throw new RtcError('RTC.00001022', `job ${job.identity.jobId} is not initialised yet`);
      job.end('TENANT_STOP');
      return reply.code(204).send();
    });
  }

  /** A room is one of an application, but for `setPresence`, which knows no application. */
  #roomChanged(roomId: string): void {
    const jobs = [...(this.#open.get(roomId) ?? [])].filter((job) => !job.hasEnded);
    this.#open.set(roomId, new Set(jobs));
    const joined = [...(this.#presence.get(roomId)?.values() ?? [])].includes(true);
    const occupied = new Set(jobs.filter((job) => job.occupiesRoom).map(({ app }) => app));
    for (const job of jobs) job.roomIs(joined || occupied.has(job.app));
  }

  #find({ appId, jobId }: { appId: string; jobId: string }): Job {
    const app = this.deps.apps.find(appId);
    const job = this.all.get(jobId);
    if (job?.app !== app) throw notFound(`job ${jobId}`);
    return job;
  }

  #create(app: App, request: JobRequest, rule: RuleSettings, createdAt: number): Job {
    const { settings } = this.deps;
    const jobId = newId(16, settings.numericIds);
    const streamName = settings.streamName({ appId: app.id, jobId, roomId: request.room_id, userId: request.user_id });
    const identity = { jobId, jobUniqueId: newId(8, false), streamName, createdAt };
    const roomChanged = () => this.#roomChanged(request.room_id);
    const keep = (file: RecordedFile) => void this.recordedFiles.push(file);
    const job = new Job(app, request, identity, rule, { ...this.deps, roomChanged, keep });
    this.all.set(jobId, job);
    this.#open.set(request.room_id, (this.#open.get(request.room_id) ?? new Set()).add(job));
    return job;
  }
}

function sameStream(a: JobRequest, b: JobRequest): boolean {
  return a.room_id === b.room_id && a.user_id === b.user_id && a.video_type === b.video_type;
}
