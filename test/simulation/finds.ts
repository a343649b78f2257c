import type { Plan } from './plan.js';

/** Plans that once broke a promise, shrunk; each is played again in every run. */
export const FINDS: { what: string; plan: Plan }[] = [
  {
    what: 'a file event without a job id came before the start was acknowledged, and was lost',
    plan: basePlan({ callbacks: [{ nth: 1, effect: 'withoutJobId' }] }),
  },
  {
    what: 'a late job of an earlier start appeared while the next start was retried, which created a second one',
    plan: basePlan({
      input: { ...basePlan({}).input, maxDuration: 600_000, maxIdleTime: 60 },
      publisher: [{ after: 0, staysFor: 300_000 }],
      faults: [{ activity: 'startIndividualStreamJob', nth: 0, kind: 'lateJob' }],
      outages: [{ at: 25_000, lasts: 60_000 }],
    }),
  },
  {
    what: 'the poll after a stop returned the reason of the end, and the result did not have it',
    plan: basePlan({
      input: { ...basePlan({}).input, maxDuration: 9_044, settleTimeout: 0 },
      publisher: [{ after: 0, staysFor: 5_617 }],
      internalErrorAfter: [10_617],
      faults: [{ activity: 'stopIndividualStreamJob', nth: 0, kind: 'notInitialised' }],
      outages: [{ at: 12_201, lasts: 276_765 }],
    }),
  },
  {
    what: 'an event named a late job while a recording that was stopped without a job was completing',
    plan: basePlan({
      seed: 2_136,
      input: { ...basePlan({}).input, maxDuration: 600_000, maxIdleTime: 60 },
      publisher: [{ after: 0, staysFor: 300_000 }],
      faults: [{ activity: 'startIndividualStreamJob', nth: 0, kind: 'lateJob' }],
      acts: [{ at: 12_656, does: 'stop' }],
      evictions: 'all',
    }),
  },
  {
    what: 'the stop of a second job had no effect, and no one checked',
    plan: basePlan({
      input: { ...basePlan({}).input, maxDuration: 600_000, maxIdleTime: 60, settleTimeout: 5_000 },
      publisher: [{ after: 0, staysFor: 300_000 }],
      faults: [
        { activity: 'startIndividualStreamJob', nth: 0, kind: 'lateJob' },
        { activity: 'stopIndividualStreamJob', nth: 0, kind: 'withoutEffect' },
      ],
    }),
  },
  {
    what: 'the stop of a cancelled recording had no effect, and no one checked',
    plan: basePlan({
      input: { ...basePlan({}).input, maxDuration: 60_000 },
      faults: [{ activity: 'stopIndividualStreamJob', nth: 0, kind: 'withoutEffect' }],
      acts: [{ at: 1_468, does: 'cancel' }],
    }),
  },
  {
    what: 'the first listing hung, and with it the poll for the reason of the end',
    plan: basePlan({
      internalErrorAfter: [95],
      faults: [{ activity: 'listRecordingFiles', nth: 0, kind: 'hung' }],
      callbacks: [{ nth: 0, effect: 'lost' }],
    }),
  },
  {
    what: 'a job could not be looked up for a quarter of an hour, and was given up',
    plan: basePlan({
      seed: 1,
      input: { ...basePlan({}).input, maxDuration: 3_600_000, maxIdleTime: 60 },
      publisher: [{ after: 0, staysFor: 300_000 }],
      faults: [{ activity: 'startIndividualStreamJob', nth: 0, kind: 'lostWithJob' }],
      outages: [{ at: 1_000, lasts: 1_001_000 }],
    }),
  },
  {
    what: 'a file began in the task that showed that none was open, and the wait for absence had no beginning',
    plan: basePlan({
      seed: 24,
      input: { ...basePlan({}).input, stopAfterAbsence: 1_000 },
      publisher: [{ after: 1_090, staysFor: 0 }],
      others: [{ after: 0, staysFor: 60_000 }],
      outages: [{ at: 1_233, lasts: 357 }],
    }),
  },
];

function basePlan(changes: Partial<Plan>): Plan {
  return {
    seed: 0,
    input: {
      waitForParticipant: false,
      stopAfterAbsence: undefined,
      maxDuration: 1_000,
      reconcileInterval: 5_000,
      settleTimeout: 300_000,
      maxIdleTime: 5,
    },
    participantJoinsAt: undefined,
    remembered: 0,
    publisher: [{ after: 0, staysFor: 0 }],
    lingers: 0,
    others: [],
    userList: { delay: 0, problems: [] },
    joinEvents: [],
    waitsRunning: false,
    recordCycle: 20_000,
    initDelay: 0,
    internalErrorAfter: [],
    keepsOpenFile: false,
    listDelay: 0,
    lostFile: undefined,
    brokenFile: undefined,
    faults: [],
    outages: [],
    callbacks: [],
    acts: [],
    evictions: [],
    suggestAfter: undefined,
    noEndEvent: false,
    ...changes,
  };
}
