import ms from 'ms';
import { z } from 'zod';
import { ID_PATTERN } from './workflowId.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const id = (what: string) => z.string().regex(ID_PATTERN, `${what} must be 1 to 64 letters, digits, "_" or "-"`);

/** A length of time: a string such as "5 minutes", or milliseconds. Normalised to whole milliseconds. */
const duration = (min: number, max: number, fallback: ms.StringValue) =>
  z
    .union([z.string(), z.number()], 'must be a time such as "5 minutes", or milliseconds')
    .default(fallback)
    .transform((value, context) => {
      const parsed = typeof value === 'number' ? value : parseDuration(value);
      if (parsed === undefined || !Number.isFinite(parsed)) {
        context.addIssue({
          code: 'custom',
          message: `"${value}" is no time; write it as "5 minutes", or in milliseconds`,
        });
        return z.NEVER;
      }
      if (parsed < min || parsed > max) {
        context.addIssue({
          code: 'custom',
          message: `must be between ${ms(min, { long: true })} and ${ms(max, { long: true })}, not ${value}`,
        });
        return z.NEVER;
      }
      return Math.round(parsed);
    });

function parseDuration(text: string): number | undefined {
  if (text.length === 0 || text.length > 100) return undefined;
  const parsed: number | undefined = ms(text as ms.StringValue);
  return parsed;
}

const recordPrefix = z.string().min(1).max(512);

const mp4Config = z
  .strictObject({
    /** Seconds; a new file begins after so long. */
    recordCycle: z.int().min(60).max(10_800),
    recordPrefix,
    /** Seconds; a stream that comes back within this time goes on in the same file. */
    recordMaxDurationToMergeFile: z.int().min(0).max(300),
  })
  .partial();

const hlsConfig = z
  .strictObject({
    /** Seconds; 0 is one playlist for the whole recording. */
    recordCycle: z.union([z.literal(0), z.int().min(60).max(43_200)], 'must be 0, or between 60 and 43200'),
    recordPrefix,
    /** Seconds of one segment. */
    recordSliceDuration: z.int().min(2).max(60),
    /** Seconds; -1 merges whatever the pause. */
    recordMaxDurationToMergeFile: z.int().min(-1).max(300),
  })
  .partial();

const recordRule = z.strictObject({
  obsAddr: z.strictObject({
    bucket: z
      .string()
      .min(3)
      .max(63)
      .regex(/^[a-zA-Z0-9][a-zA-Z0-9.-]*$/, 'must be a bucket name: letters, digits, "." or "-"'),
    /** Only cn-north-4 takes recordings today; any other is left to the vendor's answer. */
    location: z.string().regex(/^[a-z0-9-]{1,64}$/, 'must be a region such as "cn-north-4"'),
    /** The folder inside the bucket; may be empty. */
    object: z.string().max(512).default(''),
    projectId: z.string().regex(/^[A-Za-z0-9]{1,64}$/, 'must be the project id of the bucket’s region'),
  }),
  recordFormats: z
    .array(z.enum(['MP4', 'HLS']))
    .min(1)
    .max(2),
  mp4Config: mp4Config.optional(),
  hlsConfig: hlsConfig.optional(),
});

/**
 * The one argument of the workflow `singleStreamRecording`: the vendor's names in camelCase, with its limits. Unknown fields are refused.
 * Source: SparkRTC API reference, "Creating a Single Stream Recording Job" and "Creating or Updating a Recording Rule".
 */
export const recordingInputSchema = z
  .strictObject({
    appName: id('appName'),
    roomId: id('roomId'),
    userId: id('userId'),
    recordRule,
    videoType: z.enum(['CAMERASTREAM', 'SCREENSTREAM']).default('CAMERASTREAM'),
    isRecordAudio: z.boolean().default(true),
    /** Seconds without a stream after which the vendor ends the job: 5 to 43200. */
    maxIdleTime: z.int().min(5).max(43_200).default(30),
    /** The older dialect of the picture size: `width*height`. */
    resolution: z
      .string()
      .regex(/^\d{2,5}\*\d{2,5}$/, 'must be width*height, such as "1280*720"')
      .optional(),
    resolutionPolicy: z.enum(['DOWNWARD', 'UPWARD']).optional(),
    /** The newer dialect. */
    selectStreamType: z.enum(['LD', 'SD', 'HD', 'FHD']).optional(),
    /** Waits for the signal `participantJoined` before the job is started. */
    waitForParticipant: z.boolean().default(false),
    /** From the job's start; the wait for the participant is bounded by it too. */
    maxDuration: duration(1000, 30 * 24 * HOUR, '24 hours'),
    /** How often the job's state is asked for while no callback tells of the end. */
    reconcileInterval: duration(1000, 24 * HOUR, '5 minutes'),
    /** How long announced files may take to appear in the bucket after the end. */
    settleTimeout: duration(0, 24 * HOUR, '5 minutes'),
  })
  .superRefine((input, context) => {
    if (input.selectStreamType !== undefined && (input.resolution ?? input.resolutionPolicy) !== undefined) {
      context.addIssue({
        code: 'custom',
        path: ['selectStreamType'],
        message: 'is another way to say resolution and resolutionPolicy; give one or the other',
      });
    }
  });

/** What a caller writes. */
export type RecordingInput = z.input<typeof recordingInputSchema>;

/** What the workflow works with: defaults filled in, times in milliseconds. */
export type RecordingSettings = z.output<typeof recordingInputSchema>;

/** Where and how the vendor stores a recording (vendor: record rule). */
export type RecordRule = RecordingSettings['recordRule'];

/** One line for each field that does not fit: `maxIdleTime: Too small: expected number to be >=5`. */
export function describeInputProblems(error: z.ZodError): string[] {
  return error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => `${[...issue.path, key].join('.')}: unknown field; check its spelling or leave it out`)
      : [`${issue.path.join('.') || 'input'}: ${issue.message}`],
  );
}
