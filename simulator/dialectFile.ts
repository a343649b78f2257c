import { z } from 'zod';
import { APP_STATES } from './app.js';
import type { SimulatorOptions } from './options.js';

const flag = z.boolean();
const ms = z.number().min(0);

/** `s_{job_id}_{room_id}_{user_id}` */
const streamName = z
  .string()
  .transform((template): NonNullable<SimulatorOptions['streamName']> => ({ appId, jobId, roomId, userId }) => {
    const ids = new Map([
      ['{app_id}', appId],
      ['{job_id}', jobId],
      ['{room_id}', roomId],
      ['{user_id}', userId],
    ]);
    return template.replace(/\{\w+\}/g, (variable) => ids.get(variable) ?? variable);
  });

/** The file that `sparkrtc-recorder certify` writes: the options that it has settled for an account, and no others. */
export const dialectSchema = z
  .strictObject({
    clockSkewMs: z.number(),
    dateHeader: flag,
    requestIds: flag,
    authRejectedBy: z.enum(['gateway', 'service']),
    requireContentType: flag,
    allowedActions: z.array(z.string()),
    mayAskForBuckets: flag,
    usersList: z.enum(['works', 'rejected', 'throttled']),
    newAppState: z.enum(APP_STATES),
    deleteOnlyDisabled: flag,
    autoRecordMode: z.enum(['AUTO_RECORD_OFF', 'AUTO_INDIVIDUAL_RECORD']),
    requireRecordCycle: flag,
    rejectExistingRule: flag,
    storedFolder: z.enum(['asSent', 'normalized']),
    rulePrefix: z.enum(['seed', 'sdk']),
    probe: z.enum(['post-empty', 'post-json', 'get', 'head', 'none']),
    probeWants: z.enum(['noFailure', '200']),
    subscription: z.enum(['seed', 'sdk', 'page']),
    numericIds: z.union([flag, z.literal('large')]),
    unsetTimes: z.enum(['zero', 'absent', 'null']),
    fractionDigits: z.int().min(0).max(9),
    knowsResolution: flag,
    omitStateAtCreation: flag,
    streamNameIn: z.enum(['all', 'events', 'none']),
    streamName,
    rejectSecondJob: flag,
    waitingState: z.enum(['INIT', 'RUNNING']),
    initDelayMs: ms,
    stopOfFinishedJob: z.enum(['jobDone', 'notFound']),
    overEventType: z.enum(['CLOUD_RECORD_OVER', 'CLOUD_RECORD_SERVER_OVER', 'none']),
    timestampForm: z.enum(['seconds', 'milliseconds', 'iso', 'isoBasic']),
    callbackTimeoutMs: ms,
    callbackRetryDelaysMs: z.array(ms),
    shuffleCallbacks: flag,
    eventFields: z.enum(['usual', 'fewest', 'most']),
    eventObject: z.enum(['key', 'slash', 'encoded', 'slashAndEncoded']),
    prependObject: z.enum(['always', 'once']),
    recordFormatCase: z.enum(['lower', 'upper']),
  } satisfies Partial<Record<keyof SimulatorOptions, z.ZodType>>)
  .partial()
  // JSON has no `undefined`.
  .transform((dialect) => dialect as SimulatorOptions);
