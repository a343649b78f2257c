import { z } from 'zod';
import { ID_PATTERN } from '../contract/workflowId.js';
import { isRecordingEvent, LONGEST_TEXT, type RecordingEvent } from '../contract/event.js';

/** A user has joined a room as someone who publishes. */
export interface ParticipantEvent {
  eventType: string;
  roomId: string;
  userId: string;
}

export type ParsedEvent =
  | { kind: 'recording'; event: RecordingEvent }
  | { kind: 'participant'; event: ParticipantEvent }
  | { kind: 'other'; eventType?: string };

const LONGEST_DETAIL = 256;

/** A string, or an id that is sent as a number. A long one is dropped: a cut id would name something else. */
const text = z.union([z.string().min(1).max(LONGEST_TEXT), z.int().transform(String)]);

const digits = z.string().regex(/^\d+(?:\.\d+)?$/);

/** A number, or one that is sent as a string. */
const amount = z.union([z.number(), digits.transform(Number)]).pipe(z.number().nonnegative());

/** Anyone can send an unsigned event of another type, whose name is logged: it must look like a type. */
const TYPE_NAME = /^[A-Z0-9][A-Z0-9_]{0,63}$/;

const id = text.pipe(z.string().regex(ID_PATTERN));

/** Of a room's events only the types are documented, so a role may have either name; a player only watches. */
const publisher = z
  .string()
  .regex(/^(?:joiner|publisher)$/i)
  .nullish();

const participant = z
  .object({
    event_type: z.enum(['RTC_VIDEO_STREAM_OPEN', 'RTC_AUDIO_STREAM_OPEN', 'RTC_USER_ROLE_CHANGED']),
    room_id: id,
    user_id: id,
    role: publisher,
    user_role: publisher,
  })
  .transform(({ event_type, room_id, user_id }) => ({ eventType: event_type, roomId: room_id, userId: user_id }));

/** Without links, which may contain a signature: `obs_bucket` and `obs_object` are enough. */
const FIELDS: { [Name in keyof Required<RecordingEvent>]: z.ZodType<RecordingEvent[Name]> } = {
  eventType: text,
  appId: text,
  roomId: text,
  jobId: text,
  streamName: text,
  recordFormat: text,
  detailMessage: z
    .string()
    .min(1)
    .transform((detail) => detail.slice(0, LONGEST_DETAIL)),
  fileSize: amount,
  recordDuration: amount,
  width: amount,
  height: amount,
  startTime: text,
  endTime: text,
  obsBucket: text,
  obsObject: text,
};

const BY_VENDOR_NAME = Object.entries(FIELDS).map(([name, schema]) => ({
  name,
  vendorName: vendorName(name),
  schema,
}));

/**
 * Reads the known fields of a callback's JSON object. All of them are optional; an invalid one is dropped.
 * Source: SparkRTC API reference, "Recording event callback".
 */
export function parseEvent(json: object): ParsedEvent {
  const event: RecordingEvent = Object.fromEntries(
    BY_VENDOR_NAME.flatMap(({ name, vendorName, schema }) => {
      const sent = (json as Record<string, unknown>)[vendorName];
      // For speed: most events lack most fields, and zod takes longer to reject than to accept.
      if (sent === undefined) return [];
      const value = schema.safeParse(sent);
      return value.success ? [[name, value.data]] : [];
    }),
  );
  const { eventType = '' } = event;
  if (isRecordingEvent(eventType)) return { kind: 'recording', event };
  const joined = participant.safeParse(json);
  if (joined.success) return { kind: 'participant', event: joined.data };
  return TYPE_NAME.test(eventType) ? { kind: 'other', eventType } : { kind: 'other' };
}

/** `obsBucket` → `obs_bucket` */
function vendorName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
