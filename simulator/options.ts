import type { AppState } from './app.js';
import type { AccessKey } from './canonicalRequest.js';
import type { TimeSource } from './clock.js';
import type { MediaKind } from './media.js';
import type { DynamicFaults, Fault } from './faults.js';

/** Everything may be left out. "Simulated" times are divided by `timeScale`; the others are real. */
export interface SimulatorOptions {
  /** Default `127.0.0.1`. */
  host?: string;
  /** Default 0: any free port. */
  port?: number;
  /** Simulated seconds per real second; default 1. */
  timeScale?: number;
  /** Another clock than the machine's; only in process. */
  time?: TimeSource | undefined;
  /** The vendor's clocks minus this machine's; default 0. Signatures to OBS tolerate 15 minutes. */
  clockSkewMs?: number;

  /** The one IAM user; defaults `username`, `simulator-password`, `domainname`. */
  userName?: string;
  password?: string;
  domainName?: string;
  /** Simulated; default 24 hours. */
  tokenLifetimeMs?: number;
  /** A token dies after so many calls; default never. */
  tokenUses?: number;
  /** Permanent AK/SK pairs for OBS and for signed calls of SparkRTC; default none. IAM issues temporary ones. */
  accessKeys?: AccessKey[];

  /** Default `obsName` in cn-north-4, authorized. */
  buckets?: { name: string; location?: string; authorized?: boolean }[];
  /** Simulated; an object appears in listings only after so long; default 0. */
  listDelayMs?: number;
  /** Requests to OBS that get 307 `TemporaryRedirect`, as while DNS is being updated; default 0. */
  obsRedirects?: number;
  /** The only region that this OBS endpoint serves: a bucket elsewhere gets 301; default all. */
  obsRegion?: string | undefined;
  /** Wrong signatures until OBS locks a key for 5 minutes (`TooManyWrongSignature`); default never. Undocumented. */
  obsWrongSignatures?: number;

  /** Default 20, as published. */
  maxApps?: number;
  /** The state of new applications; default `ACTIVATION`. Any other one rejects rules, callbacks and jobs. */
  newAppState?: AppState;
  /** Whether an application has to be disabled before it can be deleted; default false. Undocumented. */
  deleteOnlyDisabled?: boolean;
  /** Open jobs of one application before `RTC.00001007`; default no limit. */
  maxJobs?: number;
  /** Enforces the published rates (real time); default false. */
  rateLimits?: boolean;
  /** The `Retry-After` of a 429; default none, as none is promised. */
  retryAfterSeconds?: number | undefined;
  /** Whether the user may call `rtc-ops`; default true. One with few permissions gets `RTC.00001021`. */
  mayAskForBuckets?: boolean;
  /**
   * The actions of the user's IAM policy, such as `rtc:app:list`: a call whose published action is missing gets
   * `RTC.00001021`. Default: all. Calls without a published action are always allowed.
   */
  allowedActions?: readonly string[] | undefined;
  /** What applications do by themselves; default `AUTO_RECORD_OFF`. Nothing is recorded because of it. */
  autoRecordMode?: 'AUTO_RECORD_OFF' | 'AUTO_INDIVIDUAL_RECORD';
  /** Rejects invalid tokens and signatures: `gateway`, 401 `APIGW.0301` (default), or `service`, `RTC.00001001`. */
  authRejectedBy?: 'gateway' | 'service';
  /** Simulated; how long new jobs still use the old rule after a change; default 5 minutes. */
  ruleDelayMs?: number;
  /** Simulated; how long a job cannot be stopped after its creation (`RTC.00001022`); default 200 ms. */
  initDelayMs?: number;
  /** Users publish during jobs, as the next four say; default true. `joinRoom`, `leaveRoom` override it. */
  autoPublish?: boolean;
  /** Simulated; when such a user comes, from the job's start; default 0. */
  publishDelayMs?: number;
  /** Simulated; how long such a user publishes each time; default 60 s. */
  publishDurationMs?: number;
  /** How often such a user publishes, each time in a new file; default once. */
  publishTimes?: number;
  /** Simulated; how long such a user is away in between; default 10 s. */
  publishPauseMs?: number;
  /**
   * Simulated; how long other people stay in the room of each job, so that it is not idle; default 0. `joinRoom`
   * brings single ones.
   */
  othersStayMs?: number;
  /** Simulated; jobs end with INTERNAL_ERROR after so long, the open file is lost; default never. */
  internalErrorAfterMs?: number;
  /** Jobs stay INIT until they are stopped; default false. */
  jobsNeverStart?: boolean;

  /** How `PUT record-callback` probes the URL; default `post-empty`. Undocumented. */
  probe?: 'post-empty' | 'post-json' | 'get' | 'head' | 'none';
  /** The status that a probe needs: any below 500 (`noFailure`, default), or 200. Undocumented. */
  probeWants?: 'noFailure' | '200';
  /** Real; the delays before a callback without a response 200 is sent again; default 1, 2 and 4 s. Undocumented. */
  callbackRetryDelaysMs?: number[];
  /** Real; the timeout of a callback's response; default 5 s. Undocumented. */
  callbackTimeoutMs?: number;
  /** Sends all events of a job at its end, in another order; default false. */
  shuffleCallbacks?: boolean;
  /** What the recorded files hold; default `good`: they can be played. */
  media?: MediaKind;
  faults?: Fault[];
  /** Faults that depend on the recording; only in process. */
  dynamicFaults?: DynamicFaults;

  /** The default `record_prefix`, with many folders (`Record/{publish_domain}/…`; default) or few (`{app_id}/…`). */
  rulePrefix?: 'seed' | 'sdk';
  /**
   * Whether a key begins with the rule's `object` even if `record_prefix` does too. Default `always`: the example of
   * "Configuring Recording Callback" in the user guide has `Record/Record/…`.
   */
  prependObject?: 'always' | 'once';
  /** The case of `{record_format}` in keys; default `lower`, as in the same example. */
  recordFormatCase?: 'lower' | 'upper';
  /** Every call needs `Content-Type: application/json`, GET and DELETE too, as documented; default true. */
  requireContentType?: boolean;
  /** `record_cycle` is mandatory, as in the newer API reference; default false, as in the seed. */
  requireRecordCycle?: boolean;
  /** A second rule of a location gets `RTC.00001019` instead of replacing the first; default false. */
  rejectExistingRule?: boolean;
  /** A rule's folder is stored as sent (default), or with `/` at its end and not at its beginning. Undocumented. */
  storedFolder?: 'asSent' | 'normalized';
  /** Whether jobs know `resolution` and `resolution_policy`; default true. Otherwise both are silently ignored. */
  knowsResolution?: boolean;
  /** Where `stream_name` is sent: in responses and events (default), in events only, or nowhere. */
  streamNameIn?: 'all' | 'events' | 'none';
  /** A second open job of the same room, user and video type gets `RTC.00001006`; default false. Undocumented. */
  rejectSecondJob?: boolean;
  /** The state of a job that waits for its first publisher; default `INIT`. Undocumented. */
  waitingState?: 'INIT' | 'RUNNING';
  /** The response to a job's creation lacks `state`, as in one published example; default false. */
  omitStateAtCreation?: boolean;
  /** The response to stopping a job that has ended: `RTC.00001009` (default) or 404. Both are documented. */
  stopOfFinishedJob?: 'jobDone' | 'notFound';
  /** How a time that is not set is sent: as `0001-01-01T00:00:00Z` (default), not at all, or as null. */
  unsetTimes?: 'zero' | 'absent' | 'null';
  /** Digits after the second in the times of jobs, rules and events; default 0, as in the seed. Others vary anyway. */
  fractionDigits?: number;
  /** Whether responses have `X-request-Id`; default true. */
  requestIds?: boolean;
  /** Whether responses have `Date`; default true. */
  dateHeader?: boolean;
  /** The optional fields of events: all but `detail_message` (default), without `file_size` too, or all. */
  eventFields?: 'usual' | 'fewest' | 'most';
  /** `obs_object` of events: the key (default), with `/` before it, percent-encoded, or both. Undocumented. */
  eventObject?: 'key' | 'slash' | 'encoded' | 'slashAndEncoded';
  /** Ids of digits only as JSON numbers, as in some examples; default false. `large`: of 20 digits, above 2^53. */
  numericIds?: boolean | 'large';
  /** The event at a job's end: the seed's name (default), the callback page's, or none, as in the SDK's list. */
  overEventType?: 'CLOUD_RECORD_OVER' | 'CLOUD_RECORD_SERVER_OVER' | 'none';
  /** `notify_event_subscription`: the seed's three values (default), the SDK's two, or a page's seven. */
  subscription?: 'seed' | 'sdk' | 'page';
  /** `X-Rtc-Timestamp`: Unix time of 10 (default) or 13 digits, ISO 8601 with or without punctuation. Undocumented. */
  timestampForm?: 'seconds' | 'milliseconds' | 'iso' | 'isoBasic';
  /** Whether `GET /v1/{project_id}/rtc/users` works (default), is rejected with 403, or is throttled. */
  usersList?: 'works' | 'rejected' | 'throttled';
  /** Simulated; how late the list is; default 0. Undocumented. */
  usersListDelayMs?: number;
  /** Whether `RTC_*` events are sent when a user joins or leaves a room; default false. Their form is a guess. */
  rtcEvents?: boolean;
  /** Overrides `s_{job_id}_{room_id}_{user_id}`. */
  streamName?: (job: { appId: string; jobId: string; roomId: string; userId: string }) => string;
}

/** The options with their defaults. */
export type Settings = ReturnType<typeof withDefaults>;

const MINUTE = 60_000;

export function withDefaults(options: SimulatorOptions) {
  const settings = {
    host: '127.0.0.1',
    port: 0,
    timeScale: 1,
    time: undefined,
    clockSkewMs: 0,
    userName: 'username',
    password: 'simulator-password',
    domainName: 'domainname',
    tokenLifetimeMs: 24 * 60 * MINUTE,
    tokenUses: Infinity,
    accessKeys: [],
    buckets: [{ name: 'obsName' }],
    listDelayMs: 0,
    obsRedirects: 0,
    obsRegion: undefined,
    obsWrongSignatures: Infinity,
    maxApps: 20,
    newAppState: 'ACTIVATION',
    deleteOnlyDisabled: false,
    maxJobs: Infinity,
    rateLimits: false,
    retryAfterSeconds: undefined,
    mayAskForBuckets: true,
    allowedActions: undefined,
    autoRecordMode: 'AUTO_RECORD_OFF',
    authRejectedBy: 'gateway',
    ruleDelayMs: 5 * MINUTE,
    initDelayMs: 200,
    autoPublish: true,
    publishDelayMs: 0,
    publishDurationMs: MINUTE,
    publishTimes: 1,
    publishPauseMs: 10_000,
    othersStayMs: 0,
    internalErrorAfterMs: Infinity,
    jobsNeverStart: false,
    probe: 'post-empty',
    probeWants: 'noFailure',
    callbackRetryDelaysMs: [1000, 2000, 4000],
    callbackTimeoutMs: 5000,
    shuffleCallbacks: false,
    media: 'good',
    faults: [],
    dynamicFaults: {},
    rulePrefix: 'seed',
    prependObject: 'always',
    recordFormatCase: 'lower',
    requireContentType: true,
    requireRecordCycle: false,
    rejectExistingRule: false,
    storedFolder: 'asSent',
    knowsResolution: true,
    streamNameIn: 'all',
    rejectSecondJob: false,
    waitingState: 'INIT',
    omitStateAtCreation: false,
    stopOfFinishedJob: 'jobDone',
    unsetTimes: 'zero',
    fractionDigits: 0,
    requestIds: true,
    dateHeader: true,
    eventFields: 'usual',
    eventObject: 'key',
    numericIds: false,
    overEventType: 'CLOUD_RECORD_OVER',
    subscription: 'seed',
    timestampForm: 'seconds',
    streamName: ({ jobId, roomId, userId }) => `s_${jobId}_${roomId}_${userId}`,
    usersList: 'works',
    usersListDelayMs: 0,
    rtcEvents: false,
    ...options,
  } satisfies SimulatorOptions;
  if (!(settings.timeScale > 0)) throw new RangeError(`timeScale must be above 0, not ${settings.timeScale}`);
  return settings as Required<SimulatorOptions>;
}
