/** How the three services write times. All take simulated milliseconds since 1970. */

/** What SparkRTC shows for a time that has not come (Go's zero time). */
export const UNSET_TIME = '0001-01-01T00:00:00Z';

/** `2021-04-21T10:51:55Z`: jobs, rules and recording events, by default. */
export function secondsStamp(ms: number, fractionDigits = 0): string {
  const fraction = String(Math.floor((ms % 1000) * 10 ** (fractionDigits - 3))).padStart(fractionDigits, '0');
  return `${new Date(ms).toISOString().slice(0, 19)}${fractionDigits > 0 ? `.${fraction}` : ''}Z`;
}

/** `2021-04-07T12:05:18.0718Z`: applications and callbacks. Without trailing zeros. */
export function fractionStamp(ms: number): string {
  const tenths = Math.floor((ms % 1000) * 10);
  const fraction = String(tenths).padStart(4, '0').replace(/0+$/, '');
  return `${new Date(ms).toISOString().slice(0, 19)}${fraction && `.${fraction}`}Z`;
}

/** `2020-01-04T09:05:22.701000Z`: IAM. */
export function microsecondStamp(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}

/** `2020/07/16 15:11:55 GMT+08:00`: the bucket calls of SparkRTC. */
export function beijingStamp(ms: number): string {
  const local = new Date(ms + 8 * 3_600_000).toISOString();
  return `${local.slice(0, 10).replaceAll('-', '/')} ${local.slice(11, 19)} GMT+08:00`;
}

/** `2021-04-28-08-57-07`: the variable `{file_start_time}`. */
export function fileStamp(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace(/[T:]/g, '-');
}
