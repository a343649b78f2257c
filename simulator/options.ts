import type { AccessKey } from './canonicalRequest.js';
import type { Fate, Fault } from './faults.js';

/** Everything may be left out. "Simulated" times are divided by `timeScale`; the others are real. */
export interface SimulatorOptions {
  /** Default `127.0.0.1`. */
  host?: string;
  /** Default 0: any free port. */
  port?: number;
  /** Simulated seconds per real second; default 1. */
  timeScale?: number;
  /** How far the vendor's clocks are ahead of this machine's (negative: behind); default 0. Signatures to OBS tolerate 15 minutes, as the real ones do. */
  clockSkewMs?: number;

  /** The one IAM user; defaults `username`, `simulator-password`, `domainname`. */
  userName?: string;
  password?: string;
  domainName?: string;
  /** Simulated; default 24 hours. */
  tokenLifetimeMs?: number;
  /** A token dies after so many calls; default never. */
  tokenUses?: number;
  /** Permanent AK/SK pairs, for OBS and for signed calls of SparkRTC; default none. Temporary ones are issued by IAM. */
  accessKeys?: AccessKey[];

  /** Default `obsName` in cn-north-4, authorised. */
  buckets?: { name: string; location?: string; authorized?: boolean }[];
  /** Simulated; an object appears in listings only after so long; default 0. */
  listDelayMs?: number;

  /** Default 20, as published. */
  maxApps?: number;
  /** Open jobs of one application before `RTC.00001007`; default no limit. */
  maxJobs?: number;
  /** Enforces the published rates (real time); default false. */
  rateLimits?: boolean;
  /** The `Retry-After` of a 429; default none, as none is promised. */
  retryAfterSeconds?: number | undefined;
  /** Whether the user may call `rtc-ops`; default true. One with few rights gets `RTC.00001021`. */
  mayAskForBuckets?: boolean;
  /** Who refuses a bad token or signature: the gateway by 401 `APIGW.0301` (default), or SparkRTC itself by 400 `RTC.00001001`. */
  authRefusedBy?: 'gateway' | 'service';
  /** Simulated; how long new jobs still use the old rule after a change; default 5 minutes. */
  ruleDelayMs?: number;
  /** Simulated; how long a job cannot be stopped after its creation (`RTC.00001022`); default 200 ms. */
  initDelayMs?: number;
  /** Every user publishes from the start of a job; default true. `joinRoom` and `leaveRoom` override it. */
  autoPublish?: boolean;
  /** Simulated; how long such a user publishes; default 60 s. */
  publishDurationMs?: number;
  /** Simulated; jobs end with INTERNAL_ERROR after so long, the open file is lost; default never. */
  internalErrorAfterMs?: number;
  /** Jobs stay INIT until they are stopped; default false. */
  jobsNeverStart?: boolean;

  /** How `PUT record-callback` tries the URL; default `post-empty`. Undocumented. */
  probe?: 'post-empty' | 'post-json' | 'get' | 'head' | 'none';
  /** What it takes for an answer: anything but a failure of the server (`noFailure`, default), or 200 alone. Undocumented. */
  probeWants?: 'noFailure' | '200';
  /** Real; the pauses before a callback that was not answered 200 is sent again; default 1, 2 and 4 s. Undocumented. */
  callbackRetryDelaysMs?: number[];
  /** Real; how long the answer to a callback is waited for; default 5 s. Undocumented. */
  callbackTimeoutMs?: number;
  /** Holds back a job's events to its end, then sends them in another order; default false. */
  shuffleCallbacks?: boolean;
  faults?: Fault[];
  /** Misbehaviour that depends on the recording; only in process. */
  fate?: Fate;

  /** The default `record_prefix`: that of the seed (`Record/{publish_domain}/…`, default) or of the newer SDK (`{app_id}/{record_format}/…`). */
  rulePrefix?: 'seed' | 'sdk';
  /**
   * Whether a key begins with the rule's `object` even where `record_prefix` begins with it too. Default `always`: the example of
   * "Configuring Recording Callback" in the user guide has `Record/Record/…`.
   */
  prependObject?: 'always' | 'once';
  /** How `{record_format}` is written in keys; default `lower`, as in the same example (`…/continuous_record/hls/…`). */
  recordFormatCase?: 'lower' | 'upper';
  /** A second open job of the same room, user and video type gets `RTC.00001006`; default false. Undocumented. */
  refuseSecondJob?: boolean;
  /** The state of a job that waits for its first publisher; default `INIT`. Undocumented. */
  waitingState?: 'INIT' | 'RUNNING';
  /** The answer to a job's creation lacks `state`, as in one published example; default false. */
  omitStateAtCreation?: boolean;
  /** The answer to the stop of a job that is over: `RTC.00001009` (default) or 404. Both are documented. */
  stopOfFinishedJob?: 'jobDone' | 'notFound';
  /** How a time that has not come is written: `0001-01-01T00:00:00Z` (default), not at all, or as null. */
  unsetTimes?: 'zero' | 'absent' | 'null';
  /** Digits after the second in the times of jobs, rules and events; default 0, as in the seed. Elsewhere they vary by themselves. */
  fractionDigits?: number;
  /** Whether answers carry `X-request-Id`; default true. */
  requestIds?: boolean;
  /** Which of the optional fields an event has: `usual` (default) all but `detail_message`, `fewest` no `file_size` either, `most` all. */
  eventFields?: 'usual' | 'fewest' | 'most';
  /** Ids of digits only, written as JSON numbers, as in some published examples; default false. */
  numericIds?: boolean;
  /** The event at a job's end: the seed's name (default) or the callback page's. */
  overEventType?: 'CLOUD_RECORD_OVER' | 'CLOUD_RECORD_SERVER_OVER';
  /** The unit of `X-Rtc-Timestamp`; default seconds. Undocumented. */
  timestampUnit?: 'seconds' | 'milliseconds';
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
    clockSkewMs: 0,
    userName: 'username',
    password: 'simulator-password',
    domainName: 'domainname',
    tokenLifetimeMs: 24 * 60 * MINUTE,
    tokenUses: Infinity,
    accessKeys: [],
    buckets: [{ name: 'obsName' }],
    listDelayMs: 0,
    maxApps: 20,
    maxJobs: Infinity,
    rateLimits: false,
    retryAfterSeconds: undefined,
    mayAskForBuckets: true,
    authRefusedBy: 'gateway',
    ruleDelayMs: 5 * MINUTE,
    initDelayMs: 200,
    autoPublish: true,
    publishDurationMs: MINUTE,
    internalErrorAfterMs: Infinity,
    jobsNeverStart: false,
    probe: 'post-empty',
    probeWants: 'noFailure',
    callbackRetryDelaysMs: [1000, 2000, 4000],
    callbackTimeoutMs: 5000,
    shuffleCallbacks: false,
    faults: [],
    fate: {},
    rulePrefix: 'seed',
    prependObject: 'always',
    recordFormatCase: 'lower',
    refuseSecondJob: false,
    waitingState: 'INIT',
    omitStateAtCreation: false,
    stopOfFinishedJob: 'jobDone',
    unsetTimes: 'zero',
    fractionDigits: 0,
    requestIds: true,
    eventFields: 'usual',
    numericIds: false,
    overEventType: 'CLOUD_RECORD_OVER',
    timestampUnit: 'seconds',
    streamName: ({ jobId, roomId, userId }) => `s_${jobId}_${roomId}_${userId}`,
    ...options,
  } satisfies SimulatorOptions;
  if (!(settings.timeScale > 0)) throw new RangeError(`timeScale must be above 0, not ${settings.timeScale}`);
  return settings as Required<SimulatorOptions>;
}
