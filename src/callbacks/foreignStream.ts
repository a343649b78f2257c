/** `m_{job_id}_{room_id}`, and `{app_id}_{room_id}_{user_id}_av_m` or `…_v_a`; ours begin with `s_`. */
const MIXED_OR_AUTOMATIC = /^(?:m_|(?!s_).*_(?:av_m|v_a)$)/;

/**
 * Whether a stream can never be a recording of ours: the vendor sends the events of mixed and of automatic recordings
 * of an application to the same URL. Source: SparkRTC API reference, "Recording event callback".
 */
export function isForeignStream(streamName: string): boolean {
  return MIXED_OR_AUTOMATIC.test(streamName);
}
