/**
 * The published actions of IAM policies, by method and path. None is published for callbacks, jobs, buckets and users.
 * Source: SparkRTC API reference, "Permissions and Supported Actions".
 */
const ACTIONS: [call: RegExp, action: string][] = [
  [/^POST \/v2\/apps$/, 'rtc:app:create'],
  [/^GET \/v2\/apps$/, 'rtc:app:list'],
  [/^GET \/v2\/apps\/[^/]+$/, 'rtc:app:get'],
  [/^DELETE \/v2\/apps\/[^/]+$/, 'rtc:app:delete'],
  [/^POST \/v2\/apps\/[^/]+\/disable$/, 'rtc:app:disable'],
  [/^POST \/v2\/apps\/[^/]+\/record-rules$/, 'rtc:recordRule:save'],
  [/^GET \/v2\/apps\/[^/]+\/record-rules$/, 'rtc:recordRule:list'],
  [/^GET \/v2\/apps\/[^/]+\/record-rules\/[^/]+$/, 'rtc:recordRule:get'],
  [/^PUT \/v2\/apps\/[^/]+\/record-rules\/[^/]+$/, 'rtc:recordRule:update'],
  [/^DELETE \/v2\/apps\/[^/]+\/record-rules\/[^/]+$/, 'rtc:recordRule:delete'],
];

/** The action that a user needs for this call; undefined if none is published. */
export function actionOf(method: string, path: string): string | undefined {
  return ACTIONS.find(([call]) => call.test(`${method} ${path}`))?.[1];
}
