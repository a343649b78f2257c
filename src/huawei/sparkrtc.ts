import type { HttpClient, HttpResponse } from './http.js';
import { present } from '../contract/present.js';
import { type HttpRequest } from './response.js';
import * as schemas from './sparkrtcSchemas.js';
import type { App, Bucket, IndividualStreamJob, RecordCallback, RecordConfig, RecordRule } from './sparkrtcSchemas.js';
import type { TokenProvider } from './tokenProvider.js';

export type { RecordRule };

/** A recording template to be saved. A format that is asked for without settings gets the vendor's. */
export interface RecordRuleRequest {
  obsAddr: Settings<NonNullable<RecordRule['obsAddr']>>;
  recordFormats: readonly string[];
  mp4Config?: Settings<RecordConfig> | undefined;
  hlsConfig?: Settings<RecordConfig> | undefined;
}

/** What is undefined is not sent. */
type Settings<T> = { [K in keyof T]: T[K] | undefined };

/** A job to be started. The picture's size is said by `resolution` (2023) or by `selectStreamType` (newer). */
export interface IndividualStreamJobRequest {
  roomId: string;
  userId: string;
  isRecordAudio?: boolean;
  /** CAMERASTREAM or SCREENSTREAM. */
  videoType?: string;
  /** Seconds without a stream after which the vendor ends the job. */
  maxIdleTime?: number;
  resolution?: string | undefined;
  resolutionPolicy?: string | undefined;
  selectStreamType?: string | undefined;
  recordRuleId: string;
}

type CallOptions<T> = Omit<HttpRequest<T>, 'call' | 'method' | 'url' | 'headers'>;

/** The vendor's own bounds of a page. */
const LARGEST_PAGE = 100;

/** An account has 20 applications at most; this many pages mean that the responses make no sense. */
const MOST_PAGES = 100;

/** Starting a job is the one call that cannot be repeated, so it is given longer, in milliseconds. */
const JOB_START_TIMEOUT = 20_000;

const APPS = '/v2/apps';
const APP = '/v2/apps/{app_id}';
const RULES = `${APP}/record-rules`;
const CALLBACK = `${APP}/record-callback`;
const JOBS = `${APP}/individual-stream-jobs`;
const JOB = `${JOBS}/{job_id}`;
const BUCKETS = '/v2/rtc-ops/buckets';

/** The vendor's stamps (`create_time`, the `Date` header) may be cut to whole seconds. */
const STAMP_PRECISION = 1_000;

/**
 * The SparkRTC server API, v2, as far as recording single streams needs it. Each method throws one of the kinds of
 * {@link HuaweiError}. A refused token is renewed and the call repeated, once.
 */
export class SparkRtcClient {
  /** @param options `endpoint` without a trailing slash */
  constructor(private readonly options: { endpoint: string; tokens: TokenProvider; http: HttpClient }) {}

  /** Creates an application. The same name again is refused with `RTC.00001020`. */
  async createApp(appName: string): Promise<{ appId: string }> {
    const response = await this.send('POST', APPS, [], { body: { app_name: appName }, schema: schemas.createdApp });
    return response.data;
  }

  /**
   * One page of the account's applications. Their keys, which stand in the response, are left behind.
   * @param page counted from 0: the vendor's `offset` is a page number
   * @param limit 1 to 100
   */
  async listApps(page: number, limit: number): Promise<{ count?: number; apps: App[] }> {
    const options = { query: { offset: page, limit }, schema: schemas.appList, secretResponse: true };
    return (await this.send('GET', APPS, [], options)).data;
  }

  /** The application of this name, unless it is deleted. The vendor has no filter by name, so the pages are walked. */
  async findApp(appName: string): Promise<App | undefined> {
    const seen = new Set<string>();
    for (let page = 0; page < MOST_PAGES; page++) {
      const { count = Infinity, apps } = await this.listApps(page, LARGEST_PAGE);
      const found = apps.find((app) => app.appName === appName && app.state !== 'DELETED');
      if (found) return found;
      const before = seen.size;
      for (const app of apps) seen.add(app.appId);
      // The last page, an empty one, or one that is known already.
      if (seen.size === before || seen.size >= count) return undefined;
    }
    return undefined;
  }

  async showApp(appId: string): Promise<App> {
    return (await this.send('GET', APP, [appId], { schema: schemas.app, secretResponse: true })).data;
  }

  async listRecordRules(appId: string): Promise<RecordRule[]> {
    return (await this.send('GET', RULES, [appId], { schema: schemas.recordRuleList })).data;
  }

  /** Creates the recording template of a location, or replaces the one that is there. */
  async saveRecordRule(appId: string, rule: RecordRuleRequest): Promise<RecordRule> {
    const { bucket, location, object, projectId } = rule.obsAddr;
    const body = {
      obs_addr: { bucket, location, object, project_id: projectId },
      record_formats: rule.recordFormats,
      mp4_config: configBody(rule.mp4Config, rule.recordFormats.includes('MP4')),
      hls_config: configBody(rule.hlsConfig, rule.recordFormats.includes('HLS')),
    };
    return (await this.send('POST', RULES, [appId], { body, schema: schemas.recordRule })).data;
  }

  /** Where recording events go; neither field where nothing is configured. The vendor sends the key in clear. */
  async showRecordCallback(appId: string): Promise<RecordCallback> {
    const options = { schema: schemas.recordCallback, secretResponse: true };
    return (await this.send('GET', CALLBACK, [appId], options)).data;
  }

  /** Sends events to `url`, signed with `authKey`. One that the vendor cannot reach is refused with `RTC.00001018`. */
  async saveRecordCallback(appId: string, { url, authKey }: { url: string; authKey: string }): Promise<void> {
    const body = { url, auth_key: authKey };
    // The response, which echoes the key, is checked all the same: a proxy's page is no success.
    const options = { body, schema: schemas.recordCallback, secrets: [authKey], secretResponse: true };
    await this.send('PUT', CALLBACK, [appId], options);
  }

  /**
   * Starts a job. Not idempotent: when it fails, `judge(error).mayHaveHappened` says whether a job may have started.
   * `date` is the response's time by the vendor's clock, in milliseconds since the epoch.
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

  /** A job, and between which times of our clock it was created; absent where the response lacks a time. */
  async showIndividualStreamJob(
    appId: string,
    jobId: string,
    signal?: AbortSignal,
  ): Promise<{ job: IndividualStreamJob; createdBetween?: { from: number; until: number } }> {
    const options = { schema: schemas.individualStreamJob, signal };
    const { data: job, date = NaN, sentAtMs, receivedAtMs } = await this.send('GET', JOB, [appId, jobId], options);
    // The age is told by the vendor's clock alone, so that ours need not agree with it.
    const age = date - Date.parse(job.createTime ?? '');
    if (Number.isNaN(age)) return { job };
    return {
      job,
      createdBetween: { from: sentAtMs - age - STAMP_PRECISION, until: receivedAtMs - age + STAMP_PRECISION },
    };
  }

  /** Stops a job. One that has ended is answered 404 or `RTC.00001009`, one not initialized yet `RTC.00001022`. */
  async stopIndividualStreamJob(appId: string, jobId: string): Promise<void> {
    await this.send('DELETE', JOB, [appId, jobId], {});
  }

  /** The account's buckets, and which of them SparkRTC may write to. A user with few rights may be refused. */
  async listBuckets(): Promise<Bucket[]> {
    return (await this.send('GET', BUCKETS, [], { schema: schemas.bucketList })).data;
  }

  /** @param ids the values of the path's braces, in their order */
  private send<T = undefined>(
    method: HttpRequest<T>['method'],
    path: string,
    ids: readonly string[],
    options: CallOptions<T>,
  ): Promise<HttpResponse<T>> {
    const remaining = ids.values();
    const realPath = path.replace(/\{\w+\}/g, () => encodeURIComponent(remaining.next().value ?? ''));
    return this.options.tokens.use((token) =>
      this.options.http.request({
        ...options,
        call: `SparkRTC ${method} ${path}`,
        method,
        url: this.options.endpoint + realPath,
        headers: { 'X-Auth-Token': token },
        secrets: [...(options.secrets ?? []), token],
      }),
    );
  }
}

/** The vendor wants the settings of each format that is asked for, be they empty. */
function configBody(config: Settings<RecordConfig> | undefined, wanted: boolean) {
  if (!config && !wanted) return undefined;
  return {
    record_cycle: config?.recordCycle,
    record_prefix: config?.recordPrefix,
    record_slice_duration: config?.recordSliceDuration,
    record_max_duration_to_merge_file: config?.recordMaxDurationToMergeFile,
  };
}
