import { z } from 'zod';
import { LONGEST_TEXT, RECORDING_EVENT_TYPES, type RecordingEvent } from '../contract/event.js';

export type ParsedEvent = { kind: 'recording'; event: RecordingEvent } | { kind: 'other'; eventType?: string };

const LONGEST_DETAIL = 256;

/** A text, or an id that is sent as a number. A long one is dropped: a cut id or key would name something else. */
const text = z.union([z.string().min(1).max(LONGEST_TEXT), z.int().transform(String)]);

/** A number, or one that is sent as a text. */
const amount = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d+(?:\.\d+)?$/)
      .transform(Number),
  ])
  .pipe(z.number().nonnegative());

/** Anyone can send an unsigned event of another type, whose name is logged: it has to look like a type. */
const TYPE_NAME = /^[A-Z0-9][A-Z0-9_]{0,63}$/;

/** Links are left out on purpose: they may carry a signature, and `obs_bucket` and `obs_object` say the same. */
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

const BY_VENDOR_NAME = Object.entries(FIELDS).map(([name, schema]) => ({ name, vendorName: vendorName(name), schema }));

/**
 * Takes the known fields out of a callback's JSON object. All of them are optional; one of a wrong shape is dropped.
 * Source: SparkRTC API reference, "Recording event callback".
 */
export function parseEvent(json: object): ParsedEvent {
  const event: RecordingEvent = Object.fromEntries(
    BY_VENDOR_NAME.flatMap(({ name, vendorName, schema }) => {
      const sent = (json as Record<string, unknown>)[vendorName];
      // Most events have only some of the fields, and a schema that rejects takes longer than one that accepts.
      if (sent === undefined) return [];
      const value = schema.safeParse(sent);
      return value.success ? [[name, value.data]] : [];
    }),
  );
  const { eventType } = event;
  if (eventType !== undefined && isRecordingEvent(eventType)) return { kind: 'recording', event };
  return eventType !== undefined && TYPE_NAME.test(eventType) ? { kind: 'other', eventType } : { kind: 'other' };
}

function isRecordingEvent(eventType: string): boolean {
  return (RECORDING_EVENT_TYPES as readonly string[]).includes(eventType);
}

/** `obsBucket` → `obs_bucket` */
function vendorName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
