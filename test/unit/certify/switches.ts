import fc from 'fast-check';
import type { SimulatorOptions } from '../../../simulator/options.js';
import type { Report } from '../../../src/certify/report.js';
import { BASE } from './certifiedSimulator.js';

const flag = [false, true];
const ROOM_FIRST = 'rec-{room_id}-{user_id}-{job_id}-{app_id}';

/** Every switch that certify identifies, with all its values or some of its numbers. */
export const SWITCHES: Record<string, readonly unknown[]> = {
  clockSkewMs: [0, 600_000, -7_200_000],
  dateHeader: flag,
  requestIds: flag,
  authRejectedBy: ['gateway', 'service'],
  requireContentType: flag,
  mayAskForBuckets: flag,
  usersList: ['works', 'rejected'],
  // The other states end a run early.
  newAppState: ['ACTIVATION'],
  deleteOnlyDisabled: flag,
  autoRecordMode: ['AUTO_RECORD_OFF', 'AUTO_INDIVIDUAL_RECORD'],
  requireRecordCycle: flag,
  rejectExistingRule: flag,
  storedFolder: ['asSent', 'normalized'],
  rulePrefix: ['seed', 'sdk'],
  probe: ['post-empty', 'post-json', 'get', 'head', 'none'],
  probeWants: ['noFailure', '200'],
  subscription: ['seed', 'sdk', 'page'],
  numericIds: [false, true, 'large'],
  unsetTimes: ['zero', 'absent', 'null'],
  fractionDigits: [0, 3, 9],
  knowsResolution: flag,
  omitStateAtCreation: flag,
  rejectSecondJob: flag,
  waitingState: ['INIT', 'RUNNING'],
  initDelayMs: [2_000, 4_000],
  stopOfFinishedJob: ['jobDone', 'notFound'],
  streamNameIn: ['all', 'events', 'none'],
  streamName: ['s_{job_id}_{room_id}_{user_id}', ROOM_FIRST],
  overEventType: ['CLOUD_RECORD_OVER', 'CLOUD_RECORD_SERVER_OVER', 'none'],
  timestampForm: ['seconds', 'milliseconds', 'iso', 'isoBasic'],
  callbackTimeoutMs: [250, 750],
  callbackRetryDelaysMs: [[60, 120], [], [250]],
  shuffleCallbacks: flag,
  eventFields: ['usual', 'fewest', 'most'],
  eventObject: ['key', 'slash', 'encoded', 'slashAndEncoded'],
  prependObject: ['always', 'once'],
  recordFormatCase: ['lower', 'upper'],
};

/** Flags that are usually set. */
const USUAL_SECOND = new Set([
  'dateHeader',
  'requestIds',
  'requireContentType',
  'mayAskForBuckets',
  'knowsResolution',
]);

export type Positions = Record<string, unknown>;

/** Each switch by itself in each other position than its usual one. */
export const SINGLE: Positions[] = Object.entries(SWITCHES).flatMap(([name, values]) =>
  values.filter((value) => JSON.stringify(value) !== JSON.stringify(usual(name))).map((value) => ({ [name]: value })),
);

/** All switches in random positions. */
export const RANDOM: Positions[] = fc.sample(
  fc.record(Object.fromEntries(Object.entries(SWITCHES).map(([name, values]) => [name, fc.constantFrom(...values)]))),
  { numRuns: 50, seed: 20261129 },
);

/** As the simulator takes them: a stream's name is a function there. */
export function optionsOf(positions: Positions): SimulatorOptions {
  const { streamName, ...options } = positions;
  if (streamName !== ROOM_FIRST) return options;
  return {
    ...options,
    streamName: ({ appId, jobId, roomId, userId }) => `rec-${roomId}-${userId}-${jobId}-${appId}`,
  };
}

/** What a run with a publisher has to find, by the switches' positions. */
export function expectedOf(positions: Positions): Positions {
  const names = Object.keys(SWITCHES);
  const all = Object.fromEntries(names.map((name) => [name, positions[name] ?? usual(name)]));
  const moot = [
    ...(all['dateHeader'] === false ? ['clockSkewMs'] : []),
    ...(all['probe'] === 'none' ? ['probeWants'] : []),
    ...(all['streamNameIn'] === 'none' ? ['streamName'] : []),
    // Only a publisher's events have the name, which might contain more than ids.
    ...(all['streamNameIn'] === 'events' && all['overEventType'] === 'none' && all['streamName'] === ROOM_FIRST
      ? ['streamName']
      : []),
  ];
  return Object.fromEntries(names.filter((name) => !moot.includes(name)).map((name) => [name, all[name]]));
}

/** Where the findings differ from what was to be found. */
export function differences(
  { settled }: Report,
  expected: Positions,
  names = [...new Set([...settled.map(({ option }) => option), ...Object.keys(expected)])],
): string[] {
  const found = Object.fromEntries(settled.map(({ option, value }) => [option, value]));
  return names
    .filter((name) => JSON.stringify(found[name]) !== JSON.stringify(expected[name]))
    .map((name) => `${name}: ${JSON.stringify(found[name])} instead of ${JSON.stringify(expected[name])}`);
}

function usual(name: string): unknown {
  return (BASE as Positions)[name] ?? SWITCHES[name]?.[USUAL_SECOND.has(name) ? 1 : 0];
}
