import type { Authenticator } from './authenticator.js';
import type { HttpResponse } from './http.js';
import { present } from '../contract/present.js';
import { classifyError, hasErrorCode, StatusError } from './errors.js';
import { type HttpRequest } from './response.js';
import * as schemas from './sparkrtcSchemas.js';
import type {
  App,
  Bucket,
  IndividualStreamJob,
  RecordCallback,
  RecordConfig,
  RecordRule,
  User,
} from './sparkrtcSchemas.js';

export type { App, RecordRule };

/** A recording template to be saved. A format without settings gets the vendor's. */
export interface RecordRuleRequest {
  obsAddr: Settings<NonNullable<RecordRule['obsAddr']>>;
  recordFormats: readonly string[];
  mp4Config?: Settings<RecordConfig> | undefined;
  hlsConfig?: Settings<RecordConfig> | undefined;
}

/** What is undefined is not sent. */
type Settings<T> = { [K in keyof T]: T[K] | undefined };

/** A job to be started. The picture's size is `resolution` (2023) or `selectStreamType` (newer). */
export interface IndividualStreamJobRequest {
  roomId: string;
  userId: string;
  isRecordAudio?: boolean;
  /** CAMERASTREAM or SCREENSTREAM. */
  videoType?: string;
  /** Seconds for which the room may be empty before the vendor ends the job. */
  maxIdleTime?: number;
  resolution?: string | undefined;
  resolutionPolicy?: string | undefined;
  selectStreamType?: string | undefined;
  recordRuleId: string;
}

/** For whom the list of online users is requested. */
export interface OnlineUsersRequest {
  /** The project of the bucket's region. */
  projectId: string;
  appId: string;
  roomIds: string[];
  userIds: string[];
  /** Milliseconds since 1970, at most 90 days ago: only users who have joined since then are listed. */
  joinedSince: number;
}

type CallOptions<T> = Omit<HttpRequest<T>, 'call' | 'method' | 'url' | 'headers'>;

/** The vendor's maximum. */
export const PAGE_SIZE = 100;

/** An account has 20 applications at most; this many pages mean that the responses make no sense. */
const MAX_PAGES = 100;

/** Milliseconds; longer than other calls, because this one cannot be repeated. */
const JOB_START_TIMEOUT = 20_000;

/** The documented defaults of `record_cycle`. */
const DEFAULT_CYCLES = { mp4: { recordCycle: 7200 }, hls: { recordCycle: 0 } };

const APPS = '/v2/apps';
const APP = '/v2/apps/{app_id}';
const RULES = `${APP}/record-rules`;
const RULE = `${RULES}/{rule_id}`;
const AUTO_RECORD = `${APP}/auto-record-mode`;
const CALLBACK = `${APP}/record-callback`;
const JOBS = `${APP}/individual-stream-jobs`;
const JOB = `${JOBS}/{job_id}`;
const BUCKETS = '/v2/rtc-ops/buckets';
const USERS = '/v1/{project_id}/rtc/users';

/** The vendor's stamps (`create_time`, the `Date` header) may be cut to whole seconds. */
const STAMP_PRECISION = 1_000;

/** How far our clock may be from the vendor's. */
const CLOCK_PRECISION = 60_000;

/**
 * The part of the SparkRTC server API (v2) that recording single streams needs. Each method throws a subclass of
 * {@link HuaweiError}.
 */
export class SparkRtcClient {
  /** The vendor has rejected a template without `record_cycle`, and accepted the same one with it. */
  private requiresCycle = false;

  /** @param options `endpoint` without a trailing slash */
  constructor(private readonly options: { endpoint: string; authenticator: Authenticator }) {}

  /** Creates an application. A name that exists is rejected with `RTC.00001020`. */
  async createApp(appName: string): Promise<{ appId: string }> {
    const response = await this.send('POST', APPS, [], { body: { app_name: appName }, schema: schemas.createdApp });
    return response.data;
  }

  /**
   * One page of the account's applications, without the keys that the response contains.
   * @param page counted from 0: the vendor's `offset` is a page number
   * @param limit 1 to 100
   */
  async listApps(page: number, limit: number): Promise<{ count?: number; apps: App[] }> {
    const options = { query: { offset: page, limit }, schema: schemas.appList, sensitiveResponse: true };
    return (await this.send('GET', APPS, [], options)).data;
  }

  /** The application of this name, unless it is deleted. Reads all pages: the vendor has no filter by name. */
  async findApp(appName: string): Promise<App | undefined> {
    const appIds = new Set<string>();
    for (let page = 0; page < MAX_PAGES; page++) {
      const { count = Infinity, apps } = await this.listApps(page, PAGE_SIZE);
      const found = apps.find((app) => app.appName === appName && app.state !== 'DELETED');
      if (found) return found;
      const before = appIds.size;
      for (const app of apps) appIds.add(app.appId);
      // The last page, an empty one, or a repeated one.
      if (appIds.size === before || appIds.size >= count) return undefined;
    }
    return undefined;
  }

  async showApp(appId: string): Promise<App> {
    return (await this.send('GET', APP, [appId], { schema: schemas.app, sensitiveResponse: true })).data;
  }

  /** Whether the vendor records every stream of the application by itself. */
  async recordsAutomatically(appId: string): Promise<boolean> {
    const { mode } = (await this.send('GET', AUTO_RECORD, [appId], { schema: schemas.autoRecordMode })).data;
    return mode !== undefined && mode !== 'AUTO_RECORD_OFF';
  }

  async listRecordRules(appId: string): Promise<RecordRule[]> {
    return (await this.send('GET', RULES, [appId], { schema: schemas.recordRuleList })).data;
  }

  /**
   * Creates or replaces the recording template of a location. Without a `recordCycle` the vendor's default applies; if
   * the vendor requires one (newer API reference), the default is sent.
   */
  async saveRecordRule(appId: string, rule: RecordRuleRequest): Promise<RecordRule> {
    if (this.requiresCycle) return this.postRecordRule(appId, rule, DEFAULT_CYCLES);
    try {
      return await this.postRecordRule(appId, rule);
    } catch (error) {
      if (!isParameterError(error) || !lacksCycle(rule)) throw error;
      const saved = await this.postRecordRule(appId, rule, DEFAULT_CYCLES).catch((second: unknown) => {
        throw classifyError(second).retry ? second : error;
      });
      this.requiresCycle = true;
      return saved;
    }
  }

  private async postRecordRule(
    appId: string,
    rule: RecordRuleRequest,
    defaults: { mp4?: object; hls?: object } = {},
  ): Promise<RecordRule> {
    const { recordFormats, mp4Config = {}, hlsConfig = {} } = rule;
    // The vendor requires the settings of each recorded format, even empty ones.
    const body = snakeCased({
      ...present(rule),
      ...(recordFormats.includes('MP4') && { mp4Config: { ...defaults.mp4, ...present(mp4Config) } }),
      ...(recordFormats.includes('HLS') && { hlsConfig: { ...defaults.hls, ...present(hlsConfig) } }),
    });
    const options = { body, schema: schemas.recordRule };
    try {
      return (await this.send('POST', RULES, [appId], options)).data;
    } catch (error) {
      // RecordRuleExist: documented, although the call is documented to replace the rule.
      if (!hasErrorCode(error, 'RTC.00001019')) throw error;
      const rules = await this.listRecordRules(appId);
      const existing = rules.find(({ obsAddr }) => obsAddr?.location === rule.obsAddr.location);
      if (!existing) throw error;
      return (await this.send('PUT', RULE, [appId, existing.ruleId], options)).data;
    }
  }

  /** Where recording events are sent, and the key in plain text; empty if nothing is configured. */
  async showRecordCallback(appId: string): Promise<RecordCallback> {
    const options = { schema: schemas.recordCallback, sensitiveResponse: true };
    return (await this.send('GET', CALLBACK, [appId], options)).data;
  }

  /** Sets where events are sent, and their key. A URL that the vendor cannot reach: `RTC.00001018`. */
  async saveRecordCallback(appId: string, { url, authKey }: { url: string; authKey: string }): Promise<void> {
    const body = { url, auth_key: authKey };
    // The schema is only a check: a proxy's page is no success.
    const options = { body, schema: schemas.recordCallback, secrets: [authKey], sensitiveResponse: true };
    await this.send('PUT', CALLBACK, [appId], options);
  }

  /**
   * Starts a job. Not idempotent: after an error with `classifyError(error).outcomeUnknown`, a job may have started.
   * `date` is the vendor's time of the response, in milliseconds since the epoch.
   */
  async createIndividualStreamJob(
    appId: string,
    request: IndividualStreamJobRequest,
  ): Promise<{ job: IndividualStreamJob; date?: number; requestId?: string }> {
    const { data, date, requestId } = await this.send('POST', JOBS, [appId], {
      body: {
        room_id: request.roomId,
        user_id: request.userId,
        is_record_audio: request.isRecordAudio,
        video_type: request.videoType,
        resolution: request.resolution,
        resolution_policy: request.resolutionPolicy,
        select_stream_type: request.selectStreamType,
        max_idle_time: request.maxIdleTime,
        record_param: { record_rule_id: request.recordRuleId },
      },
      schema: schemas.individualStreamJob,
      freshConnection: true,
      timeoutMs: JOB_START_TIMEOUT,
    });
    return present({ job: data, date, requestId });
  }

  /** A job, and the times of our clock between which it was created, if the response has its times. */
  async showIndividualStreamJob(
    appId: string,
    jobId: string,
    signal?: AbortSignal,
  ): Promise<{ job: IndividualStreamJob; createdBetween?: { from: number; until: number } }> {
    const options = { schema: schemas.individualStreamJob, signal };
    const { data: job, date, sentAtMs, receivedAtMs } = await this.send('GET', JOB, [appId, jobId], options);
    const createdAt = Date.parse(job.createTime ?? '');
    if (Number.isNaN(createdAt)) return { job };
    // Without a `Date` header our clock stands in for the vendor's.
    if (date === undefined) {
      return { job, createdBetween: { from: createdAt - CLOCK_PRECISION, until: createdAt + CLOCK_PRECISION } };
    }
    // Both times are the vendor's, so that our clock need not agree with it.
    const age = date - createdAt;
    return {
      job,
      createdBetween: { from: sentAtMs - age - STAMP_PRECISION, until: receivedAtMs - age + STAMP_PRECISION },
    };
  }

  /** Stops a job. One that has ended: 404 or `RTC.00001009`; one that is not initialized yet: `RTC.00001022`. */
  async stopIndividualStreamJob(appId: string, jobId: string): Promise<void> {
    await this.send('DELETE', JOB, [appId, jobId], {});
  }

  /** The account's buckets, and whether SparkRTC may write to them. Needs permissions that the user may lack. */
  async listBuckets(): Promise<Bucket[]> {
    return (await this.send('GET', BUCKETS, [], { schema: schemas.bucketList })).data;
  }

  /** Allows SparkRTC to write to a bucket. Source: huaweicloudsdkcloudrtc, `UpdateObsBucketAuthority`. */
  async authorizeBucket(bucket: string, location: string): Promise<void> {
    await this.send('PUT', `${BUCKETS}/authentication`, [], { body: { bucket, operation: 1, location } });
  }

  /**
   * The users of these rooms who are online, one entry for each session. Only the first page: whether `offset` counts
   * pages or entries is not documented. The vendor allows 30 such calls a minute.
   */
  async listOnlineUsers(request: OnlineUsersRequest): Promise<User[]> {
    const query = {
      app: request.appId,
      room_id: request.roomIds.join(','),
      uid: request.userIds.join(','),
      state: 'ONLINE',
      start_time: `${new Date(request.joinedSince).toISOString().slice(0, 19)}Z`,
      limit: PAGE_SIZE,
    };
    // Names and addresses of people.
    const options = { query, schema: schemas.userList, sensitiveResponse: true };
    return (await this.send('GET', USERS, [request.projectId], options)).data;
  }

  /** @param ids the values of the path's parameters, in order */
  private send<T = undefined>(
    method: HttpRequest<T>['method'],
    path: string,
    ids: readonly string[],
    options: CallOptions<T>,
  ): Promise<HttpResponse<T>> {
    const remaining = ids.values();
    const realPath = path.replace(/\{\w+\}/g, () => encodeURIComponent(remaining.next().value ?? ''));
    return this.options.authenticator.send({
      ...options,
      call: `SparkRTC ${method} ${path}`,
      method,
      url: this.options.endpoint + realPath,
      // The vendor documents the content type as mandatory on every call, GET and DELETE too.
      headers: { 'content-type': 'application/json' },
    });
  }
}

/** Whether a recorded format has no `recordCycle`. */
function lacksCycle({ recordFormats, mp4Config, hlsConfig }: RecordRuleRequest): boolean {
  const lacks = (format: string, config?: Settings<RecordConfig>) =>
    recordFormats.includes(format) && config?.recordCycle === undefined;
  return lacks('MP4', mp4Config) || lacks('HLS', hlsConfig);
}

/** A bad, contradictory or missing parameter. */
function isParameterError(error: unknown): boolean {
  return error instanceof StatusError && error.status === 400 && /^RTC\.0000100[345]$/.test(error.errorCode ?? '');
}

/** Renames the fields of an object and of those in it: `recordCycle` → `record_cycle`. */
function snakeCased(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const rename = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [rename(name), snakeCased(field)]));
}
