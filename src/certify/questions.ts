import { isForbidden, succeeded, type Exchange } from './caller.js';
import type { Received } from './listener.js';
import type { Observations } from './observations.js';

/** The question does not arise: nothing depends on it. */
export const MOOT = Symbol('moot');

export type Needs = 'event' | 'file';

/** `settle` returns undefined if it is not settled; `needs` is what perhaps only a publisher causes. */
type Question = [
  option: string,
  question: string,
  settle: (seen: Observations, ok: Observations['steps']) => unknown,
  needs?: Needs,
];

/** The published actions of IAM policies, by call. Source: API reference, "Permissions and Supported Actions". */
const ACTIONS: Record<string, string> = {
  'POST /v2/apps': 'rtc:app:create',
  'GET /v2/apps': 'rtc:app:list',
  'GET /v2/apps/{app_id}': 'rtc:app:get',
  'DELETE /v2/apps/{app_id}': 'rtc:app:delete',
  'POST /v2/apps/{app_id}/disable': 'rtc:app:disable',
  'POST /v2/apps/{app_id}/record-rules': 'rtc:recordRule:save',
  'GET /v2/apps/{app_id}/record-rules': 'rtc:recordRule:list',
  'PUT /v2/apps/{app_id}/record-rules/{rule_id}': 'rtc:recordRule:update',
  'DELETE /v2/apps/{app_id}/record-rules/{rule_id}': 'rtc:recordRule:delete',
};

const MINUTE = 60_000;
const FILE_STARTED = 'RECORD_NEW_FILE_START';
const FILE_COMPLETE = 'RECORD_FILE_COMPLETE';
const END_EVENTS = ['CLOUD_RECORD_OVER', 'CLOUD_RECORD_SERVER_OVER'];
const DOCUMENTED_STREAM = 's_{job_id}_{room_id}_{user_id}';

/** A bad, contradictory or missing parameter. */
export const isParameterError = (exchange: Exchange): boolean =>
  exchange.status === 400 && /^RTC\.0000100[345]$/.test(exchange.errorCode ?? '');

/** The value where the call succeeded, or where it was rejected with this code; else not settled. */
function either<T>(exchange: Exchange | undefined, success: T, code: string, rejected: T): T | undefined {
  if (succeeded(exchange)) return success;
  return exchange?.errorCode === code ? rejected : undefined;
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

const oneOf = (values: readonly string[], value: unknown) => values.find((one) => one === value);

const typesOf = (events: readonly Received[]) => events.map(({ event }) => event?.['event_type']);

const isOf = (jobId: string | undefined, event: Received['event']) => String(event?.['job_id']) === jobId;

/** The event of the first complete file. */
const fileOf = ({ events }: Observations) =>
  events.find(({ event }) => event?.['event_type'] === FILE_COMPLETE)?.event;

/** Its key, as the bucket has it. */
function keyOf(seen: Observations): string | undefined {
  const object = fileOf(seen)?.['obs_object'];
  if (typeof object !== 'string') return undefined;
  return object.replace(/%2f/gi, '/').replace(/^\//, '');
}

/** Two significant digits: more would be noise. */
const rounded = (ms: number): number => Number(Math.max(0, ms).toPrecision(2));

/** Each value with the form that shows it. */
type Forms = Record<string, RegExp>;

const TIMESTAMPS: Forms = {
  seconds: /^\d{10}$/,
  milliseconds: /^\d{13}$/,
  iso: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
  isoBasic: /^\d{8}T\d{6}Z$/,
};
const PREFIXES: Forms = { seed: /^Record\//, sdk: /^\{app_id\}\// };
const UNSET_TIMES: Forms = { zero: /^0001-/, absent: /^absent$/, null: /^null$/ };
const OBJECTS: Forms = { slashAndEncoded: /^\/.*%2f/i, encoded: /%2f/i, slash: /^\//, key: /^/ };
const CASES: Forms = { lower: /(^|\/)mp4\//, upper: /(^|\/)MP4\// };

const formOf = (forms: Forms, value: unknown) =>
  typeof value === 'string' ? Object.keys(forms).find((name) => forms[name]?.test(value)) : undefined;

function clockSkew(_: Observations, { createApp }: Observations['steps']): unknown {
  if (!createApp) return undefined;
  const date = Date.parse(String(createApp.headers['date']));
  if (Number.isNaN(date)) return MOOT;
  return Math.round((date - (createApp.sentAt + createApp.receivedAt) / 2) / MINUTE) * MINUTE || 0;
}

function allowedActions({ exchanges, steps }: Observations): unknown {
  if (!steps.createApp) return undefined;
  const rejected = exchanges.filter(isForbidden).map(({ call }) => ACTIONS[call]);
  return rejected.some(Boolean) ? Object.values(ACTIONS).filter((action) => !rejected.includes(action)) : MOOT;
}

function probeOf({ probes: [first], events }: Observations, { callback }: Observations['steps']): string | undefined {
  // Where no event arrives either, the probe may have gone elsewhere.
  if (!first) return callback && events.length > 0 ? 'none' : undefined;
  if (first.method === 'POST') return first.body === '' ? 'post-empty' : 'post-json';
  return oneOf(['get', 'head'], first.method.toLowerCase());
}

const isNamed = ({ event }: Received) => event?.['stream_name'] !== undefined;

/** The first name of a stream, with the ids that we know as variables. */
function streamTemplate({ steps, events, appId, emptyJobs, publisherJob }: Observations): string | undefined {
  const templates = [steps.job?.body ?? {}, ...events.map(({ event }) => event ?? {})].flatMap((source) => {
    const { job_id: id, stream_name: streamName } = source;
    const job = [...emptyJobs, ...(publisherJob ? [publisherJob] : [])].find(({ jobId }) => jobId === String(id));
    if (!job || typeof streamName !== 'string') return [];
    const known = { job_id: job.jobId, room_id: job.roomId, user_id: job.userId, app_id: appId };
    const template = Object.entries(known).reduce(
      (name, [variable, value]) => (value ? name.replace(value, `{${variable}}`) : name),
      streamName,
    );
    // Another form may contain what we do not know of the publisher.
    return job === publisherJob && template !== DOCUMENTED_STREAM ? [] : [template];
  });
  return templates[0];
}

/** What no one documents, or what the vendor's papers say in different ways; in the order of docs/reliability.md. */
const QUESTIONS: readonly Question[] = [
  ['clockSkewMs', "How far is the vendor's clock from ours, in whole minutes?", clockSkew],
  ['dateHeader', 'Do responses have Date?', (_, { createApp }) => createApp && 'date' in createApp.headers],
  [
    'requestIds',
    'Do responses have X-request-Id?',
    (_, { createApp }) => createApp && 'x-request-id' in createApp.headers,
  ],
  [
    'authRejectedBy',
    'Who rejects a wrong token?',
    ({ steps: { wrongToken: made } }) =>
      made?.status === 401 ? 'gateway' : either(made, undefined, 'RTC.00001001', 'service'),
  ],
  [
    'requireContentType',
    'Does a GET need Content-Type?',
    ({ steps: { withoutType: made } }) => (made && !isForbidden(made) ? !succeeded(made) : undefined),
  ],
  ['allowedActions', 'Which published actions may the user take?', allowedActions],
  [
    'mayAskForBuckets',
    'May the user list buckets?',
    ({ steps: { buckets } }, ok) => (buckets && isForbidden(buckets) ? false : ok.buckets && true),
  ],
  [
    'usersList',
    'May the user, with the credentials given, list who is in a room?',
    ({ steps: { users } }, ok) =>
      users && (ok.users ? 'works' : users.status === 429 ? 'throttled' : users.status < 500 ? 'rejected' : undefined),
  ],
  [
    'newAppState',
    'What is the state of a new application?',
    (_, { showApp }) => oneOf(['ACTIVATION', 'DEACTIVATION', 'ARREARS'], fieldOf(showApp?.body['state'], 'state')),
  ],
  [
    'deleteOnlyDisabled',
    'Has an application to be disabled before its deletion?',
    (_, { deleteApp, deleteDisabledApp }) => (deleteApp ? false : deleteDisabledApp && true),
  ],
  [
    'autoRecordMode',
    'Does a new application record by itself?',
    (_, { autoRecord }) => oneOf(['AUTO_RECORD_OFF', 'AUTO_INDIVIDUAL_RECORD'], autoRecord?.body['mode']),
  ],
  [
    'requireRecordCycle',
    'Is record_cycle mandatory?',
    ({ steps: { emptyRule } }, { rule }) => rule && emptyRule && isParameterError(emptyRule),
  ],
  [
    'rejectExistingRule',
    'Is a second template of a location rejected?',
    ({ steps: { secondRule } }) => either(secondRule, false, 'RTC.00001019', true),
  ],
  [
    'storedFolder',
    'Is the folder stored as it was sent?',
    ({ folder }, { rule }) => {
      const stored = fieldOf(rule?.body['obs_addr'], 'object');
      return stored === folder ? 'asSent' : stored === `${folder}/` ? 'normalized' : undefined;
    },
  ],
  [
    'rulePrefix',
    'Which record_prefix is the default?',
    (_, { rule }) => formOf(PREFIXES, fieldOf(rule?.body['mp4_config'], 'record_prefix')),
  ],
  ['probe', 'How is the callback URL probed?', probeOf, 'event'],
  [
    'probeWants',
    'Which response does the probe need?',
    (seen, ok) => {
      if (seen.probes.length === 0) return probeOf(seen, ok) && MOOT;
      const wants = either(seen.steps.callbackProbe404, 'noFailure', 'RTC.00001018', '200');
      return ok.callback && wants;
    },
    'event',
  ],
  [
    'subscription',
    'Which events are subscribed?',
    (_, { showCallback }) => {
      const types = fieldOf(showCallback?.body['record_callback'], 'notify_event_subscription');
      if (!Array.isArray(types)) return undefined;
      if (types.some((type) => String(type).startsWith('RTC_'))) return 'page';
      return types.some((type) => END_EVENTS.includes(String(type))) ? 'seed' : 'sdk';
    },
  ],
  [
    'numericIds',
    'Are ids JSON numbers?',
    (_, { createApp }) => {
      const [, id] = /"app_id"\s*:\s*("|\d+)/.exec(createApp?.text ?? '') ?? [];
      return id && (id === '"' ? false : Number.isSafeInteger(Number(id)) ? true : 'large');
    },
  ],
  [
    'unsetTimes',
    'How is a time that is not set written?',
    (_, { job }) => job && formOf(UNSET_TIMES, 'stop_time' in job.body ? String(job.body['stop_time']) : 'absent'),
  ],
  [
    'fractionDigits',
    'How many digits follow the second?',
    (_, { job }) => /:\d\d(?:\.(\d+))?Z$/.exec(String(job?.body['create_time']))?.map((part = '') => part.length)[1],
  ],
  ['knowsResolution', 'Does a job know resolution?', (_, { job }) => job && 'resolution' in job.body],
  [
    'omitStateAtCreation',
    "Does the response to a job's creation lack state?",
    (_, { job }) => job && !job.body['state'],
  ],
  [
    'rejectSecondJob',
    'Is a second job of the same stream rejected?',
    ({ steps: { secondJob } }) => either(secondJob, false, 'RTC.00001006', true),
  ],
  [
    'waitingState',
    'What is the state of a job that waits for its publisher?',
    ({ waitingStates, events, emptyJobs }) => {
      const files = events.filter(({ event }) => event?.['event_type'] === FILE_STARTED);
      if (files.some(({ event }) => emptyJobs.some(({ jobId }) => isOf(jobId, event)))) return undefined;
      return ['RUNNING', 'INIT'].find((state) => waitingStates.includes(state));
    },
  ],
  ['initDelayMs', 'After how long can a new job be stopped?', ({ initDelayMs: ms }) => ms && rounded(ms)],
  [
    'stopOfFinishedJob',
    'How is the stop of an ended job rejected?',
    ({ steps: { stopOfEnded: made } }) =>
      made?.status === 404 ? 'notFound' : either(made, undefined, 'RTC.00001009', 'jobDone'),
  ],
  [
    'streamNameIn',
    'Where is stream_name?',
    ({ events }, { job }) => {
      if (!job || events.length === 0) return job?.body['stream_name'] && 'all';
      return job.body['stream_name'] ? 'all' : events.some(isNamed) ? 'events' : 'none';
    },
    'event',
  ],
  [
    'streamName',
    'What is the form of stream_name?',
    (seen) => streamTemplate(seen) ?? (seen.events.length > 0 && !seen.events.some(isNamed) ? MOOT : undefined),
    'event',
  ],
  [
    'overEventType',
    'Which event comes at the end of a job?',
    ({ events, probes, waitedForEvents }) => {
      const types = typesOf(events);
      // Without any request from the vendor, events may be lost.
      const hasNone = waitedForEvents && events.length + probes.length > 0;
      return END_EVENTS.find((type) => types.includes(type)) ?? (hasNone ? 'none' : undefined);
    },
    'event',
  ],
  [
    'timestampForm',
    'What is the form of X-Rtc-Timestamp?',
    ({ events: [first] }) => formOf(TIMESTAMPS, first?.headers['x-rtc-timestamp']),
    'event',
  ],
  [
    'callbackTimeoutMs',
    'How long does a callback wait for its response?',
    ({ repetitions: [first] }) => (first?.abandoned ? rounded((first.endedAt ?? first.at) - first.at) : undefined),
    'event',
  ],
  [
    'callbackRetryDelaysMs',
    'After which pauses is a callback repeated?',
    ({ repetitions: [first, ...others], waitedForEvents }) => {
      if (!first || !waitedForEvents) return undefined;
      return others.map(({ at }, i) => rounded(at - ((others[i - 1] ?? first).endedAt ?? at)));
    },
    'event',
  ],
  [
    'shuffleCallbacks',
    'Do events come in another order?',
    ({ events, publisherJob }) => {
      const types = typesOf(events.filter(({ event }) => isOf(publisherJob?.jobId, event)));
      const [start, complete] = [types.indexOf(FILE_STARTED), types.indexOf(FILE_COMPLETE)];
      return start < 0 || complete < 0 ? undefined : complete < start;
    },
    'file',
  ],
  [
    'eventFields',
    'Which optional fields do events have?',
    (seen) => {
      if (seen.events.some(({ event }) => event?.['detail_message'] !== undefined)) return 'most';
      const file = fileOf(seen);
      return file && (file['file_size'] === undefined ? 'fewest' : 'usual');
    },
    'file',
  ],
  ['eventObject', 'How is obs_object written?', (seen) => formOf(OBJECTS, fileOf(seen)?.['obs_object']), 'file'],
  [
    'prependObject',
    'Is the folder in the key once more if record_prefix begins with it?',
    (seen, { prefixRule }) => {
      const { folder } = seen;
      return prefixRule && keyOf(seen) && (keyOf(seen)?.startsWith(`${folder}/${folder}/`) ? 'always' : 'once');
    },
    'file',
  ],
  ['recordFormatCase', 'What is the case of {record_format}?', (seen) => formOf(CASES, keyOf(seen)), 'file'],
];

/** Each question with its value. */
export function settleAll(seen: Observations) {
  const ok = Object.fromEntries(Object.entries(seen.steps).filter(([, exchange]) => succeeded(exchange)));
  return QUESTIONS.map(([option, question, settle, needs]) => ({ option, question, needs, value: settle(seen, ok) }));
}
