import { z } from 'zod';
import { present, type Present } from '../contract/present.js';

/*
 * The responses of SparkRTC: what we use is checked and renamed to camelCase, the rest is let through unread. The API
 * reference (v2), its "Example 1" and the vendor's own SDK differ in places; both dialects are read.
 */

type CamelCase<S> = S extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<CamelCase<Tail>>}` : S;

/** `null` is the same as absent. */
type CamelCased<T> = Present<{
  [K in keyof T as CamelCase<K>]: null extends T[K] ? Exclude<T[K], null> | undefined : T[K];
}>;

function camelCased<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.object(shape).transform((body) => {
    const renamed = Object.entries(body).map(([name, value]) => [
      name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value ?? undefined,
    ]);
    return present(Object.fromEntries(renamed) as object) as CamelCased<typeof body>;
  });
}

/** Ids are typed as strings, but some examples show numbers. */
const id = z.union([z.string().min(1), z.number()]).transform(String);
const text = z.string().nullish();
const number = z.number().nullish();

/** A time that is not set is written as the zero of the vendor's programming language. */
const time = text.transform((value) => (value === '' || value?.startsWith('0001-01-01T00:00:00') ? undefined : value));

export const createdApp = camelCased({ app_id: id });

export const app = z
  .object({
    app_id: id,
    app_name: z.string(),
    /** ACTIVATION, DEACTIVATION, ARREARS or DELETED. */
    state: z.object({ state: text }).nullish(),
  })
  .transform(({ app_id: appId, app_name: appName, state }) =>
    present({ appId, appName, state: state?.state ?? undefined }),
  );

export const appList = camelCased({
  count: number,
  apps: z
    .array(app)
    .nullish()
    .transform((apps) => apps ?? []),
});

/** Of MP4 or HLS files. The vendor leaves fields out in some responses. */
const recordConfig = camelCased({
  /** Seconds after which a new file begins. */
  record_cycle: number,
  /** The template of the object's key, less its extension. */
  record_prefix: text,
  /** Seconds of one segment; of HLS only. */
  record_slice_duration: number,
  /** Seconds that a stream may be away and still go on in the same file. */
  record_max_duration_to_merge_file: number,
});

/** A recording template (the vendor's "record rule"): where and how recordings are stored. */
export const recordRule = camelCased({
  rule_id: id,
  /** `location` is the region's id; `object`, the folder, may be empty. */
  obs_addr: camelCased({ bucket: text, location: text, object: text, project_id: text }).nullish(),
  /** `MP4`, `HLS`. */
  record_formats: z.array(z.string()).nullish(),
  mp4_config: recordConfig.nullish(),
  hls_config: recordConfig.nullish(),
  create_time: time,
  update_time: time,
});

export const recordRuleList = z.object({ rules: z.array(recordRule).nullish() }).transform(({ rules }) => rules ?? []);

/** Where an application's recording events go. The key is a secret. */
export const recordCallback = z
  .object({ record_callback: camelCased({ url: text, auth_key: text }).nullish() })
  .transform(({ record_callback: callback }) => callback ?? {});

/** A single stream recording job. Times are as the vendor writes them, such as `2021-04-21T10:51:55Z`. */
export const individualStreamJob = camelCased({
  job_id: id,
  job_unique_id: id.nullish(),
  app_id: id.nullish(),
  room_id: id.nullish(),
  user_id: id.nullish(),
  /** CAMERASTREAM or SCREENSTREAM. */
  video_type: text,
  stream_name: text,
  /** INIT, RUNNING or STOPPED. */
  state: text.transform((state) => state || 'INIT'),
  /** TENANT_STOP, EXCEED_MAX_IDLE_TIME or INTERNAL_ERROR. */
  stop_reason: text.transform((reason) => reason || undefined),
  create_time: time,
  start_time: time,
  stop_time: time,
});

export const bucketList = z
  .object({
    buckets: z
      .array(camelCased({ bucket: z.string(), location: text, is_authorized: z.boolean().nullish() }))
      .nullish(),
  })
  .transform(({ buckets }) => buckets ?? []);

export type App = z.output<typeof app>;
export type RecordConfig = z.output<typeof recordConfig>;
export type RecordRule = z.output<typeof recordRule>;
export type RecordCallback = z.output<typeof recordCallback>;
export type IndividualStreamJob = z.output<typeof individualStreamJob>;
export type Bucket = z.output<typeof bucketList>[number];
