import { z } from 'zod';
import { present } from './response.js';

/*
 * The answers of SparkRTC: what we use is checked and renamed to camelCase, what we do not know is let through unread. `null` is the same as absent.
 * Sources: SparkRTC API reference (v2), its "Example 1: Creating a Single Stream Recording Job", and the models of the vendor's own SDK; they differ
 * in places, and both dialects are read.
 */

/** An application of SparkRTC. */
export interface App {
  appId: string;
  appName: string;
  /** ACTIVATION, DEACTIVATION, ARREARS or DELETED. */
  state?: string;
}

/** Where recordings are stored in object storage. */
export interface ObsAddress {
  bucket?: string;
  /** The region's id. */
  location?: string;
  /** The folder; may be empty. */
  object?: string;
  projectId?: string;
}

export interface Mp4Config {
  /** Seconds after which a new file begins. */
  recordCycle?: number;
  /** The template of the object's key, less its extension; absent in some answers. */
  recordPrefix?: string;
  /** Seconds that a stream may be away and still go on in the same file. */
  recordMaxDurationToMergeFile?: number;
}

export interface HlsConfig extends Mp4Config {
  /** Seconds of one segment. */
  recordSliceDuration?: number;
}

/** A recording template (the vendor's "record rule"): where and how recordings are stored. */
export interface RecordRule {
  ruleId: string;
  obsAddr?: ObsAddress;
  /** `MP4`, `HLS`. */
  recordFormats?: string[];
  mp4Config?: Mp4Config;
  hlsConfig?: HlsConfig;
  createTime?: string;
  updateTime?: string;
}

/** Where an application's recording events go. The key is a secret. */
export interface RecordCallback {
  url?: string;
  authKey?: string;
}

/** A single stream recording job. */
export interface IndividualStreamJob {
  jobId: string;
  jobUniqueId?: string;
  appId?: string;
  roomId?: string;
  userId?: string;
  /** CAMERASTREAM or SCREENSTREAM. */
  videoType?: string;
  streamName?: string;
  /** INIT, RUNNING or STOPPED; INIT where the answer does not say. */
  state: string;
  /** TENANT_STOP, EXCEED_MAX_IDLE_TIME or INTERNAL_ERROR. */
  stopReason?: string;
  /** Times as the vendor writes them, such as `2021-04-21T10:51:55Z`; absent while they are not set. */
  createTime?: string;
  startTime?: string;
  stopTime?: string;
}

/** A bucket of the account, and whether SparkRTC may write to it. */
export interface Bucket {
  bucket: string;
  location?: string;
  isAuthorized?: boolean;
}

/** Ids are typed as strings, but some examples show numbers. */
const id = z.union([z.string().min(1), z.number()]).transform(String);
const optionalId = id.nullish().transform((value) => value ?? undefined);
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? undefined);
const number = z
  .number()
  .nullish()
  .transform((value) => value ?? undefined);

/** A time that is not set is written as the zero of the vendor's programming language. */
const time = text.transform((value) => (value === '' || value?.startsWith('0001-01-01T00:00:00') ? undefined : value));

export const createdApp = z.object({ app_id: id }).transform(({ app_id }) => ({ appId: app_id }));

export const app = z
  .object({
    app_id: id,
    app_name: z.string(),
    state: z.object({ state: text }).nullish(),
  })
  .transform((answer): App => present({ appId: answer.app_id, appName: answer.app_name, state: answer.state?.state }));

export const appList = z
  .object({ count: number, apps: z.array(app).nullish() })
  .transform(({ count, apps }) => present({ count, apps: apps ?? [] }));

const obsAddress = z
  .object({ bucket: text, location: text, object: text, project_id: text })
  .transform(({ bucket, location, object, project_id }): ObsAddress =>
    present({ bucket, location, object, projectId: project_id }),
  );

const recordConfig = z
  .object({
    record_cycle: number,
    record_prefix: text,
    record_slice_duration: number,
    record_max_duration_to_merge_file: number,
  })
  .transform((config): HlsConfig =>
    present({
      recordCycle: config.record_cycle,
      recordPrefix: config.record_prefix,
      recordSliceDuration: config.record_slice_duration,
      recordMaxDurationToMergeFile: config.record_max_duration_to_merge_file,
    }),
  );

export const recordRule = z
  .object({
    rule_id: id,
    obs_addr: obsAddress.nullish(),
    record_formats: z.array(z.string()).nullish(),
    mp4_config: recordConfig.nullish(),
    hls_config: recordConfig.nullish(),
    create_time: time,
    update_time: time,
  })
  .transform((rule): RecordRule =>
    present({
      ruleId: rule.rule_id,
      obsAddr: rule.obs_addr ?? undefined,
      recordFormats: rule.record_formats ?? undefined,
      mp4Config: rule.mp4_config ?? undefined,
      hlsConfig: rule.hls_config ?? undefined,
      createTime: rule.create_time,
      updateTime: rule.update_time,
    }),
  );

export const recordRuleList = z.object({ rules: z.array(recordRule).nullish() }).transform(({ rules }) => rules ?? []);

export const recordCallback = z
  .object({ record_callback: z.object({ url: text, auth_key: text }).nullish() })
  .transform(({ record_callback: callback }): RecordCallback =>
    present({ url: callback?.url, authKey: callback?.auth_key }),
  );

export const individualStreamJob = z
  .object({
    job_id: id,
    job_unique_id: optionalId,
    app_id: optionalId,
    room_id: optionalId,
    user_id: optionalId,
    video_type: text,
    stream_name: text,
    state: text,
    stop_reason: text,
    create_time: time,
    start_time: time,
    stop_time: time,
  })
  .transform((job): IndividualStreamJob =>
    present({
      jobId: job.job_id,
      jobUniqueId: job.job_unique_id,
      appId: job.app_id,
      roomId: job.room_id,
      userId: job.user_id,
      videoType: job.video_type,
      streamName: job.stream_name,
      state: job.state || 'INIT',
      stopReason: job.stop_reason || undefined,
      createTime: job.create_time,
      startTime: job.start_time,
      stopTime: job.stop_time,
    }),
  );

const bucket = z
  .object({ bucket: z.string(), location: text, is_authorized: z.boolean().nullish() })
  .transform((answer): Bucket =>
    present({
      bucket: answer.bucket,
      location: answer.location,
      isAuthorized: answer.is_authorized ?? undefined,
    }),
  );

export const bucketList = z.object({ buckets: z.array(bucket).nullish() }).transform(({ buckets }) => buckets ?? []);
