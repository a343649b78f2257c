/**
 * One recording event: the allow-listed fields of a callback, in camelCase. Every field may be missing.
 * `download_url` and `obs_location` are left out on purpose: links may carry a signature.
 * Source: the vendor's recording callback (`sparkrtc` API reference, "Recording event callback").
 */
export interface RecordingEvent {
  /** RECORD_NEW_FILE_START, RECORD_FILE_COMPLETE, or the job's end: CLOUD_RECORD_OVER or CLOUD_RECORD_SERVER_OVER. */
  eventType?: string;
  appId?: string;
  roomId?: string;
  jobId?: string;
  streamName?: string;
  /** `MP4` or `HLS`. */
  recordFormat?: string;
  detailMessage?: string;
  /** Bytes. */
  fileSize?: number;
  /** Seconds. */
  recordDuration?: number;
  /** Pixels. */
  width?: number;
  /** Pixels. */
  height?: number;
  /** As the vendor wrote it, e.g. `2021-04-21T10:51:55Z`. */
  startTime?: string;
  endTime?: string;
  obsBucket?: string;
  /** The object's full key. */
  obsObject?: string;
}

/** The documented name of a job's stream. Ids may contain `_`: compare with it, never split it. */
export function streamNameOf(jobId: string, roomId: string, userId: string): string {
  return `s_${jobId}_${roomId}_${userId}`;
}

/** The longest key in OBS; longer texts are ignored. */
export const LONGEST_TEXT = 1024;

/** The event types that belong to a recording; any other type is acknowledged and ignored. */
export const RECORDING_EVENT_TYPES = [
  'RECORD_NEW_FILE_START',
  'RECORD_FILE_COMPLETE',
  'CLOUD_RECORD_OVER',
  'CLOUD_RECORD_SERVER_OVER',
] as const;

export function isRecordingEvent(eventType: string | undefined): eventType is (typeof RECORDING_EVENT_TYPES)[number] {
  return (RECORDING_EVENT_TYPES as readonly (string | undefined)[]).includes(eventType);
}

const TEXTS = [
  'eventType',
  'appId',
  'roomId',
  'jobId',
  'streamName',
  'recordFormat',
  'startTime',
  'endTime',
  'obsBucket',
  'obsObject',
] as const;
const NUMBERS = ['fileSize', 'recordDuration', 'width', 'height'] as const;

/** A signal's argument may be anything: only fields of the right kind are kept. */
export function readEvent(sent: unknown): RecordingEvent {
  const event: RecordingEvent = {};
  if (typeof sent !== 'object' || sent === null) return event;
  const given = sent as Record<string, unknown>;
  for (const name of TEXTS) {
    const value = given[name];
    if (typeof value === 'string' && value !== '' && value.length <= LONGEST_TEXT) event[name] = value;
    else if (typeof value === 'number') event[name] = String(value);
  }
  for (const name of NUMBERS) {
    const value = given[name];
    if (typeof value === 'number' && Number.isFinite(value)) event[name] = value;
  }
  return event;
}
