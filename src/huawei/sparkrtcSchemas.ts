import { z } from 'zod';
import { present, type Present } from '../contract/present.js';

/*
 * The responses of SparkRTC: the fields that we use are checked and renamed to camelCase, others are ignored. The API
 * reference (v2), its "Example 1" and the vendor's SDK differ in places; each of them is accepted.
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
/** Go writes an unset text as an empty one. */
const text = z
  .string()
  .nullish()
  .transform((value) => value || undefined);
const optionalId = z
  .literal('')
  .transform(() => undefined)
  .or(id)
  .nullish();
const number = z.number().nullish();

/** The vendor sends a time that is not set as Go's zero time. */
const time = text.transform((value) => (value?.startsWith('0001-01-01T00:00:00') ? undefined : value));

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

/** `AUTO_RECORD_OFF`, or `AUTO_INDIVIDUAL_RECORD`: every stream of the application is recorded. */
export const autoRecordMode = camelCased({ mode: text });

const listOf = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);

export const appList = camelCased({ count: number, apps: listOf(app) });

/** Of MP4 or HLS files. The vendor leaves fields out in some responses. */
const recordConfig = camelCased({
  /** Seconds until a new file begins. */
  record_cycle: number,
  /** The template of the object's key, without its extension. */
  record_prefix: text,
  /** Seconds of one segment; HLS only. */
  record_slice_duration: number,
  /** Seconds within which a stream that comes back continues the same file. */
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

export const recordRuleList = z.object({ rules: listOf(recordRule) }).transform(({ rules }) => rules);

/** Where an application's recording events are sent. The key is a secret. */
export const recordCallback = z
  .object({
    record_callback: camelCased({
      url: text,
      auth_key: text,
      /** The types of the events that are sent; it can be read only. */
      notify_event_subscription: z.array(z.string()).nullish(),
    }).nullish(),
  })
  .transform(({ record_callback: callback }) => callback ?? {});

/** A single stream recording job. Times as the vendor sends them, such as `2021-04-21T10:51:55Z`. */
export const individualStreamJob = camelCased({
  job_id: id,
  job_unique_id: optionalId,
  app_id: optionalId,
  room_id: optionalId,
  user_id: optionalId,
  /** CAMERASTREAM or SCREENSTREAM. */
  video_type: text,
  stream_name: text,
  /** Of the older dialect; a service that ignores it does not repeat it. */
  resolution: text,
  /** INIT, RUNNING or STOPPED. */
  state: text.transform((state) => state ?? 'INIT'),
  /** TENANT_STOP, EXCEED_MAX_IDLE_TIME or INTERNAL_ERROR. */
  stop_reason: text,
  create_time: time,
  start_time: time,
  stop_time: time,
});

const bucket = camelCased({ bucket: z.string(), location: text, is_authorized: z.boolean().nullish() });

export const bucketList = z.object({ buckets: listOf(bucket) }).transform(({ buckets }) => buckets);

/** Who is, or was, in a room: nothing else of this response, which has personal data, is kept. */
const user = camelCased({ room_id: id, uid: id, state: text });

export const userList = z.object({ users: listOf(user) }).transform(({ users }) => users);

export type App = z.output<typeof app>;
export type RecordConfig = z.output<typeof recordConfig>;
export type RecordRule = z.output<typeof recordRule>;
export type RecordCallback = z.output<typeof recordCallback>;
export type IndividualStreamJob = z.output<typeof individualStreamJob>;
export type User = z.output<typeof user>;
export type Bucket = z.output<typeof bucket>;
