import { z } from 'zod';
import { duration } from './duration.js';
import { ID_PATTERN } from './workflowId.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const id = (what: string) => z.string().regex(ID_PATTERN, `${what} must be 1 to 64 letters, digits, "_" or "-"`);

const recordPrefix = z
  .string()
  .min(1)
  .max(512)
  .regex(/\{stream\}/, 'must contain {stream}, or the files of this stream could not be found');

const mp4Config = z
  .strictObject({
    /** Seconds, 60 to 10800; the length of one file. Default: the vendor's. */
    recordCycle: z.int().min(60).max(10_800),
    /** How files are named, with variables such as `{stream}`; 1 to 512 characters. Default: the vendor's. */
    recordPrefix,
    /** Seconds, 0 to 300; a stream that returns within this time continues the same file. Default: the vendor's. */
    recordMaxDurationToMergeFile: z.int().min(0).max(300),
  })
  .partial();

const hlsConfig = z
  .strictObject({
    /** Seconds, 60 to 43200; the length of one playlist. 0: only one playlist. Default: the vendor's. */
    recordCycle: z.union([z.literal(0), z.int().min(60).max(43_200)], 'must be 0, or between 60 and 43200'),
    /** How files are named, with variables such as `{stream}`; 1 to 512 characters. Default: the vendor's. */
    recordPrefix,
    /** Seconds of one segment, 2 to 60. Default: the vendor's. */
    recordSliceDuration: z.int().min(2).max(60),
    /**
     * Seconds, 0 to 300, -1: no limit; a stream that is back in time continues the playlist. Default: the vendor's.
     */
    recordMaxDurationToMergeFile: z.int().min(-1).max(300),
  })
  .partial();

const recordRule = z.strictObject({
  /** The bucket and folder. */
  obsAddr: z.strictObject({
    /** The bucket's name; SparkRTC must be authorized for it. */
    bucket: z
      .string()
      .min(3)
      .max(63)
      .regex(/^[a-zA-Z0-9][a-zA-Z0-9.-]*$/, 'must be a bucket name: letters, digits, "." or "-"'),
    /** The bucket's region. SparkRTC currently supports cn-north-4 only; it rejects others itself. */
    location: z.string().regex(/^[a-z0-9-]{1,64}$/, 'must be a region such as "cn-north-4"'),
    /** The folder inside the bucket, such as `Record/`; up to 512 characters, may be empty. */
    object: z.string().max(512).default(''),
    /** The project id of the bucket's region. */
    projectId: z.string().regex(/^[A-Za-z0-9]{1,64}$/, 'must be the project id of the bucket’s region'),
  }),
  /** `MP4`, `HLS`, or both. */
  recordFormats: z
    .array(z.enum(['MP4', 'HLS']))
    .min(1)
    .max(2),
  /** Of MP4 files only. */
  mp4Config: mp4Config.optional(),
  /** Of HLS playlists only. */
  hlsConfig: hlsConfig.optional(),
});

/**
 * The one argument of the workflow `singleStreamRecording`: the vendor's names in camelCase, with its limits. Unknown
 * fields are rejected.
 * Source: SparkRTC API reference, "Creating a Single Stream Recording Job", "Creating or Updating a Recording Rule".
 */
export const recordingInputSchema = z
  .strictObject({
    /**
     * The application: 1 to 64 letters, digits, `_` or `-`. Created if it is missing. With `appId` it is only that
     * application's short name, in workflow ids and in the callback URL.
     */
    appName: id('appName'),
    /** The vendor's id of an existing application, which is looked up and never created. Default: by its name. */
    appId: id('appId').optional(),
    /** The room: 1 to 64 letters, digits, `_` or `-`. */
    roomId: id('roomId'),
    /** The participant whose stream is recorded: 1 to 64 letters, digits, `_` or `-`. */
    userId: id('userId'),
    /** Where and how the vendor stores the recording. */
    recordRule,
    /** The camera's stream or the shared screen's. */
    videoType: z.enum(['CAMERASTREAM', 'SCREENSTREAM']).default('CAMERASTREAM'),
    /** Whether sound is recorded with the picture. */
    isRecordAudio: z.boolean().default(true),
    /** Seconds for which the room (not only the stream) may be empty before the vendor ends the job: 5 to 43200. */
    maxIdleTime: z.int().min(5).max(43_200).default(30),
    /** The older dialect of the picture size: `width*height` in pixels, such as `1280*720`. Default: the vendor's. */
    resolution: z
      .string()
      .regex(/^\d{2,5}\*\d{2,5}$/, 'must be width*height, such as "1280*720"')
      .optional(),
    /** The older dialect too: which way the vendor may go from `resolution`. Default: the vendor's. */
    resolutionPolicy: z.enum(['DOWNWARD', 'UPWARD']).optional(),
    /** The newer dialect of the picture size; excludes `resolution` and `resolutionPolicy`. Default: the vendor's. */
    selectStreamType: z.enum(['LD', 'SD', 'HD', 'FHD']).optional(),
    /**
     * Wait until the user has joined the room before the job is started: until the signal `participantJoined`, an
     * event of the vendor, or its list of online users reports it.
     */
    waitForParticipant: z.boolean().default(false),
    /** The longest recording, from the job's start, and the longest wait for the participant. 1 second to 30 days. */
    maxDuration: duration(1000, 30 * 24 * HOUR).prefault('24 hours'),
    /**
     * Stop when no file has been recorded for so long and the vendor does not list the user as online. 1 second to 24
     * hours. Default: off; then only an empty room ends the job (`maxIdleTime`).
     */
    stopAfterAbsence: duration(1000, 24 * HOUR).optional(),
    /** How often the job's state is polled, in case callbacks are lost. 1 second to 24 hours. */
    reconcileInterval: duration(1000, 24 * HOUR).prefault('5 minutes'),
    /** How long announced files may take to appear in the bucket after the end. Up to 24 hours. */
    settleTimeout: duration(0, 24 * HOUR).prefault('5 minutes'),
    /** Open each file in the bucket, to see whether it can be played. Needs permission to read objects. */
    checkMedia: z.boolean().default(true),
    /** Continue in another job when the vendor has broken one off (INTERNAL_ERROR) and no one wanted the end. */
    resumeAfterError: z.boolean().default(true),
    /** Write `{streamName}.recording.json` into the folder at the end. Needs permission to write objects. */
    manifest: z.boolean().default(false),
  })
  .refine((input) => !input.selectStreamType || (input.resolution ?? input.resolutionPolicy) === undefined, {
    path: ['selectStreamType'],
    message: 'cannot be combined with resolution and resolutionPolicy',
  })
  // The same rule for JSON Schema.
  .meta({
    dependentSchemas: { selectStreamType: { properties: { resolution: false, resolutionPolicy: false } } },
  });

/**
 * The input of a recording, with the vendor's names. Durations are strings with a unit, such as "5 minutes", or
 * numbers
 * of milliseconds. Unknown fields are rejected.
 */
export interface RecordingInput extends z.input<typeof recordingInputSchema> {}

/** The input with its defaults filled in, and durations in whole milliseconds. */
export interface RecordingSettings extends z.output<typeof recordingInputSchema> {}

/** Where and how the vendor stores a recording (vendor: record rule). */
export type RecordRule = RecordingSettings['recordRule'];

/** One line for each wrong field: `maxIdleTime: Too small: expected number to be >=5`. */
export function describeInputProblems(error: z.ZodError): string[] {
  return error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => `${[...issue.path, key].join('.')}: unknown field; check its spelling or leave it out`)
      : [`${issue.path.join('.') || 'input'}: ${issue.message}`],
  );
}
